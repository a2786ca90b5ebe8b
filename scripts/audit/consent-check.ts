import { isLeafOf, merkleSumTreeOf } from '../../services/domain/metering/merkle-sum-tree.ts'
import { readingLeafOf, type SaltedReading } from '../../services/domain/metering/reading-tree.ts'
import {
  emptyStatementOf,
  statementsOf,
  type MeteredEnergy,
  type Statement,
} from '../../services/domain/settlement/statement.ts'
import { periodTreeOf, statementLeafOf } from '../../services/domain/settlement/statement-tree.ts'
import type { DayStatement } from '../../services/domain/settlement/day-statement.ts'
import { DomainError } from '../../services/domain/errors.ts'
import { energyWh, money, tradingDay } from '../../services/domain/units.ts'
import type { ConsentData, ConsentReading, ConsentStatement } from './consent-data.ts'
import { isReadable, requireSigned, signedReadingsOf } from './consent-meters.ts'
import { differ, requireSame, type Place } from './difference.ts'
import { periodStatementOf, saltedOf } from './consent-leaves.ts'
import { requireInstitutions, type MeteredOf } from './consent-institutions.ts'
import { mergeConsent } from './consent-merge.ts'
import { requireStatements, requireTradedPeriods } from './consent-periods.ts'
import { tradersShownBy } from './consent-traders.ts'
import { isDayWithin, type Scope } from './head-state.ts'
import type { Books } from './replay/books.ts'
import { memberStatementOf, periodFactsOf, type MemberOf } from './replay/member-statement.ts'
import type { Run } from './replay/runs.ts'
import type { ClearedSession } from './replay/sessions.ts'

/** What was proven with the data of members. */
export type ConsentSummary = {
  readonly members: readonly number[]
  readings: number
  /** Of the readings, those whose registers the meter itself signed. */
  signedReadings: number
  statements: number
  lines: number
  /** Roots that were computed whole, since every leaf was given. */
  wholeRoots: number
  /** Runs of which also the sums that institutions receive were computed. */
  institutionRuns: number
  /** Micro-euro by day and line, over the members given. */
  readonly money: Map<number, Record<LineName, bigint>>
}

export const CONSENT_LINES = ['energy', 'imbalance', 'gridTariff', 'levies', 'platformFee'] as const
export type LineName = (typeof CONSENT_LINES)[number]

/** In the place of a period where a statement was corrected as a whole. */
const WHOLE_STATEMENT = 0

/**
 * Proves every leaf of the members' data under its root and computes every line again. Where all leaves of a root are
 * given, the root as a whole, and what institutions receive. Null without data. Throws `consent-data-foreign` for data of
 * another ledger, and `consent-data-duplicate`.
 */
export function checkConsent(
  given: readonly ConsentData[],
  books: Books,
  scope: Scope,
  ledger: { readonly chainId: number; readonly settlement: string },
): ConsentSummary | null {
  if (given.length === 0) return null
  const all = mergeConsent(given)
  for (const { chainId, settlement, memberId } of all) {
    if (chainId !== ledger.chainId || settlement.toLowerCase() !== ledger.settlement) {
      throw new DomainError(
        'consent-data-foreign',
        `the data of member ${memberId} are of another ledger or deployment`,
      )
    }
  }
  const summary: ConsentSummary = {
    members: all.map(({ memberId }) => memberId),
    readings: 0,
    signedReadings: 0,
    statements: 0,
    lines: 0,
    wholeRoots: 0,
    institutionRuns: 0,
    money: new Map(),
  }
  const told: Told = { ...books, memberOf: tradersShownBy(all, books, scope) }
  const readings = collectReadings(all, books, scope, summary)
  const statements = collectStatements(all, told, scope, summary, readings)
  requireStatements(all, books, scope)
  requireWholeReadings(books, readings, summary)
  requireWholeRuns(told, statements, readings, summary)
  const meteredOf = meteredIn(readings, books)
  for (const run of books.runs.all.values()) {
    if (isDayWithin(scope, run.area, run.day) && requireInstitutions(run, told, meteredOf)) {
      summary.institutionRuns += 1
    }
  }
  return summary
}

