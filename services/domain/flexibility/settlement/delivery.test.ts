import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { energyWh, signedWh } from '../../units.ts'
import { responseOf } from '../flex-direction.ts'
import {
  assetResponseOf,
  deliveredByAsset,
  deliveryOf,
  flowWithoutDelivery,
  portfolioResponseOf,
  type AssetResponse,
} from './delivery.ts'

const asset = (baseline: bigint | null, flow: bigint | null, quality: 'metered' | 'estimated' = 'metered') =>
  ({
    baseline: baseline === null ? null : signedWh(baseline),
    reading: flow === null ? null : { flow: signedWh(flow), quality },
  }) satisfies AssetResponse

describe('deliveryOf', () => {
  test('is what was ordered and no more, and what is missing even beyond it', () => {
    expect(deliveryOf(energyWh(200n), 300n)).toEqual({ delivered: 200n, deficiency: 0n })
    expect(deliveryOf(energyWh(200n), 150n)).toEqual({ delivered: 150n, deficiency: 50n })
    expect(deliveryOf(energyWh(200n), -100n)).toEqual({ delivered: 0n, deficiency: 300n })
  })

  test('misses nothing where nothing was ordered', () => {
    expect(deliveryOf(energyWh(0n), -100n)).toEqual({ delivered: 0n, deficiency: 0n })
  })

  test('has delivered and missing make up the order, unless consumption went the wrong way', () => {
    fc.assert(
      fc.property(fc.bigInt(1n, 10_000n), fc.bigInt(-20_000n, 20_000n), (ordered, response) => {
        const { delivered, deficiency } = deliveryOf(energyWh(ordered), response)
        expect(delivered + deficiency).toBe(response < 0n ? ordered - response : ordered)
      }),
    )
  })
})

describe('assetResponseOf', () => {
  test('is how far consumption is below the baseline, or above it in the other direction', () => {
    expect(assetResponseOf('consume-less', asset(1_000n, 700n))).toBe(300n)
    expect(assetResponseOf('consume-more', asset(-1_000n, -700n))).toBe(300n)
    expect(assetResponseOf('consume-less', asset(1_000n, 1_100n))).toBe(-100n)
  })

  test('is nothing without a baseline or a reading', () => {
    expect(assetResponseOf('consume-less', asset(null, 700n))).toBe(0n)
    expect(assetResponseOf('consume-less', asset(1_000n, null))).toBe(0n)
  })

  test('believes an estimate only against the one who should have metered', () => {
    expect(assetResponseOf('consume-less', asset(1_000n, 700n, 'estimated'))).toBe(0n)
    expect(assetResponseOf('consume-less', asset(1_000n, 1_100n, 'estimated'))).toBe(-100n)
  })

  test('lets one asset make good what another does too little', () => {
    expect(portfolioResponseOf('consume-less', [asset(1_000n, 500n), asset(800n, 900n), asset(300n, null)])).toBe(400n)
  })
})

describe('deliveredByAsset', () => {
  test('shares by how far each moved, and leaves out who moved the other way', () => {
    expect(deliveredByAsset(energyWh(400n), [500n, -100n])).toEqual([400n, 0n])
    expect(deliveredByAsset(energyWh(100n), [200n, 0n, 100n])).toEqual([66n, 0n, 34n])
  })

  test('shares all that was delivered, and gives nobody more than it moved', () => {
    fc.assert(
      fc.property(
        fc.array(fc.bigInt(-5_000n, 5_000n), { maxLength: 20 }),
        fc.bigInt(1n, 20_000n),
        (responses, ordered) => {
          const response = responses.reduce((sum, own) => sum + own, 0n)
          const { delivered } = deliveryOf(energyWh(ordered), response)
          const shares = deliveredByAsset(delivered, responses)
          expect(shares.reduce((sum, share) => sum + share, 0n)).toBe(delivered)
          shares.forEach((share, index) => {
            expect(share <= (responses[index]! > 0n ? responses[index]! : 0n)).toBe(true)
          })
        },
      ),
    )
  })

  test('refuses to share more than was moved', () => {
    expect(() => deliveredByAsset(energyWh(2n), [1n])).toThrow(RangeError)
  })
})

describe('flowWithoutDelivery', () => {
  test('gives back the baseline of who delivered exactly what it moved', () => {
    for (const direction of ['consume-less', 'consume-more'] as const) {
      fc.assert(
        fc.property(fc.bigInt(-5_000n, 5_000n), fc.bigInt(-5_000n, 5_000n), (baseline, flow) => {
          const response = responseOf(direction, signedWh(baseline), signedWh(flow))
          fc.pre(response >= 0n)
          expect(flowWithoutDelivery(direction, signedWh(flow), energyWh(response))).toBe(baseline)
        }),
      )
    }
  })
})
