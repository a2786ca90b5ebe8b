import { keccak_256 } from '@noble/hashes/sha3.js'
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import { readBond } from '../chain/accounts.ts'
import { readCalendar } from '../chain/areas.ts'
import { readLatestBlock } from '../chain/ledger-clock.ts'
import { areCleared, areCommitted, readReadingsVersion } from '../chain/sessions.ts'
import {
  readCorrections,
  readLastRun,
  readOwed,
  readRun,
  readWithheld,
  type RunNumber,
  type SettlementRun,
} from '../chain/settlement-runs.ts'
import { DomainError } from '../domain/errors.ts'
import { RUNS, runNumberOf, tradedPeriodsOf, type Run } from '../domain/grid/calendar.ts'
import { chargedAfter, dayStatementsOf, type DayStatement } from '../domain/settlement/day-statement.ts'
import { encodePayments, paymentsOf } from '../domain/settlement/payment.ts'
import { statementTreeOf, type PeriodStatement } from '../domain/settlement/statement-tree.ts'
import { firstPeriodOf, startOfDay, type DeliveryPeriod, type Money, type TradingDay } from '../domain/units.ts'
import { readDayStatements, replaceDayStatements } from '../store/day-statements.ts'
import { readMemberSecrets } from '../store/households.ts'
import { findOutdatedStatements } from '../store/statements.ts'
import { formatEuro } from './amounts.ts'
import { exclusively } from './exclusive.ts'
import type { Operation } from './operation.ts'
import { commitPurposeOf, counterpartiesOf, drawStatementsNow, isRunSigned } from './settlement.ts'

/** A day's statements for a run, drawn on the versions of the readings that were the latest at `readingsAt`. */
type DrawnDay = { readonly statements: readonly DayStatement[]; readonly readingsAt: number }

/** Too long ago for any statements that are drawn on it to be committed. */
const LONG_AGO = 0
const MOST_ATTEMPTS = 4

/**
 * Commits a run's statements to the ledger and logs it; again without effect. False while a traded period of the day is
 * not cleared and metered. What was signed once is sent as it was stored; until then everything is drawn anew.
 */
export function settleDay(operation: Operation, area: number, day: TradingDay, run: Run): Promise<boolean> {
  return exclusively(operation, () => settleDayNow(operation, area, day, run))
}

async function settleDayNow(operation: Operation, area: number, day: TradingDay, run: Run): Promise<boolean> {
  const { ledger } = operation
  const number = runNumberOf(run) as RunNumber
  if ((await readRun(ledger, area, day, number)) !== null) return true
  for (let attempt = 1; ; attempt += 1) {
    const isSigned = await isRunSigned(operation, area, day, run)
    const drawn = isSigned ? await drawnBefore(operation, area, day, run) : await drawDay(operation, area, day, run)
    if (drawn === null) return false
    try {
      await commitDay(operation, area, day, run, drawn)
      return true
    } catch (error) {
      // Signed before an interruption, or drawn while the ledger's clock ran on: another time everything but that is there.
      const isTooLate = error instanceof DomainError && error.code === 'settlement-readings-too-old'
      if (!isTooLate || attempt === MOST_ATTEMPTS) throw error
      operation.log.info({ day, run }, `${dateOf(day)} is drawn anew, ${run} run: it would have come too late`)
    }
  }
}

/** Were what was signed refused, nothing may be signed in its place: on which readings it rests is known to it alone. */
async function drawnBefore({ store }: Operation, area: number, day: TradingDay, run: Run): Promise<DrawnDay> {
  return { statements: await readDayStatements(store, { area, run: runNumberOf(run) }, day), readingsAt: LONG_AGO }
}

async function commitDay(
  { sender, log }: Operation,
  area: number,
  day: TradingDay,
  run: Run,
  { statements, readingsAt }: DrawnDay,
): Promise<void> {
  const { root } = statementTreeOf(statements)
  const commitment = { root: root.hash, count: root.count, total: root.a }
  const payments = encodePayments(paymentsOf(statements))
  await sender.send(commitPurposeOf(area, day, run), {
    contract: 'settlement',
    function: 'commitStatements',
    arguments: [area, day, runNumberOf(run), commitment, readingsAt, payments],
  })
  log.info(
    { day, run, statements: statements.length },
    `${dateOf(day)} settled, ${run} run: ${statements.length} statements, ${formatEuro(root.a)} to be paid`,
  )
}