/** The books, and who the traders of sealed days are as far as members show it. */
type Told = Books & { readonly memberOf: MemberOf }

type KnownReading = { readonly data: ConsentData; readonly reading: ConsentReading; readonly salted: SaltedReading }
type KnownStatement = { readonly data: ConsentData; readonly statement: ConsentStatement; readonly whole: DayStatement }

/** By area, period and version, then by member. */
type Readings = Map<string, Map<number, KnownReading>>

function collectReadings(all: readonly ConsentData[], books: Books, scope: Scope, summary: ConsentSummary): Readings {
  const known: Readings = new Map()
  for (const data of all) {
    const signed = signedReadingsOf(data, books)
    for (const reading of data.readings) {
      // Statements are of whole days, and rest on all readings of theirs.
      if (!isDayWithin(scope, data.area, Math.floor(reading.period / 96))) continue
      const place = { area: data.area, period: reading.period, member: data.memberId }
      const version = books.readings.versionsOf(data.area, reading.period)[reading.version]
      if (version === undefined)
        differ('consent-readings', `version ${reading.version} of its readings was never committed`, place)
      const salted = saltedOf(data.memberId, reading)
      const root = { hash: version.root, count: version.count, a: version.importTotal, b: version.exportTotal }
      const where = { ...place, transaction: version.transaction, block: version.block }
      if (!isReadable(salted) || !isLeafOf(root, readingLeafOf(salted), reading.position, reading.siblings)) {
        differ('consent-readings', 'its reading is no leaf of what was committed', where)
      }
      const key = `${data.area}:${reading.period}:${reading.version}`
      const ofPeriod = known.get(key) ?? new Map<number, KnownReading>()
      known.set(key, ofPeriod.set(data.memberId, { data, reading, salted }))
      summary.readings += 1
      if (signed !== null && reading.quality === 'metered') {
        requireSigned(salted, signed, where)
        summary.signedReadings += 1
      }
    }
  }
  return known
}

function collectStatements(
  all: readonly ConsentData[],
  books: Told,
  scope: Scope,
  summary: ConsentSummary,
  readings: Readings,
): Map<string, KnownStatement[]> {
  const known = new Map<string, KnownStatement[]>()
  for (const data of all) {
    for (const statement of data.statements) {
      if (!isDayWithin(scope, data.area, statement.day)) continue
      const { area, memberId } = data
      const run = books.runs.runOf(area, statement.day, statement.run)
      const place = { ...(run?.place ?? {}), area, day: statement.day, member: memberId }
      if (run === undefined) differ('consent-statements', 'the run of its statement was never committed', place)
      const whole = requireStatement(data, statement, run, books, place)
      requirePeriods(data, statement, run, books, readings, place, summary)
      const key = `${area}:${statement.day}:${statement.run}`
      known.set(key, [...(known.get(key) ?? []), { data, statement, whole }])
      summary.statements += 1
    }
  }
  return known
}

/**
 * The statement follows from its periods, is a leaf of its run, charges what was not charged before, and is paid so, unless
 * the ledger found out itself that it does not.
 */
