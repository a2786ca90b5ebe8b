import { readFileSync } from 'node:fs'
import { keccak_256 } from '@noble/hashes/sha3.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import { describe, expect, test } from 'vitest'
import { siblingsOf } from '../../metering/merkle-sum-tree.ts'
import { deliveryPeriod, energyWh, money, powerW, rate, signedWh, tradingDay } from '../../units.ts'
import type { FlexDirection } from '../flex-direction.ts'
import { flexAssetsOf, movedAndOpposedOf } from './flex-assets.ts'
import {
  assetLeafOf,
  assetMovementOf,
  assetTreeOf,
  encodeAvailability,
  encodeDeliveries,
  entryLeafOf,
  entryTreeOf,
  flexStatementLeafOf,
  OPPOSED,
  sourceHashOf,
  type AssetReading,
  type FlexEntry,
} from './flex-leaves.ts'
import { settleOrder } from './order-settlement.ts'
import { imbalanceCorrectionOf, supplierCompensationOf } from './transfer-of-energy.ts'

type Strings<Keys extends string> = Readonly<Record<Keys, string>>
type AssetVector = Strings<
  | 'memberId'
  | 'baseline'
  | 'realised'
  | 'quality'
  | 'readingVersion'
  | 'asked'
  | 'attributed'
  | 'before'
  | 'missingBefore'
  | 'deliveredWh'
  | 'revenue'
  | 'penalty'
  | 'source'
  | 'salt'
  | 'along'
  | 'against'
> & { readonly siblings: string[] }
type Vector = Strings<
  | 'title'
  | 'isConsumeMore'
  | 'feePermille'
  | 'orderedWh'
  | 'price'
  | 'movedWh'
  | 'opposedWh'
  | 'deliveredWh'
  | 'payment'
  | 'penalty'
  | 'fee'
  | 'ownPenalty'
  | 'root'
> & { readonly assets: AssetVector[] }
type Correction = Strings<
  'deliveredWh' | 'meteredWh' | 'tradedWh' | 'retail' | 'feedIn' | 'correction' | 'compensation'
>

const { cases, corrections } = JSON.parse(
  readFileSync(new URL('../../../../test/vectors/flex-leaves.json', import.meta.url), 'utf8'),
) as { cases: Vector[]; corrections: Correction[] }

const SALT = `0x${'07'.repeat(32)}`
const NO_SOURCE = `0x${'00'.repeat(32)}`
const METERED: AssetReading = {
  memberId: 7,
  baseline: signedWh(900n),
  realised: signedWh(500n),
  quality: 'metered',
  readingVersion: 0,
  asked: energyWh(400n),
  attributed: 0n,
  source: SALT,
}
const NO_ENTRY: FlexEntry = {
  delivered: energyWh(0n),
  revenue: money(0n),
  penalty: money(0n),
  correction: money(0n),
  salt: SALT,
}

function readingOf(vector: AssetVector): AssetReading {
  return {
    memberId: Number(vector.memberId),
    baseline: vector.source === NO_SOURCE ? null : signedWh(BigInt(vector.baseline)),
    realised: signedWh(BigInt(vector.realised)),
    quality: (['metered', 'estimated', 'none'] as const)[Number(vector.quality)]!,
    readingVersion: Number(vector.readingVersion),
    asked: energyWh(BigInt(vector.asked)),
    attributed: BigInt(vector.attributed),
    source: vector.source === NO_SOURCE ? null : vector.source,
  }
}

describe('test/vectors/flex-leaves.json', () => {
  test.each(cases)('$title', (vector) => {
    const direction: FlexDirection = vector.isConsumeMore === '1' ? 'consume-more' : 'consume-less'
    const readings = vector.assets.map(readingOf)
    const { moved, opposed } = movedAndOpposedOf(direction, readings)
    expect([`${moved}`, `${opposed}`]).toEqual([vector.movedWh, vector.opposedWh])
    const penalty = [
      { abovePermille: 100, price: rate(400_000n) },
      { abovePermille: 400, price: rate(900_000n) },
    ]
    const periods = [{ period: deliveryPeriod(1), ordered: energyWh(BigInt(vector.orderedWh)) }]
    const [settled] = settleOrder({ price: money(BigInt(vector.price)), penalty, periods }, [moved - opposed])
    const salts = new Map(vector.assets.map(({ memberId, salt }) => [Number(memberId), salt]))
    const order = { direction, feePermille: Number(vector.feePermille), settled: settled! }
    const { assets, split } = flexAssetsOf(order, readings, (memberId) => salts.get(memberId)!)
    const tree = assetTreeOf(direction, assets)
    expect(tree.root).toEqual({ hash: vector.root, a: moved, b: opposed, count: assets.length })
    expect([`${split.fee}`, `${split.ownPenalty}`]).toEqual([vector.fee, vector.ownPenalty])
    assets.forEach((asset, index) => {
      const expected = vector.assets[index]!
      expect({
        before: `${asset.before}`,
        missingBefore: `${asset.missingBefore}`,
        deliveredWh: `${asset.delivered}`,
        revenue: `${asset.revenue}`,
        penalty: `${asset.penalty}`,
        siblings: siblingsOf(tree, index),
      }).toEqual({
        before: expected.before,
        missingBefore: expected.missingBefore,
        deliveredWh: expected.deliveredWh,
        revenue: expected.revenue,
        penalty: expected.penalty,
        siblings: expected.siblings,
      })
    })
  })

  test.each(corrections)('a correction for $deliveredWh Wh', (vector) => {
    const delivered = BigInt(vector.deliveredWh)
    const tariff = { retail: rate(BigInt(vector.retail)), feedIn: rate(BigInt(vector.feedIn)) }
    const member = {
      direction: delivered < 0n ? ('consume-more' as const) : ('consume-less' as const),
      delivered: energyWh(delivered < 0n ? -delivered : delivered),
      metered: signedWh(BigInt(vector.meteredWh)),
      traded: signedWh(BigInt(vector.tradedWh)),
    }
    const all = { ...tariff, grid: rate(0n), gridLocal: rate(0n), levy: rate(0n), platformFee: rate(0n) }
    expect(`${imbalanceCorrectionOf(member, all)}`).toBe(vector.correction)
    expect(`${supplierCompensationOf(member.delivered, tariff)}`).toBe(vector.compensation)
  })
})

