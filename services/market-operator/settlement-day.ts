import { keccak_256 } from '@noble/hashes/sha3.js'
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import { readCalendar } from '../chain/areas.ts'
import { areCleared, areCommitted, readReadingsVersion } from '../chain/sessions.ts'
import { readCorrections, readLastRun, readRun, type RunNumber, type SettlementRun } from '../chain/settlement-runs.ts'
import { DomainError } from '../domain/errors.ts'
import { RUNS, runNumberOf, tradedPeriodsOf, type Run } from '../domain/grid/calendar.ts'
import { chargedAfter, dayStatementsOf, type DayStatement } from '../domain/settlement/day-statement.ts'
import { encodePayments, paymentsOf } from '../domain/settlement/payment.ts'
import { statementTreeOf, type PeriodStatement } from '../domain/settlement/statement-tree.ts'
import { firstPeriodOf, startOfDay, type DeliveryPeriod, type Money, type TradingDay } from '../domain/units.ts'
import { readDayStatements, replaceDayStatements } from '../store/day-statements.ts'
import { findOutdatedStatements } from '../store/statements.ts'
import { formatEuro } from './amounts.ts'
import { exclusively } from './exclusive.ts'
import type { Operation } from './operation.ts'
import { commitPurposeOf, counterpartiesOf, drawStatementsNow, isRunSigned } from './settlement.ts'

/**
 * Commits a run's statements to the ledger and logs it; again without effect. False while a traded period of the day is
 * not cleared and metered. What was signed once is sent as it was stored; until then everything is drawn anew.
 */
export function settleDay(operation: Operation, area: number, day: TradingDay, run: Run): Promise<boolean> {
  return exclusively(operation, () => settleDayNow(operation, area, day, run))
}

async function settleDayNow(operation: Operation, area: number, day: TradingDay, run: Run): Promise<boolean> {
  const { ledger, store, sender } = operation
  const number = runNumberOf(run) as RunNumber
  if ((await readRun(ledger, area, day, number)) !== null) return true
  const isSigned = await isRunSigned(operation, area, day, run)
  const statements = isSigned
    ? await readDayStatements(store, { area, run: number }, day)
    : await drawDay(operation, area, day, run)
  if (statements === null) return false

  const { root } = statementTreeOf(statements)
  const payments = encodePayments(paymentsOf(statements))
  await sender.send(commitPurposeOf(area, day, run), {
    contract: 'settlement',
    function: 'commitStatements',
    arguments: [area, day, number, { root: root.hash, count: root.count, total: root.a }, hashOf(payments)],
  })
  const date = dateOf(day)
  operation.log.info(
    { day, run, statements: statements.length },
    `${date} settled, ${run} run: ${statements.length} statements, ${formatEuro(root.a)} to be paid`,
  )
  return true
}

/** Pays a committed run once it can be challenged no more, and logs it; false before. Again without effect. */
export async function payRun(operation: Operation, area: number, day: TradingDay, run: Run): Promise<boolean> {
  const { ledger, clock, sender } = operation
  const number = runNumberOf(run) as RunNumber
  const [committed, calendar] = await Promise.all([readRun(ledger, area, day, number), readCalendar(ledger, area)])
  if (committed === null) return false
  if (committed.isPaid) return true
  if (clock.now() < committed.committedAt + calendar.challengeWindowSeconds) return false
  const payments = paymentsOf(await committedStatementsOf(operation, area, day, committed))
  try {
    await sender.send(`pay-run:${area}:${day}:${number}`, {
      contract: 'settlement',
      function: 'payRun',
      arguments: [area, day, number, encodePayments(payments)],
    })
  } catch (error) {
    // Anyone may pay a run: somebody was faster.
    if (!(error instanceof DomainError) || error.code !== 'settlement-already-paid') throw error
  }
  operation.log.info({ day, run }, `${dateOf(day)} paid, ${run} run: ${payments.length} payments`)
  return true
}

/**
 * Whether a later run of the day would change anything: readings that have a newer version on the ledger than the one
 * they were settled on, or statements that were corrected by challenges.
 */
