import { hexToBytes } from '@noble/hashes/utils.js'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { RUNS, type Run } from '../grid/calendar.ts'
import { isLeafOf } from '../metering/merkle-sum-tree.ts'
import { deliveryPeriod, energyWh, firstPeriodOf, money, price, rate, tradingDay, type Money } from '../units.ts'
import { chargedAfter, dayStatementsOf, type DayStatement } from './day-statement.ts'
import { periodEvidenceOf, statementEvidenceOf } from './evidence.ts'
import { paymentsOf } from './payment.ts'
import { emptyStatementOf, statementsOf, type PeriodFacts } from './statement.ts'
import { statementTreeOf, type PeriodStatement } from './statement-tree.ts'

const DAY = tradingDay(20_000)
const FIRST = firstPeriodOf(DAY)
const PLATFORM_OPERATOR = 4
const saltOf = (text: unknown) => `0x${Buffer.from(String(text)).toString('hex').padEnd(64, '0').slice(0, 64)}`

function lines(memberId: number, offset: number, energy: bigint, levies = 0n): PeriodStatement {
  const period = deliveryPeriod(FIRST + offset)
  const salt = saltOf(`${period} ${memberId}`)
  return { ...emptyStatementOf(memberId, 0), period, energy: money(energy), levies: money(levies), salt }
}
const draw = (statements: readonly PeriodStatement[], run: Run = 'initial', previous = new Map<number, Money>()) =>
  dayStatementsOf({ day: DAY, run, statements, previous, saltOf })
const paid = (statements: readonly DayStatement[]) =>
  new Map(paymentsOf(statements).map(({ memberId, amount }) => [memberId, amount]))

describe('dayStatementsOf', () => {
  const periods = [lines(7, 1, -30n), lines(5, 1, 30n), lines(5, 0, 10n, -4n), lines(7, 0, -10n, 4n)]

  test('nets a member’s quarter-hours into one payment', () => {
    const statements = draw(periods)
    expect(statements).toMatchObject([
      { memberId: 5, day: DAY, run: 0, periodCount: 2, charges: 40n, credits: 4n, previous: 0n, payment: 36n },
      { memberId: 7, day: DAY, run: 0, periodCount: 2, charges: 4n, credits: 40n, previous: 0n, payment: -36n },
    ])
    expect(statementTreeOf(statements).root).toMatchObject({ a: 36n, b: 36n, count: 2 })
  })

  test('does not depend on the sequence in which the quarter-hours come', () => {
    expect(draw(periods.toReversed())).toEqual(draw(periods))
  })

  test('pays the difference in a later run, also where a member has nothing left to be stated', () => {
    const previous = new Map([
      [5, money(36n)],
      [6, money(2n)],
      [7, money(-38n)],
    ])
    expect(paid(draw(periods, 'corrected', previous))).toEqual(
      new Map([
        [6, -2n],
        [7, 2n],
      ]),
    )
  })

  test('refuses statements that do not sum to zero, of another day, or twice of one quarter-hour', () => {
    const refusal = (code: string) => expect.objectContaining({ code }) as Error
    expect(() => draw([lines(5, 0, 1n)])).toThrow(refusal('statements-not-balanced'))
    expect(() => draw([lines(5, 96, 0n)])).toThrow(refusal('statement-of-another-day'))
    expect(() => draw([lines(5, 0, 1n), lines(5, 0, -1n)])).toThrow(refusal('statement-twice'))
  })

  test('proves every statement, and every quarter-hour in it', () => {
    const statements = draw(periods)
    const { root } = statementTreeOf(statements)
    for (const statement of statements) {
      const { memberId, periodsRoot, periodCount, charges, credits } = statement
      const outer = statementEvidenceOf(statements, memberId)!
      const leafOf = ({ leaf, a, b }: typeof outer) => ({ bytes: hexToBytes(leaf.slice(2)), a, b })
      expect(isLeafOf(root, leafOf(outer), outer.position, outer.siblings)).toBe(true)
      const own = periods.filter((one) => one.memberId === memberId).sort((one, other) => one.period - other.period)
      for (const { period } of own) {
        const inner = periodEvidenceOf(own, period)!
        const innerRoot = { hash: periodsRoot, count: periodCount, a: charges, b: credits }
        expect(isLeafOf(innerRoot, leafOf(inner), inner.position, inner.siblings)).toBe(true)
      }
    }
    expect(statementEvidenceOf(statements, 6)).toBeNull()
    expect(periodEvidenceOf(periods, deliveryPeriod(FIRST + 5))).toBeNull()
  })
})

describe('chargedAfter', () => {
  test('lets the platform operator, whose bond paid a correction, receive what the next run brings back', () => {
    // Member 5 was charged 10 too much, in favour of member 7; the bond gave them back.
    const wrong = draw([lines(5, 0, 110n), lines(7, 0, -110n), lines(PLATFORM_OPERATOR, 0, 0n)])
    const previous = chargedAfter(wrong, new Map([[5, money(-10n)]]), PLATFORM_OPERATOR)
    const right = [lines(5, 0, 100n), lines(7, 0, -100n), lines(PLATFORM_OPERATOR, 0, 0n)]
    expect(paid(draw(right, 'corrected', previous))).toEqual(
      new Map([
        [PLATFORM_OPERATOR, -10n],
        [7, 10n],
      ]),
    )
  })
})

