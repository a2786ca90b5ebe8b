import { wasLeafOf, rootOfNodes } from '../../../services/domain/metering/committed-tree.ts'
import { encodeInteger, type SumRoot } from '../../../services/domain/metering/merkle-sum-tree.ts'
import { energyWh } from '../../../services/domain/units.ts'
import type { AbiValue } from '../abi.ts'
import { differ, requireSame, type Place } from '../difference.ts'
import { bytesOf, concat, hexOf } from '../ledger/hex.ts'
import { keccakHex } from '../ledger/keccak.ts'
import type { Areas } from './areas.ts'
import type { Challenges } from './challenges.ts'
import type { Judgement } from './corrections.ts'
import { fieldsOf, type Fields, type LedgerEvent } from './ledger-event.ts'
import { anonymousOf, memberStatementOf } from './member-statement.ts'
import type { Members } from './members.ts'
import type { Readings } from './readings.ts'
import type { Run, Runs } from './runs.ts'
import type { Sessions } from './sessions.ts'
import type { TradingDays } from './trading-days.ts'

type Books = {
  readonly areas: Areas
  readonly members: Members
  readonly tradingDays: TradingDays
  readonly sessions: Sessions
  readonly readings: Readings
  readonly runs: Runs
  readonly challenges: Challenges
}

/** A statement that was challenged, and where the ledger has it. */
type Claim = {
  readonly area: number
  readonly run: Run
  readonly statement: Fields
  /** Sums of its leaf as committed. */
  readonly a: bigint
  readonly b: bigint
  readonly position: bigint
  /** Traded periods of the day. */
  readonly traded: readonly number[]
}

type Judged = Omit<Judgement, 'answerableUntil'>

type Layout = readonly (readonly [name: string, bytes: number])[]

const NO_READING = 2
const LINES = ['energy', 'imbalance', 'gridTariff', 'levies', 'platformFee'] as const

const STATEMENT: Layout = [
  ['memberId', 3],
  ['day', 4],
  ['run', 1],
  ['periodCount', 2],
  ['periodsRoot', 32],
  ['charges', 8],
  ['credits', 8],
  ['previous', 8],
  ['salt', 32],
]
const PERIOD: Layout = [
  ['period', 4],
  ['bought', 8],
  ['sold', 8],
  ['readingVersion', 1],
  ['quality', 1],
  ['imported', 8],
  ['exported', 8],
  ...LINES.map((line) => [line, 8] as const),
  ['salt', 32],
]
const READING: Layout = [
  ['memberId', 3],
  ['period', 4],
  ['importStart', 8],
  ['importEnd', 8],
  ['exportStart', 8],
  ['exportEnd', 8],
  ['quality', 1],
  ['salt', 32],
]

/**
 * Judges anew what was challenged of a statement, a period or the whole, from the call and what the ledger held. Throws a
 * difference where the call shows what was not committed. Null where a contract made the call, which is not to be seen.
 */
export function judgeStatement(event: LedgerEvent, place: Place, books: Books): Judgement | null {
  const about = event.fields.number('period') === 0 ? 'challengeStatement' : 'challengePeriod'
  const call = event.calls.find(({ name }) => name === about)
  if (call === undefined) return null
  const claim = claimOf(call.fields, event, place, books)
  requireSameSubject(event.fields, claim, call.fields, place)
  const window = windowOf(books, claim)
  return {
    ...(about === 'challengeStatement' ? judgeWhole : judgePeriod)(claim, call.fields, place, books),
    answerableUntil: claim.run.committedAt + window - Math.floor(window / 2),
  }
}

/** The event is about what the call challenged; of the whole statement where there is no period in the call. */
function requireSameSubject(said: Fields, claim: Claim, call: Fields, place: Place): void {
  const { run, statement, traded } = claim
  const subject: Record<string, number> = { day: run.day, run: run.run, memberId: statement.number('memberId') }
  if (call.value('period') !== undefined) {
    const position = Number(recordOf(call, 'period').big('position'))
    subject.period = (traded[0] ?? 0) + position
  }
  for (const [name, expected] of Object.entries(subject)) {
    requireSame('challenges', `the ${name} that was challenged`, said.number(name), expected, place)
  }
}

