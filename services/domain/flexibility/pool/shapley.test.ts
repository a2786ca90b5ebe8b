import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { deliveryPeriod, energyWh, money, rate, type Money } from '../../units.ts'
import { settleOrder } from '../settlement/order-settlement.ts'
import { MOST_EXACT_MEMBERS, shapleySharesOf, type ShapleyFacts } from './shapley.ts'

const SEED = `0x${'5e'.repeat(32)}`
/** 1 kWh ordered at 0.20 euro, and a penalty of 0.40 euro for each kWh that is missing. */
const worthOf = (response: bigint): Money =>
  settleOrder(
    {
      price: money(200_000n),
      penalty: [{ abovePermille: 50, price: rate(400_000n) }],
      periods: [{ period: deliveryPeriod(100), ordered: energyWh(1_000n) }],
    },
    [response],
  )[0]!.netSettlement
const factsOf = (responses: readonly bigint[], overrides: Partial<ShapleyFacts> = {}): ShapleyFacts => ({
  ...{ responses, worthOf, seed: SEED, steepest: rate(600_000n) },
  ...overrides,
})
const sharesOf = (responses: readonly bigint[]) => shapleySharesOf(factsOf(responses)).shares
const total = (amounts: readonly bigint[]) => amounts.reduce((sum, amount) => sum + amount, 0n)
const few = fc.array(fc.bigInt(-800n, 800n), { minLength: 1, maxLength: 5 })

describe('shapleySharesOf', () => {
  test('gives half each to two who deliver too much together, and would each have done', () => {
    expect(sharesOf([1_000n, 1_000n])).toEqual([290_000n, 290_000n])
  })

  test('shares all that the pool is worth beyond one that does not move', () => {
    fc.assert(
      fc.property(few, (responses) => {
        expect(total(sharesOf(responses))).toBe(worthOf(total(responses)) - worthOf(0n))
      }),
    )
  })

  test('gives nothing to who did not move, and less than nothing to who moved the other way', () => {
    const [none, wrong, right] = sharesOf([0n, -200n, 900n])
    expect(none).toBe(0n)
    expect(wrong! < 0n && right! > 0n).toBe(true)
  })

  test('is the mean over all sequences of joining, within the rounding', () => {
    fc.assert(
      fc.property(few, (responses) => {
        const sequences = permutationsOf(responses.map((_, member) => member))
        const shares = sharesOf(responses)
        responses.forEach((response, member) => {
          const brought = sequences.map((sequence) => {
            const before = total(sequence.slice(0, sequence.indexOf(member)).map((other) => responses[other]!))
            return worthOf(before + response) - worthOf(before)
          })
          const difference = shares[member]! * BigInt(sequences.length) - total(brought)
          expect(difference < BigInt(sequences.length) && difference > -BigInt(sequences.length)).toBe(true)
        })
      }),
    )
  })

  test('treats alike who moved alike, to a micro-euro', () => {
    const shares = sharesOf([300n, 700n, 300n, 300n])
    const alike = [shares[0]!, shares[2]!, shares[3]!]
    expect(alike.every((share) => share - shares[0]! <= 1n && shares[0]! - share <= 1n)).toBe(true)
  })

  test('draws for a large pool, the same for everybody, and shares all of it', () => {
    const responses = Array.from({ length: 60 }, (_, member) => BigInt(member % 7) * 10n - 5n)
    const drawn = shapleySharesOf(factsOf(responses))
    expect(shapleySharesOf(factsOf(responses))).toEqual(drawn)
    expect(shapleySharesOf(factsOf(responses, { seed: `0x${'00'.repeat(32)}` })).shares).not.toEqual(drawn.shares)
    expect(total(drawn.shares)).toBe(worthOf(total(responses)) - worthOf(0n))
    expect(drawn.errorBound > 0n).toBe(true)
  })

  test('is within its own bound of the exact value', () => {
    // Those who did not move bring nothing wherever they are, so that they make the pool large and leave the rest exact.
    for (const movers of [
      [100n, 250n, 400n, 700n, -150n],
      [900n, 900n, 900n],
      [50n, 60n, 70n, 80n, 90n, 100n, 110n, 120n, 130n, 140n, 150n],
    ]) {
      const exact = sharesOf(movers)
      const padded = [...movers, ...Array.from({ length: MOST_EXACT_MEMBERS + 1 - movers.length }, () => 0n)]
      const { shares, errorBound } = shapleySharesOf(factsOf(padded))
      movers.forEach((_, member) => {
        const off = shares[member]! - exact[member]!
        expect(off < errorBound && off > -errorBound).toBe(true)
      })
      expect(errorBound < 40_000n).toBe(true)
    }
  })

  test('refuses a bad seed', () => {
    const responses = Array.from({ length: MOST_EXACT_MEMBERS + 1 }, () => 1n)
    expect(() => shapleySharesOf(factsOf(responses, { seed: 'x' }))).toThrow(
      expect.objectContaining({ code: 'seed-invalid' }),
    )
  })
})

function permutationsOf(items: readonly number[]): number[][] {
  if (items.length === 0) return [[]]
  return items.flatMap((item) => permutationsOf(items.filter((other) => other !== item)).map((rest) => [item, ...rest]))
}
