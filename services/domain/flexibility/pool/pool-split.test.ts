import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { deliveryPeriod, energyWh, money, rate } from '../../units.ts'
import { settleOrder } from '../settlement/order-settlement.ts'
import { sharedBy, splitByDelivery, type PoolMember } from './pool-split.ts'

const member = (memberId: number, asked: bigint, response: bigint): PoolMember => ({
  memberId,
  asked: energyWh(asked),
  response,
})
const settled = (ordered: bigint, members: readonly PoolMember[]) =>
  settleOrder(
    {
      price: money(ordered * 200n),
      penalty: [{ abovePermille: 0, price: rate(400_000n) }],
      periods: [{ period: deliveryPeriod(100), ordered: energyWh(ordered) }],
    },
    [members.reduce((sum, { response }) => sum + response, 0n)],
  )[0]!
const total = (amounts: readonly bigint[]) => amounts.reduce((sum, amount) => sum + amount, 0n)

describe('splitByDelivery', () => {
  test('shares the payment by what was delivered, and the penalty by what is missing', () => {
    const members = [member(10, 500n, 500n), member(11, 300n, 100n), member(12, 200n, 0n)]
    const { members: shares, fee, ownPenalty } = splitByDelivery(settled(1_000n, members), members, 100)
    // 600 Wh were delivered for 0.12 euro, of which a tenth is the fee; 400 Wh are missing for 0.16 euro.
    expect(shares).toEqual([
      { memberId: 10, delivered: 500n, revenue: 90_000n, penalty: 0n },
      { memberId: 11, delivered: 100n, revenue: 18_000n, penalty: 80_000n },
      { memberId: 12, delivered: 0n, revenue: 0n, penalty: 80_000n },
    ])
    expect([fee, ownPenalty]).toEqual([12_000n, 0n])
  })

  test('lets the aggregator pay where it asked for less than it had sold', () => {
    const members = [member(10, 300n, 300n)]
    expect(splitByDelivery(settled(1_000n, members), members, 0)).toMatchObject({
      members: [{ revenue: 60_000n, penalty: 0n }],
      ownPenalty: 280_000n,
    })
  })

  test('refuses a fee of more than all', () => {
    for (const fee of [-1, 1_001, 0.5]) {
      expect(() => splitByDelivery(settled(1n, []), [], fee)).toThrow(
        expect.objectContaining({ code: 'pool-fee-invalid' }),
      )
    }
  })

  test('shares every micro-euro, and nobody without delivery has revenue, nor who delivered all a penalty', () => {
    const members = fc.uniqueArray(
      fc
        .record({ memberId: fc.nat(99), asked: fc.bigInt(0n, 900n), response: fc.bigInt(-900n, 900n) })
        .map(({ memberId, asked, response }) => member(memberId, asked, response)),
      { maxLength: 12, selector: ({ memberId }) => memberId },
    )
    fc.assert(
      fc.property(members, fc.bigInt(1n, 3_000n), fc.integer({ min: 0, max: 1_000 }), (list, ordered, feePermille) => {
        const settlement = settled(ordered, list)
        const split = splitByDelivery(settlement, list, feePermille)
        expect(total(split.members.map(({ revenue }) => revenue)) + split.fee).toBe(settlement.payment)
        expect(total(split.members.map(({ penalty }) => penalty)) + split.ownPenalty).toBe(settlement.penalty)
        expect(total(split.members.map(({ delivered }) => delivered))).toBe(settlement.delivered)
        split.members.forEach(({ delivered, revenue, penalty }, index) => {
          expect(revenue >= 0n && penalty >= 0n).toBe(true)
          if (delivered === 0n) expect(revenue).toBe(0n)
          if (list[index]!.response >= list[index]!.asked) expect(penalty).toBe(0n)
        })
      }),
    )
  })
})

describe('sharedBy', () => {
  test('shares negative amounts as it shares positive ones, to the micro-euro', () => {
    fc.assert(
      fc.property(fc.bigInt(-9_999n, 9_999n), fc.array(fc.bigInt(0n, 99n), { maxLength: 9 }), (amount, weights) => {
        const { shares, rest } = sharedBy(money(amount), weights)
        expect(total(shares) + rest).toBe(amount)
      }),
    )
    expect(sharedBy(money(-10n), [1n, 1n, 1n])).toEqual({ shares: [-4n, -3n, -3n], rest: 0n })
    expect(sharedBy(money(10n), [0n, 0n])).toEqual({ shares: [0n, 0n], rest: 10n })
  })
})
