import { describe, expect, test } from 'vitest'
import { energyWh } from '../../services/domain/units.ts'
import { requireInstitutions } from './consent-institutions.ts'
import type { Run } from './replay/runs.ts'

const [AREA, DAY, PERIOD] = [1, 1, 191]
const NUMBERS = { household: 0, supplier: 1, dso: 2, 'tax-authority': 3, 'platform-operator': 4 }
const [SUPPLIER, DSO, , PLATFORM_OPERATOR, HOME] = [1, 2, 3, 4, 5]
const tariff = { retail: 300_000, feedIn: 80_000, grid: 100_000, gridLocal: 40_000, levy: 20_000, platformFee: 0 }
/** A home that imports 1,000 Wh and bought nothing: 300,000 to the supplier, 100,000 to the DSO, 20,000 of levies. */
const metered = [{ memberId: HOME, quality: 'metered' as const, import: energyWh(1_000n), export: energyWh(0n) }]

function runOf(run: number, payments: readonly (readonly [member: number, amount: bigint])[]): Run {
  return {
    area: AREA,
    day: DAY,
    run,
    place: {},
    payments: payments.map(([memberId, amount]) => ({ memberId, amount })),
  } as unknown as Run
}

type Told = Parameters<typeof requireInstitutions>[1]

function booksOf(runs: readonly Run[], correction = 0n, outcomes: readonly object[] = []): Told {
  return {
    areas: { tradedPeriodsOf: () => [PERIOD], tariffOf: () => tariff },
    sessions: { clearedOf: () => ({ area: AREA, period: PERIOD, volume: 0, price: 0, chunks: [] }) },
    memberOf: (_area: number, _period: number, trader: number) => trader,
    members: {
      counterpartyOf: (_area: number, kind: keyof typeof NUMBERS) => NUMBERS[kind],
      membersOf: () => [1, 2, 3, 4, 5],
    },
    runs: { runOf: (_area: number, _day: number, run: number) => runs[run] },
    challenges: {
      outcomes,
      correctionOf: (_area: number, _day: number, run: number, member: number) =>
        run === 0 && member === HOME ? correction : 0n,
    },
  } as unknown as Told
}

const right = runOf(0, [
  [SUPPLIER, -300_000n],
  [DSO, -100_000n],
  [3, -20_000n],
  [HOME, 420_000n],
])
const known = () => ({ version: 0, metered })

describe('requireInstitutions', () => {
  test('finds what the lines of all households come to', () => {
    expect(requireInstitutions(right, booksOf([right]), known)).toBe(true)
  })

  test('names the institution that received what is another’s', () => {
    const shifted = runOf(0, [
      [SUPPLIER, -310_000n],
      [DSO, -90_000n],
      [3, -20_000n],
      [HOME, 420_000n],
    ])
    expect(() => requireInstitutions(shifted, booksOf([shifted]), known)).toThrow(
      expect.objectContaining({
        difference: expect.objectContaining({ check: 'consent-institutions', member: SUPPLIER }) as unknown,
      }) as Error,
    )
  })

  test('takes off what earlier runs paid, and gives the platform operator back what its bond did', () => {
    // The DSO had received 1,000 too much of the home, which the bond gave back to it.
    const wrong = runOf(0, [
      [SUPPLIER, -300_000n],
      [DSO, -101_000n],
      [3, -20_000n],
      [HOME, 421_000n],
    ])
    const later = runOf(1, [
      [DSO, 1_000n],
      [PLATFORM_OPERATOR, -1_000n],
    ])
    expect(requireInstitutions(later, booksOf([wrong, later], -1_000n), known)).toBe(true)
    const kept = runOf(1, [])
    expect(() => requireInstitutions(kept, booksOf([wrong, kept], -1_000n), known)).toThrow('the dso')
  })

  test('says nothing where readings are missing, or a statement was corrected', () => {
    const corrected = [{ kind: 'statement', upheld: true, area: AREA, day: DAY, run: 0 }]
    expect(requireInstitutions(right, booksOf([right]), () => null)).toBe(false)
    expect(requireInstitutions(right, booksOf([right], 0n, corrected), known)).toBe(false)
  })
})