/**
 * Pays a committed run once it can be challenged no more, and logs it; false before. Again without effect. What
 * corrections of the run owe is paid first, as far as the bond holds it. Throws `settlement-withheld` where it does not.
 */
export async function payRun(operation: Operation, area: number, day: TradingDay, run: Run): Promise<boolean> {
  const { ledger, clock, sender } = operation
  const number = runNumberOf(run) as RunNumber
  const [committed, calendar] = await Promise.all([readRun(ledger, area, day, number), readCalendar(ledger, area)])
  if (committed === null) return false
  if (committed.isPaid) return true
  if (clock.now() < committed.committedAt + calendar.challengeWindowSeconds) return false
  const statements = await committedStatementsOf(operation, area, day, committed)
  await payCorrections(operation, area, day, committed, statements)
  const payments = paymentsOf(statements)
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

/** Pays what corrections of the run owe to members. Throws `settlement-withheld` where the bond does not hold all of it. */
async function payCorrections(
  operation: Operation,
  area: number,
  day: TradingDay,
  { run }: SettlementRun,
  statements: readonly DayStatement[],
): Promise<void> {
  const { ledger, clock, sender, log } = operation
  if ((await readWithheld(ledger, area, day, run)) === 0n) return
  const members = statements.map(({ memberId }) => memberId)
  const owed = await readOwed(ledger, area, day, run, members)
  for (const [index, memberId] of members.entries()) {
    if (owed[index] === 0n || (await readBond(ledger, area)) === 0n) continue
    try {
      // It may be owed again, even the same amount, once it is paid: only the time tells one payment from another.
      await sender.send(`pay-corrections:${area}:${day}:${run}:${memberId}:${clock.now()}`, {
        contract: 'challenges',
        function: 'payCorrections',
        arguments: [area, day, run, memberId],
      })
      log.info({ day, run, memberId }, `what a correction of ${dateOf(day)} owes member ${memberId} was paid`)
    } catch (error) {
      // Anyone may pay it: somebody was faster.
      if (!(error instanceof DomainError) || error.code !== 'challenges-nothing-owed') throw error
    }
  }
  const [withheld, bond] = await Promise.all([readWithheld(ledger, area, day, run), readBond(ledger, area)])
  if (withheld === 0n) return
  throw new DomainError(
    'settlement-withheld',
    `the ${RUNS[run]} run of ${dateOf(day)} is held back: corrections owe members ${formatEuro(withheld)}, and the bond ` +
      `holds ${formatEuro(bond)}. Deposit at least ${formatEuro(withheld)} into the bond of area ${area} ` +
      '(depositBond of the accounts contract): then they are paid, and the run after them',
    { area, day, run: RUNS[run], withheld, bond },
  )
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
async function drawDay(operation: Operation, area: number, day: TradingDay, run: Run): Promise<DrawnDay | null> {
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
  const secrets = await readMemberSecrets(store)
  const statements = dayStatementsOf({
    day,
    run,
    statements: drawn.statements,
    previous,
    saltOf: (memberId) => saltOf(`day-statement:${area}:${day}:${number}:${memberId}`, secrets.get(memberId)),
  })
  await replaceDayStatements(store, { area, run: number }, day, statements)
  return { statements, readingsAt: drawn.readingsAt }
}

/**
 * The statements of all periods, each with one for every member of the day: an evidence has no gaps. All are drawn on the
 * readings of one time, that at which the round began in which nothing was left to be drawn.
 */
async function drawPeriods(
  operation: Operation,
  area: number,
  periods: readonly DeliveryPeriod[],
  run: Run,
  withMembers: readonly number[],
): Promise<{ readonly statements: readonly PeriodStatement[]; readonly readingsAt: number } | null> {
  const members = new Set(withMembers)
  for (;;) {
    const statements: PeriodStatement[] = []
    let isComplete = true
    // Of the ledger itself: the clock may still be at an earlier block, before versions that are drawn on.
    const { timestamp: readingsAt } = await readLatestBlock(operation.ledger)
    const of = { withMembers: [...members], readingsAt }
    for (const period of periods) {
      const drawn = await drawStatementsNow(operation, area, period, run, of)
      if (drawn === null) return null
      for (const { memberId } of drawn.statements) {
        if (!members.has(memberId)) isComplete = false
        members.add(memberId)
      }
      // A version that appeared meanwhile shows as something drawn anew in the next round.
      if (drawn.isNew) isComplete = false
      statements.push(...drawn.statements)
    }
    if (isComplete) return { statements, readingsAt }
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
