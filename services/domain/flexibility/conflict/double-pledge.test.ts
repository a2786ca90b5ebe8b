import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { deliveryPeriod, energyWh, powerW } from '../../units.ts'
import { doublePledgesOf, requireSinglePledges, type AssetAbility, type Pledge } from './double-pledge.ts'

const withCode = (code: string) => expect.objectContaining({ code }) as unknown
const battery: AssetAbility = {
  asset: 'battery-1',
  direction: 'consume-less',
  power: powerW(5_000n),
  energy: energyWh(10_000n),
}
const heatPump: AssetAbility = { asset: 'heat-pump-1', direction: 'consume-less', power: powerW(3_000n), energy: null }
const pledge = (pledgedTo: string, period: number, power: bigint, overrides: Partial<Pledge> = {}): Pledge => ({
  ...{ asset: 'battery-1', direction: 'consume-less', pledgedTo },
  period: deliveryPeriod(period),
  power: powerW(power),
  ...overrides,
})

describe('doublePledgesOf', () => {
  test('finds the same battery in two offers', () => {
    expect(doublePledgesOf([battery], [pledge('y', 100, 3_000n), pledge('x', 100, 2_001n)])).toEqual([
      {
        asset: 'battery-1',
        direction: 'consume-less',
        code: 'flex-asset-pledged-twice',
        period: 100,
        pledgedTo: ['x', 'y'],
      },
    ])
    expect(doublePledgesOf([battery], [pledge('x', 100, 3_000n), pledge('y', 100, 2_000n)])).toEqual([])
  })

  test('finds energy that is pledged twice, though power never is', () => {
    // 10 kWh are eight quarter-hours at 5 kW.
    const run = (id: string, first: number, count: number) =>
      Array.from({ length: count }, (_, index) => pledge(id, first + index, 5_000n))
    expect(doublePledgesOf([battery], [...run('x', 100, 4), ...run('y', 110, 4)])).toEqual([])
    expect(doublePledgesOf([battery], [...run('x', 100, 4), ...run('y', 110, 5)])).toEqual([
      expect.objectContaining({ code: 'flex-asset-energy-pledged-twice', period: 114, pledgedTo: ['x', 'y'] }),
    ])
    const pumped = run('x', 100, 40).map((one) => ({ ...one, asset: 'heat-pump-1', power: powerW(3_000n) }))
    expect(doublePledgesOf([heatPump], pumped)).toEqual([])
  })

  test('keeps the directions apart, and knows no ability that was not told', () => {
    const both = [pledge('x', 100, 5_000n), pledge('x', 100, 5_000n, { direction: 'consume-more' })]
    expect(doublePledgesOf([battery, { ...battery, direction: 'consume-more' }], both)).toEqual([])
    expect(doublePledgesOf([battery], both)).toEqual([expect.objectContaining({ direction: 'consume-more' })])
  })

  test('finds exactly the assets of which too much is pledged in some period, in whatever sequence pledges come', () => {
    const pledges = fc.array(
      fc.record({
        asset: fc.constantFrom('a', 'b', 'c'),
        period: fc.integer({ min: 100, max: 103 }),
        power: fc.bigInt(0n, 3_000n),
      }),
      { maxLength: 20 },
    )
    const abilities = ['a', 'b', 'c'].map((asset) => ({ ...heatPump, asset }))
    fc.assert(
      fc.property(pledges, (list) => {
        const own = list.map(({ asset, period, power }, index) => pledge(`o${index}`, period, power, { asset }))
        const found = new Set(doublePledgesOf(abilities, own).map(({ asset }) => asset))
        for (const { asset } of abilities) {
          const sums = [100, 101, 102, 103].map((period) =>
            own.reduce((sum, one) => (one.asset === asset && one.period === period ? sum + one.power : sum), 0n),
          )
          expect(found.has(asset)).toBe(sums.some((sum) => sum > heatPump.power))
        }
        const reversed = doublePledgesOf(abilities, own.toReversed()).map(({ asset, period }) => `${asset}${period}`)
        expect(reversed.sort()).toEqual(
          doublePledgesOf(abilities, own)
            .map(({ asset, period }) => `${asset}${period}`)
            .sort(),
        )
      }),
    )
  })
})

describe('requireSinglePledges', () => {
  test('refuses with the code of what is pledged twice', () => {
    expect(() => requireSinglePledges([battery], [pledge('x', 100, 5_000n)])).not.toThrow()
    expect(() => requireSinglePledges([battery], [pledge('x', 100, 5_001n)])).toThrow(
      withCode('flex-asset-pledged-twice'),
    )
    expect(() => requireSinglePledges([{ ...battery, energy: energyWh(1_000n) }], [pledge('x', 100, 5_000n)])).toThrow(
      withCode('flex-asset-energy-pledged-twice'),
    )
  })
})