export async function isRunNeeded(operation: Operation, area: number, day: TradingDay): Promise<boolean> {
  const { ledger, store } = operation
  const last = await readLastRun(ledger, area, day)
  if (last === null) return true
  const periods = tradedPeriodsOf(await readCalendar(ledger, area), day)
  const [first] = periods
  if (first === undefined) return false
  const settled = { area, run: last.run }
  // The gateway writes a correction down before it sends it: the database never knows of fewer than the ledger.
  for (const { period, readingVersion } of await findOutdatedStatements(store, settled, first, periods.length)) {
    const version = await readReadingsVersion(ledger, area, period)
    if (version !== null && version > readingVersion) return true
  }
  const members = (await readDayStatements(store, settled, day)).map(({ memberId }) => memberId)
  return (await readCorrections(ledger, area, day, last.run, members)).some((amount) => amount !== 0n)
}

/** Draws the day's statements on what the ledger says now, and keeps them; null while something is missing. */
async function drawDay(operation: Operation, area: number, day: TradingDay, run: Run): Promise<DayStatement[] | null> {
  const { ledger, store, saltOf } = operation
  const number = runNumberOf(run)
  const periods = tradedPeriodsOf(await readCalendar(ledger, area), day)
  const [first] = periods
  const ofDay = [ledger, area, first ?? firstPeriodOf(day), periods.length] as const
  const facts = await Promise.all([areCleared(...ofDay), areCommitted(...ofDay)])
  if (facts.includes(false)) return null
  const previous = await previousOf(operation, area, day, run)
  const drawn = await drawPeriods(operation, area, periods, run, [...previous.keys()])
  if (drawn === null) return null
  const statements = dayStatementsOf({
    day,
    run,
    statements: drawn,
    previous,
    saltOf: (memberId) => saltOf(`day-statement:${area}:${day}:${number}:${memberId}`),
  })
  await replaceDayStatements(store, { area, run: number }, day, statements)
  return statements
}

/** The statements of all periods, each with one for every member of the day: an evidence has no gaps. */
async function drawPeriods(
  operation: Operation,
  area: number,
  periods: readonly DeliveryPeriod[],
  run: Run,
  withMembers: readonly number[],
): Promise<PeriodStatement[] | null> {
  const members = new Set(withMembers)
  for (;;) {
    const statements: PeriodStatement[] = []
    let isComplete = true
    const known = [...members]
    for (const period of periods) {
      const drawn = await drawStatementsNow(operation, area, period, run, known)
      if (drawn === null) return null
      for (const { memberId } of drawn.statements) {
        if (!members.has(memberId)) isComplete = false
        members.add(memberId)
      }
      // A version that appeared meanwhile shows as something drawn anew in the next round.
      if (drawn.isNew) isComplete = false
      statements.push(...drawn.statements)
    }
    if (isComplete) return statements
  }
}

/** What each member was charged for the day by the run before, and by challenges of it. */
async function previousOf(
  operation: Operation,
  area: number,
  day: TradingDay,
  run: Run,
): Promise<ReadonlyMap<number, Money>> {
  if (run === 'initial') return new Map()
  const last = await readLastRun(operation.ledger, area, day)
  if (last === null) {
    throw new DomainError('settlement-out-of-sequence', `the initial run of ${dateOf(day)} comes first`, { day, run })
  }
  const statements = await committedStatementsOf(operation, area, day, last)
  const members = statements.map(({ memberId }) => memberId)
  const [amounts, { platformOperator }] = await Promise.all([
    readCorrections(operation.ledger, area, day, last.run, members),
    counterpartiesOf(operation, area),
  ])
  return chargedAfter(statements, new Map(members.map((member, index) => [member, amounts[index]!])), platformOperator)
}

/** A run's statements as they are kept, believed only where they are what the ledger has. */
async function committedStatementsOf(
  { store }: Operation,
  area: number,
  day: TradingDay,
  committed: SettlementRun,
): Promise<DayStatement[]> {
  const statements = await readDayStatements(store, { area, run: committed.run }, day)
  const { root } = statementTreeOf(statements)
  const payments = encodePayments(paymentsOf(statements))
  if (root.hash === committed.root && hashOf(payments) === committed.paymentsHash) return statements
  const name = RUNS[committed.run]
  throw new DomainError(
    'statements-not-committed',
    `the statements of ${dateOf(day)} (${name} run) in the database are not those that were committed to the ledger: ` +
      'restore the database that belongs to this ledger',
    { day, run: name, committed: committed.root, found: root.hash },
  )
}

function hashOf(hex: string): string {
  return `0x${bytesToHex(keccak_256(hexToBytes(hex.slice(2))))}`
}

/** The day as a date in UTC. */
export function dateOf(day: TradingDay): string {
  return new Date(startOfDay(day) * 1_000).toISOString().slice(0, 10)
}