describe('assetMovementOf', () => {
  test('is what was moved in the direction, less what other orders have of it', () => {
    expect(assetMovementOf('consume-less', METERED)).toEqual({ along: 400n, against: 0n })
    expect(assetMovementOf('consume-less', { ...METERED, attributed: 150n })).toEqual({ along: 250n, against: 0n })
    expect(assetMovementOf('consume-less', { ...METERED, attributed: 900n })).toEqual({ along: 0n, against: 0n })
  })

  test('is what was moved the other way, whatever other orders have', () => {
    expect(assetMovementOf('consume-more', { ...METERED, attributed: 150n })).toEqual({ along: 0n, against: 400n })
  })

  test('is nothing where the member delivered in the other direction', () => {
    expect(assetMovementOf('consume-more', { ...METERED, attributed: OPPOSED })).toEqual({ along: 0n, against: 0n })
  })

  test('is nothing without a reading or a baseline, and nothing along by an estimate', () => {
    expect(assetMovementOf('consume-less', { ...METERED, quality: 'none' })).toEqual({ along: 0n, against: 0n })
    expect(assetMovementOf('consume-less', { ...METERED, baseline: null })).toEqual({ along: 0n, against: 0n })
    expect(assetMovementOf('consume-less', { ...METERED, quality: 'estimated' })).toEqual({ along: 0n, against: 0n })
    expect(assetMovementOf('consume-more', { ...METERED, quality: 'estimated' })).toEqual({ along: 0n, against: 400n })
  })
})

describe('leaves', () => {
  test('have the lengths that the ledger reads', () => {
    const asset = {
      ...METERED,
      before: energyWh(0n),
      missingBefore: energyWh(0n),
      delivered: energyWh(1n),
      revenue: money(2n),
      penalty: money(3n),
      salt: SALT,
    }
    expect(assetLeafOf('consume-less', asset).bytes).toHaveLength(141)
    expect(entryLeafOf(NO_ENTRY).bytes).toHaveLength(64)
    const statement = { memberId: 7, day: tradingDay(1), entriesRoot: SALT, salt: SALT }
    const leaf = flexStatementLeafOf({ ...statement, charges: money(5n), credits: money(12n) })
    expect(leaf.bytes).toHaveLength(87)
    expect([leaf.a, leaf.b]).toEqual([0n, 7n])
  })

  test('of entries sum up what is charged and what is credited', () => {
    const entry = { ...NO_ENTRY, revenue: money(10n), penalty: money(4n) }
    const received = entryLeafOf({ ...entry, correction: money(-3n) })
    expect([received.a, received.b]).toEqual([4n, 13n])
    const paid = entryLeafOf({ ...entry, correction: money(3n) })
    expect([paid.a, paid.b]).toEqual([7n, 10n])
  })

  test('of a day are 96', () => {
    expect(() => entryTreeOf([NO_ENTRY])).toThrow(RangeError)
    expect(entryTreeOf(Array.from({ length: 96 }, () => NO_ENTRY)).root.count).toBe(96)
  })
})

describe('encodings', () => {
  test('pack deliveries in 60 bytes and availability in 12', () => {
    const assets = { root: { hash: SALT, a: 5n, b: 6n, count: 2 }, levels: [] }
    expect(encodeDeliveries([{ orderId: 1, period: deliveryPeriod(2), assets }])).toBe(
      `0x${'00000001'}${'00000002'}${'0000000000000005'}${'0000000000000006'}${'00000002'}${'07'.repeat(32)}`,
    )
    expect(encodeAvailability([{ reservationId: 1, period: deliveryPeriod(2), available: powerW(3n) }])).toBe(
      '0x000000010000000200000003',
    )
  })

  test('hash a source', () => {
    expect(sourceHashOf('0x00')).toBe(`0x${bytesToHex(keccak_256(Uint8Array.of(0)))}`)
  })
})
