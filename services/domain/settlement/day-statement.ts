import { DomainError } from '../errors.ts'
import { runNumberOf, type Run } from '../grid/calendar.ts'
import { money, tradingDayOf, type Money, type TradingDay } from '../units.ts'
import { periodTreeOf, type PeriodStatement } from './statement-tree.ts'

/** What a settlement run says of one member and day: the leaf of the run's tree. */
export type DayStatement = {
  readonly memberId: number
  readonly day: TradingDay
  /** 0 initial, 1 corrected, 2 final. */
  readonly run: number
  readonly periodCount: number
  /** Root of the member's periods (0x-hex, 32 bytes). */
  readonly periodsRoot: string
  /** The positive lines of all periods added up, in micro-euro, and the negative ones. Neither is negative. */
  readonly charges: Money
  readonly credits: Money
  /** What earlier runs of the day, with corrections by challenges, charged already; positive was paid. */
  readonly previous: Money
  /** What is still to be paid; negative is received. */
  readonly payment: Money
  readonly salt: string
}

/** A day's statements of one run, ready to be committed. */
export type DayFacts = {
  readonly day: TradingDay
  readonly run: Run
  /** Statements of every traded period of the day, of any number of members. */
  readonly statements: readonly PeriodStatement[]
  /** By member, what it was charged for the day so far; none in the initial run. */
  readonly previous: ReadonlyMap<number, Money>
  /** A salt of 32 bytes (0x-hex) for a member's leaf. */
  readonly saltOf: (memberId: number) => string
}

/**
 * One statement for every member of the day's periods, ascending by member. The payments sum to zero because every
 * kind of line does in every period, and the previous totals did. Throws `statements-not-balanced` where they did not.
 */
export function dayStatementsOf(facts: DayFacts): DayStatement[] {
  const byMember = periodsByMember(facts)
  const statements = [...byMember.keys()]
    .sort((one, other) => one - other)
    .map((memberId) => dayStatementOf(memberId, byMember.get(memberId) ?? [], facts))
  const sum = statements.reduce((total, { payment }) => total + payment, 0n)
  if (sum !== 0n) {
    throw new DomainError(
      'statements-not-balanced',
      `the payments of day ${facts.day} sum to ${sum} micro-euro: each must be received by a member of the area`,
      { day: facts.day, run: facts.run, sum },
    )
  }
  return statements
}

/**
 * What the day has cost each member after a run, and so the `previous` of the next: the run's total and what challenges
 * corrected since (positive was paid to the bond). The market operator's bond paid for the corrections, and the members
 * that gained from a wrong statement pay back in the next run: the platform operator, whose bond it is, receives that.
 */
export function chargedAfter(
  statements: readonly DayStatement[],
  corrections: ReadonlyMap<number, Money>,
  platformOperator: number,
): Map<number, Money> {
  const charged = new Map(statements.map(({ memberId, charges, credits }) => [memberId, money(charges - credits)]))
  const add = (memberId: number, amount: bigint): void => {
    charged.set(memberId, money((charged.get(memberId) ?? 0n) + amount))
  }
  for (const [memberId, amount] of corrections) {
    if (amount === 0n) continue
    add(memberId, amount)
    add(platformOperator, -amount)
  }
  return charged
}

function dayStatementOf(memberId: number, periods: readonly PeriodStatement[], facts: DayFacts): DayStatement {
  const { root } = periodTreeOf(periods)
  const previous = facts.previous.get(memberId) ?? money(0n)
  return {
    memberId,
    day: facts.day,
    run: runNumberOf(facts.run),
    periodCount: root.count,
    periodsRoot: root.hash,
    charges: money(root.a),
    credits: money(root.b),
    previous,
    payment: money(root.a - root.b - previous),
    salt: facts.saltOf(memberId),
  }
}

/** A member's periods ascending; whoever was charged before is there too, even where it has none. */
function periodsByMember({ day, statements, previous }: DayFacts): Map<number, PeriodStatement[]> {
  const byMember = new Map<number, PeriodStatement[]>()
  for (const memberId of previous.keys()) byMember.set(memberId, [])
  for (const statement of statements) {
    if (tradingDayOf(statement.period) !== day) {
      throw new DomainError('statement-of-another-day', `period ${statement.period} is not of day ${day}`)
    }
    const periods = byMember.get(statement.memberId)
    if (periods === undefined) byMember.set(statement.memberId, [statement])
    else periods.push(statement)
  }
  for (const [memberId, periods] of byMember) {
    periods.sort((one, other) => one.period - other.period)
    if (periods.some(({ period }, index) => periods[index + 1]?.period === period)) {
      throw new DomainError('statement-twice', `member ${memberId} has two statements of one period of day ${day}`)
    }
  }
  return byMember
}