const wh = fc.bigInt({ min: 0n, max: 20_000n })
const rateUpTo = (most: bigint) => fc.bigInt({ min: 0n, max: most }).map(rate)
const tariffs = fc.record({
  retail: fc.bigInt({ min: 0n, max: 900_000n }).map(rate),
  feedIn: fc.bigInt({ min: -300_000n, max: 0n }).map(rate),
  grid: fc.bigInt({ min: 50_000n, max: 90_000n }).map(rate),
  gridLocal: rateUpTo(50_000n),
  levy: rateUpTo(99_999n),
  platformFee: rateUpTo(9_999n),
})
/** Households 10 to 14: what one sold, the next one bought; readings of some, which differ from run to run. */
const quarterHours = fc.record({
  tariff: tariffs,
  price: fc.integer({ min: -5_000, max: 40_000 }).map((ticks) => price(BigInt(ticks) * 100n)),
  traded: fc.array(wh, { minLength: 5, maxLength: 5 }),
  readings: fc.array(fc.array(fc.option(fc.tuple(wh, wh), { nil: null }), { minLength: 5, maxLength: 5 }), {
    minLength: 3,
    maxLength: 3,
  }),
})
type QuarterHour = typeof quarterHours extends fc.Arbitrary<infer Value> ? Value : never

function factsOf({ tariff, price: at, traded, readings }: QuarterHour, offset: number, run: number): PeriodFacts {
  return {
    period: deliveryPeriod(FIRST + offset),
    price: at,
    tariff,
    readingVersion: run,
    supplier: 1,
    dso: 2,
    taxAuthority: 3,
    platformOperator: PLATFORM_OPERATOR,
    fills: traded.flatMap((filled, index) => [
      { memberId: 10 + index, side: 'offer', filled: energyWh(filled) },
      { memberId: 10 + ((index + 1) % 5), side: 'bid', filled: energyWh(filled) },
    ]),
    readings: readings[run]!.flatMap((reading, index) =>
      reading === null
        ? []
        : [
            {
              memberId: 10 + index,
              quality: index % 2 === 0 ? 'metered' : 'estimated',
              import: energyWh(reading[0]),
              export: energyWh(reading[1]),
            },
          ],
    ),
  }
}

const statementsOfRun = (day: readonly QuarterHour[], run: number) =>
  day.flatMap((quarterHour, offset) => {
    const facts = factsOf(quarterHour, offset, run)
    return statementsOf(facts).map((one) => ({ ...one, period: facts.period, salt: saltOf(one.memberId) }))
  })

describe('the runs of a day, whatever was traded, metered and corrected', () => {
  const days = fc.array(quarterHours, { minLength: 1, maxLength: 4 })
  const challenges = fc.array(fc.tuple(fc.integer({ min: 10, max: 14 }), fc.bigInt({ min: -999n, max: 999n })), {
    maxLength: 3,
  })

  test('pay zero-sum, and all together exactly the last total of every member, with corrections by challenge', () => {
    fc.assert(
      fc.property(days, fc.tuple(challenges, challenges), fc.boolean(), (day, corrections, isCorrectedRunHeld) => {
        const moved = new Map<number, bigint>()
        const move = (memberId: number, amount: bigint) => moved.set(memberId, (moved.get(memberId) ?? 0n) + amount)
        let previous = new Map<number, Money>()
        let last: DayStatement[] = []
        for (const [number, run] of RUNS.entries()) {
          if (run === 'corrected' && !isCorrectedRunHeld) continue
          last = draw(statementsOfRun(day, number), run, previous)
          const { root } = statementTreeOf(last)
          expect(root.a).toBe(root.b)
          for (const { memberId, amount } of paymentsOf(last)) move(memberId, amount)
          if (run === 'final') break
          const corrected = new Map(corrections[number]!.map(([memberId, amount]) => [memberId, money(amount)]))
          for (const [memberId, amount] of corrected) {
            move(memberId, amount)
            // Out of the bond that the platform operator gave.
            move(PLATFORM_OPERATOR, -amount)
          }
          previous = chargedAfter(last, corrected, PLATFORM_OPERATOR)
        }
        for (const { memberId, charges, credits } of last) expect(moved.get(memberId) ?? 0n).toBe(charges - credits)
      }),
    )
  })

  test('pay nothing where nothing changed', () => {
    fc.assert(
      fc.property(days, (day) => {
        const initial = draw(statementsOfRun(day, 0))
        const again = draw(statementsOfRun(day, 0), 'final', chargedAfter(initial, new Map(), PLATFORM_OPERATOR))
        expect(paymentsOf(again)).toEqual([])
      }),
    )
  })
})

test('a day on which summer time begins or ends, the end of a month and a leap day have 96 quarter-hours each', () => {
  for (const date of ['2026-03-29', '2026-10-25', '2026-01-31', '2028-02-29']) {
    const day = tradingDay(Date.parse(`${date}T00:00:00Z`) / 86_400_000)
    const whole = Array.from({ length: 96 }, (_, offset) => ({
      ...lines(5, 0, 0n),
      period: deliveryPeriod(firstPeriodOf(day) + offset),
    }))
    const facts = { day, run: 'initial' as const, previous: new Map<number, Money>(), saltOf }
    expect(dayStatementsOf({ ...facts, statements: whole })[0]?.periodCount).toBe(96)
    const tooLate = { ...lines(5, 0, 0n), period: deliveryPeriod(firstPeriodOf(day) + 96) }
    expect(() => dayStatementsOf({ ...facts, statements: [tooLate] })).toThrow()
  }
})