function requireStatement(
  { area, memberId }: ConsentData,
  statement: ConsentStatement,
  run: Run,
  books: Books,
  place: Place,
): DayStatement {
  const { root } = periodTreeOf(statement.periods.map((period) => periodStatementOf(memberId, period)))
  const previous = money(BigInt(statement.previousMicroEuro))
  const charges = money(BigInt(statement.chargesMicroEuro ?? root.a))
  const credits = money(BigInt(statement.creditsMicroEuro ?? root.b))
  const whole: DayStatement = {
    memberId,
    day: tradingDay(statement.day),
    run: statement.run,
    periodCount: root.count,
    periodsRoot: root.hash,
    charges,
    credits,
    previous,
    payment: money(charges - credits - previous),
    salt: statement.salt,
  }
  const committed = { hash: run.root, count: run.count, a: run.total, b: run.total }
  if (!isLeafOf(committed, statementLeafOf(whole), statement.position, statement.siblings)) {
    differ('consent-statements', 'its statement is no leaf of what was committed', place)
  }
  const isHousehold = books.members.all.get(memberId)?.kind === 'household'
  // What was proven wrong of a household's statement is wrong in those of the institutions that received it as well.
  const isCorrected = isHousehold
    ? books.challenges.isCorrected(area, statement.day, statement.run, memberId, WHOLE_STATEMENT)
    : books.challenges.hasCorrectedStatement(area, statement.day, statement.run)
  if (isCorrected) return whole
  requireSame('consent-statements', 'what its periods charge', charges, root.a, place)
  requireSame('consent-statements', 'what its periods credit', credits, root.b, place)
  let charged = 0n
  for (let earlier = 0; earlier < statement.run; earlier += 1) {
    charged += paymentOf(books.runs.runOf(area, statement.day, earlier), memberId)
    charged += books.challenges.correctionOf(area, statement.day, earlier, memberId)
  }
  if (isHousehold) requireSame('consent-statements', 'what earlier runs charged', previous, charged, place)
  requireSame('consent-statements', 'what it pays', paymentOf(run, memberId), whole.payment, place)
  return whole
}

/** Every line of a household is what its fills, its readings and the tariff give. */
function requirePeriods(
  { area, memberId, statements }: ConsentData,
  statement: ConsentStatement,
  run: Run,
  books: Told,
  readings: Readings,
  place: Place,
  summary: ConsentSummary,
): void {
  // A later run says anew what the whole day comes to.
  const isLatest = !statements.some((other) => other.day === statement.day && other.run > statement.run)
  const isHousehold = books.members.all.get(memberId)?.kind === 'household'
  requireTradedPeriods({ area, memberId }, statement, books, place)
  for (const stated of statement.periods) {
    const where = { ...place, period: stated.period }
    if (!isHousehold) continue
    const session =
      books.sessions.clearedOf(area, stated.period) ??
      differ('consent-statements', 'the session was not cleared', where)
    const versions = books.readings.versionsAt(area, stated.period, run.readingsAt)
    if (!versions.includes(stated.readingVersion)) {
      differ(
        'consent-statements',
        `it rests on version ${stated.readingVersion} of the readings, and not on ${versions.join(' or ')}`,
        where,
      )
    }
    const reading = readings.get(`${area}:${stated.period}:${stated.readingVersion}`)?.get(memberId)
    if (reading === undefined && stated.quality !== 'none') {
      differ('consent-statements', 'the data lack the reading on which it rests', where)
    }
    const made = memberStatementOf(
      {
        area,
        period: stated.period,
        memberId,
        version: stated.readingVersion,
        metered: reading ? meteredOf(reading) : null,
        session,
      },
      books.areas.tariffOf(area, stated.period),
      books.members,
      books.memberOf,
    )
    if (!books.challenges.isCorrected(area, statement.day, statement.run, memberId, stated.period)) {
      requireSamePeriod(periodStatementOf(memberId, stated), made, where)
    }
    if (isLatest) addMoney(summary, statement, made)
    summary.lines += CONSENT_LINES.length
  }
}

function requireSamePeriod(stated: Statement, made: Statement, place: Place): void {
  for (const name of ['bought', 'sold', 'quality', ...CONSENT_LINES] as const) {
    requireSame('consent-statements', `${name} of its statement`, stated[name], made[name], place)
  }
  requireSame('consent-statements', 'import of its statement', stated.metered?.import, made.metered?.import, place)
  requireSame('consent-statements', 'export of its statement', stated.metered?.export, made.metered?.export, place)
}

/** Where every leaf of a commitment to readings is given, all of it. */
function requireWholeReadings(books: Books, readings: Readings, summary: ConsentSummary): void {
  for (const [key, members] of readings) {
    const [area, period, number] = key.split(':').map(Number) as [number, number, number]
    const version = books.readings.versionsOf(area, period)[number]!
    if (members.size !== version.count) continue
    const sorted = [...members.values()].sort((one, other) => one.data.memberId - other.data.memberId)
    const { root } = merkleSumTreeOf(sorted.map(({ salted }) => readingLeafOf(salted)))
    requireSame('consent-readings', 'the root of all readings', version.root, root.hash, { area, period })
    summary.wholeRoots += 1
  }
}