function claimOf(call: Fields, event: LedgerEvent, place: Place, books: Books): Claim {
  const area = call.number('area')
  const proof = recordOf(call, 'statement')
  const statement = recordOf(proof, 'leaf')
  const run =
    books.runs.runOf(area, statement.number('day'), statement.number('run')) ??
    differ('challenges', 'the run was not committed', place)
  const [a, b, position] = [proof.big('a'), proof.big('b'), proof.big('position')]
  const root = { hash: run.root, count: run.count, a: run.total, b: run.total }
  requireLeaf(root, statement, STATEMENT, proof, 'the statement', place)
  const claim = { area, run, statement, a, b, position, traded: books.areas.tradedPeriodsOf(area, run.day) }
  if (event.time >= run.committedAt + windowOf(books, claim)) {
    differ('challenges', `it was challenged at ${event.time}, after its window`, place)
  }
  return claim
}

/** The statement against its periods' sums as committed, what was charged before, and its payment. */
function judgeWhole(claim: Claim, call: Fields, place: Place, books: Books): Judged {
  const { area, run, statement, a, b, position, traded } = claim
  const memberId = statement.number('memberId')
  const { charges, credits } = sumsOf(statement, call, place)
  const payments = call.value('payments') as Uint8Array[]
  let previous = 0n
  for (let number = 0; number <= run.run; number += 1) {
    const of = books.runs.runOf(area, run.day, number)
    const hash = of?.paymentsHash ?? keccakHex(new Uint8Array())
    const shown = payments[number] ?? differ('challenges', 'the payments of a run were not shown', place)
    requireSame('challenges', 'the hash of the payments shown', keccakHex(shown), hash, place)
    if (number === run.run) continue
    previous += paymentOf(of, memberId) + books.challenges.correctionOf(area, run.day, number, memberId)
  }
  const payment = charges - credits - previous
  const delta = payment - paymentOf(run, memberId)
  const isRight =
    delta === 0n &&
    statement.number('periodCount') === traded.length &&
    statement.big('charges') === charges &&
    statement.big('credits') === credits &&
    statement.big('previous') === previous &&
    a === (payment > 0n ? payment : 0n) &&
    b === (payment < 0n ? -payment : 0n)
  return { isRight, delta, hasReading: false, decision: `${position}:whole` }
}

/** What the statement's periods come to as they were committed. */
function sumsOf(statement: Fields, call: Fields, place: Place): { charges: bigint; credits: bigint } {
  const count = statement.number('periodCount')
  if (count === 0) return { charges: 0n, credits: 0n }
  // An only leaf's sums are the statement's: no hash has others.
  if (count === 1) return { charges: statement.big('charges'), credits: statement.big('credits') }
  const root = rootOfNodes(hexOf(call.bytes('nodes')), count)
  requireSame('challenges', 'the root of the nodes shown', root?.hash, statement.text('periodsRoot'), place)
  return { charges: root!.a, credits: root!.b }
}

