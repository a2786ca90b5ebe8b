import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { energyWh, rate } from '../../units.ts'
import { deadbandOf, penaltyOf, requirePenaltyRule, type PenaltyRule } from './penalty-rule.ts'

const rule = (...bands: readonly (readonly [number, bigint])[]): PenaltyRule =>
  bands.map(([abovePermille, price]) => ({ abovePermille, price: rate(price) }))
const penalty = (bands: PenaltyRule, ordered: bigint, deficiency: bigint) =>
  penaltyOf(bands, energyWh(ordered), energyWh(deficiency))

describe('penaltyOf', () => {
  const sliding = rule([100, 20_000n], [500, 100_000n])

  test('is nothing up to the deadband, and the price of what is beyond it', () => {
    expect(penalty(sliding, 1_000n, 100n)).toBe(0n)
    expect(penalty(sliding, 1_000n, 150n)).toBe(50n * 20n)
  })

  test('prices only what lies in the dearer band dearer', () => {
    expect(penalty(sliding, 1_000n, 700n)).toBe(400n * 20n + 200n * 100n)
  })

  test('goes on beyond what was ordered', () => {
    expect(penalty(rule([0, 44_000n]), 500_000n, 750_000n)).toBe(33_000_000n)
  })

  test('is rounded down to the micro-euro, and bands up to the Wh', () => {
    expect(penalty(rule([0, 1n]), 10n, 1_999n)).toBe(1n)
    expect(penalty(rule([1, 1_000n]), 10n, 1n)).toBe(0n)
  })

  test('is nothing without a band', () => {
    expect(penalty([], 10n, 10n)).toBe(0n)
    expect(deadbandOf([], energyWh(10n))).toBeNull()
  })
})

const rules = fc
  .uniqueArray(fc.tuple(fc.nat(10_000), fc.bigInt(0n, 1_000_000n)), { maxLength: 8, selector: ([above]) => above })
  .map((bands) => {
    const prices = bands.map(([, price]) => price).sort((one, other) => (one < other ? -1 : 1))
    const starts = bands.map(([above]) => above).sort((one, other) => one - other)
    return rule(...starts.map((above, index) => [above, prices[index]!] as const))
  })
const energies = fc.bigInt(0n, 10_000_000n)

describe('penaltyOf, whatever the rule', () => {
  test('never falls where more is missing, and rises by no more than the dearest band', () => {
    fc.assert(
      fc.property(rules, energies, energies, (bands, ordered, deficiency) => {
        requirePenaltyRule(bands)
        const [at, next] = [penalty(bands, ordered, deficiency), penalty(bands, ordered, deficiency + 1n)]
        const dearest = bands.at(-1)?.price ?? 0n
        expect(next >= at).toBe(true)
        expect((next - at - 1n) * 1_000n < dearest).toBe(true)
      }),
    )
  })

  test('is the sum of what each Wh costs in the band in which it lies', () => {
    fc.assert(
      fc.property(rules, fc.bigInt(1n, 300n), fc.bigInt(0n, 400n), (bands, ordered, deficiency) => {
        let exact = 0n
        for (let wh = 1n; wh <= deficiency; wh += 1n) {
          const band = bands.findLast(({ abovePermille }) => (wh - 1n) * 1_000n >= ordered * BigInt(abovePermille))
          exact += band?.price ?? 0n
        }
        expect(penalty(bands, ordered, deficiency)).toBe(exact / 1_000n)
      }),
    )
  })
})

describe('requirePenaltyRule', () => {
  test.each([
    ['bands that do not ascend', rule([100, 1n], [100, 2n])],
    ['a dearer band before a cheaper one', rule([0, 2n], [100, 1n])],
    ['a negative penalty', rule([0, -1n])],
    ['a start below zero', rule([-1, 1n])],
    ['a start that is not whole', rule([0.5, 1n])],
    ['more than eight bands', rule(...Array.from({ length: 9 }, (_, index) => [index, 1n] as const))],
  ])('refuses %s', (_, bands) => {
    expect(() => requirePenaltyRule(bands)).toThrow(expect.objectContaining({ code: 'penalty-rule-invalid' }))
  })
})