/** Where every statement of a run is given, its root, and the lines of those who receive what households pay. */
function requireWholeRuns(
  books: Told,
  statements: ReadonlyMap<string, readonly KnownStatement[]>,
  readings: Readings,
  summary: ConsentSummary,
): void {
  for (const [key, known] of statements) {
    const [area, day, number] = key.split(':').map(Number) as [number, number, number]
    const run = books.runs.runOf(area, day, number)!
    if (known.length !== run.count) continue
    const place = { ...run.place, area, day }
    const sorted = [...known].sort((one, other) => one.data.memberId - other.data.memberId)
    const { root } = merkleSumTreeOf(sorted.map(({ whole }) => statementLeafOf(whole)))
    requireSame('consent-statements', 'the root of all statements', run.root, root.hash, place)
    for (const period of books.areas.tradedPeriodsOf(area, day)) {
      requireWholePeriod(sorted, period, run, books, readings, { ...place, period })
    }
    summary.wholeRoots += 1
  }
}

function requireWholePeriod(
  known: readonly KnownStatement[],
  period: number,
  run: Run,
  books: Told,
  readings: Readings,
  place: Place,
): void {
  // What was proven wrong of one statement is missing from those who received it.
  const isCorrected = ({ data }: KnownStatement) =>
    books.challenges.isCorrected(run.area, run.day, run.run, data.memberId, period)
  if (known.some(isCorrected)) return
  const session: ClearedSession = books.sessions.clearedOf(run.area, period)!
  const stated = known.flatMap(({ data, statement }) =>
    statement.periods.filter((each) => each.period === period).map((each) => ({ memberId: data.memberId, each })),
  )
  const version = stated[0]?.each.readingVersion ?? 0
  const metered = [...(readings.get(`${run.area}:${period}:${version}`)?.values() ?? [])].map(meteredOf)
  if (metered.length !== books.readings.versionsOf(run.area, period)[version]?.count) return
  const facts = periodFactsOf(
    session,
    books.areas.tariffOf(run.area, period),
    books.members,
    version,
    metered,
    books.memberOf,
  )
  const made = new Map(statementsOf(facts).map((statement) => [statement.memberId, statement]))
  for (const memberId of new Set([...made.keys(), ...stated.map((each) => each.memberId)])) {
    const found = stated.find((each) => each.memberId === memberId)
    const expected = made.get(memberId) ?? emptyStatementOf(memberId, version)
    const statement =
      found === undefined ? emptyStatementOf(memberId, version) : periodStatementOf(memberId, found.each)
    for (const name of CONSENT_LINES) {
      requireSame('consent-statements', `${name} of its statement`, statement[name], expected[name], {
        ...place,
        member: memberId,
      })
    }
  }
}

function addMoney(summary: ConsentSummary, { day }: ConsentStatement, statement: Statement): void {
  const sums = summary.money.get(day) ?? { energy: 0n, imbalance: 0n, gridTariff: 0n, levies: 0n, platformFee: 0n }
  for (const name of CONSENT_LINES) sums[name] += statement[name]
  summary.money.set(day, sums)
}

function paymentOf(run: Run | undefined, memberId: number): bigint {
  return run?.payments.find((payment) => payment.memberId === memberId)?.amount ?? 0n
}

/** Where every reading of a commitment is given: what a run that rests on it takes for metered. */
function meteredIn(readings: Readings, books: Books): MeteredOf {
  return ({ area, readingsAt }, period) => {
    for (const version of books.readings.versionsAt(area, period, readingsAt)) {
      const known = readings.get(`${area}:${period}:${version}`)
      if (known === undefined || known.size !== books.readings.versionsOf(area, period)[version]?.count) continue
      return { version, metered: [...known.values()].map(meteredOf) }
    }
    return null
  }
}

function meteredOf({ salted }: KnownReading): MeteredEnergy {
  return {
    memberId: salted.memberId,
    quality: salted.quality,
    import: energyWh(salted.importEnd - salted.importStart),
    export: energyWh(salted.exportEnd - salted.exportStart),
  }
}