/** One period from the session's fills, the member's reading and the tariff. */
function judgePeriod(claim: Claim, call: Fields, place: Place, books: Books): Judged {
  const { area, run, statement, traded } = claim
  const proof = recordOf(call, 'period')
  const leaf = recordOf(proof, 'leaf')
  const [a, b, position] = [proof.big('a'), proof.big('b'), Number(proof.big('position'))]
  const decision = `${claim.position}:${position}`
  const isStated = position < statement.number('periodCount')
  if (isStated) {
    const [charges, credits] = [statement.big('charges'), statement.big('credits')]
    const root = { hash: statement.text('periodsRoot'), count: statement.number('periodCount'), a: charges, b: credits }
    requireLeaf(root, leaf, PERIOD, proof, 'the period', place)
  }
  const period = traded[position]
  // The day has no such period, and so nobody anything to pay for it.
  if (period === undefined) return { isRight: false, delta: b - a, hasReading: false, decision }

  const memberId = statement.number('memberId')
  const versions = books.readings.versionsAt(area, period, run.readingsAt)
  const stated = leaf.number('readingVersion')
  const version = versions.includes(stated) ? stated : versions.at(-1)!
  const reading = readingOf(recordOf(call, 'reading'), { area, period, version, memberId }, books, place)
  const session = books.sessions.clearedOf(area, period) ?? differ('challenges', 'the session was not cleared', place)
  const trader = books.tradingDays.traderOf(area, run.day, memberId)
  const lines = memberStatementOf(
    { area, period, memberId, version, metered: reading?.metered ?? null, session },
    books.areas.tariffOf(area, period),
    books.members,
    (_area, _period, other) => (other === trader ? memberId : anonymousOf(other)),
  )
  const charges = sumOf(LINES.map((name) => lines[name]))
  const credits = sumOf(LINES.map((name) => -lines[name]))
  const isRight =
    isStated &&
    leaf.number('period') === period &&
    stated === version &&
    leaf.number('quality') === (reading?.quality ?? NO_READING) &&
    leaf.big('bought') === lines.bought &&
    leaf.big('sold') === lines.sold &&
    leaf.big('imported') === (lines.metered?.import ?? 0n) &&
    leaf.big('exported') === (lines.metered?.export ?? 0n) &&
    LINES.every((name) => leaf.big(name) === lines[name]) &&
    a === charges &&
    b === credits
  return { isRight, delta: charges - credits - (a - b), hasReading: reading !== null, decision }
}

/** The reading that was shown, which is the member's in the version that counts; null where none was. */
function readingOf(
  proof: Fields,
  { area, period, version, memberId }: { area: number; period: number; version: number; memberId: number },
  books: Books,
  place: Place,
) {
  const reading = recordOf(proof, 'reading')
  if (reading.number('memberId') === 0) return null
  const committed =
    books.readings.versionsOf(area, period)[version] ??
    differ('challenges', 'there is no such version of the readings', place)
  const root = { hash: committed.root, count: committed.count, a: committed.importTotal, b: committed.exportTotal }
  requireLeaf(root, reading, READING, proof, 'the reading', place)
  if (reading.number('memberId') !== memberId || reading.number('period') !== period) {
    differ('challenges', 'the reading that was shown is of another member or period', place)
  }
  return {
    quality: reading.number('quality'),
    metered: {
      memberId,
      quality: reading.number('quality') === 0 ? ('metered' as const) : ('estimated' as const),
      import: energyWh(reading.big('importEnd') - reading.big('importStart')),
      export: energyWh(reading.big('exportEnd') - reading.big('exportStart')),
    },
  }
}

/** The leaf has the sums that it was committed with, which the proof tells, be they its own or not. */
function requireLeaf(root: SumRoot, leaf: Fields, layout: Layout, proof: Fields, what: string, place: Place): void {
  const bytes = concat(
    layout.map(([name, length]) => (length === 32 ? bytesOf(leaf.text(name)) : encodeInteger(leaf.big(name), length))),
  )
  const siblings = (proof.value('siblings') as Uint8Array[]).map(hexOf)
  const node = { bytes, a: proof.big('a'), b: proof.big('b') }
  if (!wasLeafOf(root, node, Number(proof.big('position')), siblings)) {
    differ('challenges', `${what} that was shown is not a leaf of what was committed`, place)
  }
}

function windowOf({ areas }: Books, { area }: { readonly area: number }): number {
  return areas.calendarOf(area).challengeWindow
}

function paymentOf(run: Run | undefined, memberId: number): bigint {
  return run?.payments.find((payment) => payment.memberId === memberId)?.amount ?? 0n
}

/** The sum of those amounts that are positive. */
function sumOf(amounts: readonly bigint[]): bigint {
  return amounts.reduce((sum, amount) => (amount > 0n ? sum + amount : sum), 0n)
}

function recordOf(fields: Fields, name: string): Fields {
  return fieldsOf(fields.value(name) as Record<string, AbiValue>)
}
