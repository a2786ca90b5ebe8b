import { NO_HASH } from '../abi.ts'
import { differ, requireSame, type Place } from '../difference.ts'
import { hexOf, numberAt } from '../ledger/hex.ts'
import { keccakHex } from '../ledger/keccak.ts'
import { entryCountOf, memberAt, readEntry } from '../market/key-entry.ts'
import type { SessionFacts } from '../market/session-clearing.ts'
import { PACKED_ORDER_LENGTH, readTerms, TERMS_LENGTH } from '../market/session-orders.ts'
import { AUTHORITIES, authorityOf, type Authority } from './acting.ts'
import { PERIODS_PER_DAY, type Areas } from './areas.ts'
import type { Callers } from './callers.ts'
import { chunksOf, clearCallsOf, type ChunkCandidates } from './clear-calls.ts'
import type { Credentials } from './credentials.ts'
import { placeOf, type LedgerEvent } from './ledger-event.ts'
import type { Members } from './members.ts'
import { requireOpenable } from './opened-order.ts'
import type { Pauses } from './pauses.ts'
import type { TradingDays } from './trading-days.ts'

/** A chunk as it was cleared, with the fills that the ledger says it has. */
export type ClearedChunk = {
  readonly orders: Uint8Array
  readonly candidates: ChunkCandidates
  readonly fills: Uint8Array
  readonly place: Place
}

/** What the ledger says a session came to. Price in micro-euro per kWh, energy in Wh. */
export type ClearedSession = {
  readonly area: number
  readonly period: number
  readonly price: number
  readonly volume: number
  readonly orderCount: number
  readonly ordersHash: string
  readonly fillsHash: string
  /** Whether a member replaced the operator. */
  readonly isReplaced: boolean
  /** Whether trading was paused at gate closure. */
  readonly isPaused: boolean
  readonly claimHash: string
  readonly chunks: readonly ClearedChunk[]
  /** False where a contract cleared it in a way that does not show of which orders. */
  readonly isRecomputable: boolean
  readonly gasUsed: number
  readonly place: Place
}

/** With what the gate was closed, and since when what was committed on the ledger could be opened. */
type Closure = {
  readonly at: number
  readonly orderCount: number
  readonly ordersHash: string
  readonly isReplaced: boolean
  readonly isPaused: boolean
}

type Session = {
  closed: Closure | null
  /** Whether the ledger said that it was paused. */
  isSaidPaused: boolean
  readonly lanes: Map<number, string>
  /** By what right a lane was filled; null where that does not show. */
  readonly authorities: Map<number, Authority | null>
  readonly opened: Map<number, Uint8Array>
  unseenOpened: number
  readonly chunks: Map<string, ClearedChunk[]>
  lastClaim: string
  gasUsed: number
  cleared: ClearedSession | null
}

const OPENING_SECONDS = 60
const SMALLEST_CHUNK = 500
const LARGEST_CHUNK = 1_000

/** Replays the call auction: who closed gates when, which orders were opened, which orders a session was cleared from. */
export function createSessions(books: {
  readonly members: Members
  readonly areas: Areas
  readonly credentials: Credentials
  readonly callers: Callers
  readonly tradingDays: TradingDays
  readonly pauses: Pauses
  readonly domainSeparator: Uint8Array
  readonly requireBond: (area: number, place: Place) => void
  /** Takes the fine of an operator that was replaced. */
  readonly fine: (area: number) => void
}) {
  const { members, areas, credentials, callers, tradingDays, pauses, domainSeparator } = books
  const sessions = new Map<string, Session>()
  const contractKeys = new Map<string, Place>()

  const sessionOf = (area: number, period: number): Session => {
    const key = `${area}:${period}`
    const session = sessions.get(key) ?? newSession()
    sessions.set(key, session)
    return session
  }

  const subjectOf = (event: LedgerEvent) => {
    const area = event.fields.number('area')
    const period = event.fields.number('period')
    const place = { ...placeOf(event), area, period }
    if (!areas.isTraded(area, period)) differ('sessions', 'the period is not traded', place)
    return { area, period, place, session: sessionOf(area, period), gateClosure: areas.gateClosureOf(area, period) }
  }

  const memberOf = (area: number, period: number, trader: number): number | undefined =>
    tradingDays.memberOf(area, Math.floor(period / PERIODS_PER_DAY), trader)

  const closeGate = (event: LedgerEvent): void => {
    const { area, place, session, gateClosure } = subjectOf(event)
    const by = event.fields.text('closedBy')
    callers.requireSaid(event, 'sessions', by, place)
    const isOperator = credentials.holds(by, 'market-operator', area, event.time)
    const called = event.calls.filter(({ contract }) => contract === 'callAuction')
    const isOperators = called.length > 0 ? called.some(({ name }) => name === 'closeGate') : isOperator
    if (session.cleared !== null) differ('sessions', 'its gate was closed after it was cleared', place)
    const isPaused = session.closed === null && pauses.isPausedAt(area, gateClosure)
    if (isPaused && event.fields.number('orderCount') !== 0)
      differ('sessions', 'its gate was closed with orders while trading was paused', place)
    if (isOperators) {
      if (!isOperator) {
        const message = `callAuction.closeGate was called by ${by}, who did not hold the role of the market-operator`
        differ('roles', message, place)
      }
      if (session.closed !== null) differ('sessions', 'its gate was closed twice', place)
      if (event.time < gateClosure)
        differ('sessions', `its gate was closed at ${event.time}, before ${gateClosure}`, place)
      books.requireBond(area, place)
    } else {
      if (event.fields.number('orderCount') !== 0 || event.fields.text('ordersHash') !== NO_HASH) {
        differ('sessions', 'whoever replaced the operator closed the gate with orders', place)
      }
      if (session.closed?.orderCount === 0) {
        differ('sessions', 'an operator was replaced that had withheld nothing', place)
      }
      const deadline = Math.max(gateClosure, session.closed?.at ?? 0) + areas.calendarOf(area).operatorDeadline
      if (event.time < deadline)
        differ('sessions', `the operator was replaced at ${event.time}, before ${deadline}`, place)
      if (!members.membersOf(area).some((memberId) => members.actsFor(area, memberId, by))) {
        differ('sessions', `the operator was replaced by ${by}, who acts for no member of the area`, place)
      }
      if (!isPaused) books.fine(area)
    }
    // What was cleared before of other orders counts no more.
    session.chunks.clear()
    session.closed = {
      // What could have been opened before the operator was replaced cannot be opened now.
      at: session.closed?.at ?? event.time,
      orderCount: event.fields.number('orderCount'),
      ordersHash: event.fields.text('ordersHash'),
      isReplaced: !isOperators && !isPaused,
      isPaused,
    }
  }

  const pause = (event: LedgerEvent): void => {
    const { place, session } = subjectOf(event)
    if (session.closed?.isPaused !== true || session.isSaidPaused)
      differ('sessions', 'it was said to be paused, and was not', place)
    session.isSaidPaused = true
  }

  const commit = (event: LedgerEvent): void => {
    const { area, period, place, session, gateClosure } = subjectOf(event)
    const trader = event.fields.number('trader')
    const lane = trader * 2 + event.fields.number('lane')
    if (event.time >= gateClosure)
      differ('sessions', 'an order was committed after gate closure', {
        ...place,
        member: memberOf(area, period, trader),
      })
    const subject = { area, period, trader, gateClosure, place: { ...place, member: memberOf(area, period, trader) } }
    const authority = authorityOf(event, subject, books)
    const before = session.authorities.get(lane) ?? null
    if (session.lanes.has(lane) && authority !== null && before !== null) {
      const isWeaker = AUTHORITIES.indexOf(authority) > AUTHORITIES.indexOf(before)
      if (isWeaker) differ('sessions', `what its ${before} committed was replaced by its ${authority}`, subject.place)
    }
    session.authorities.set(lane, authority)
    const commitment = event.fields.text('commitment')
    if (commitment !== NO_HASH && pauses.isPausedAt(area, gateClosure))
      differ('sessions', 'an order was committed for a session that is paused', {
        ...place,
        member: memberOf(area, period, trader),
      })
    if (commitment === NO_HASH) session.lanes.delete(lane)
    else session.lanes.set(lane, commitment)
  }

  const open = (event: LedgerEvent): void => {
    const { area, period, place, session, gateClosure } = subjectOf(event)
    const trader = event.fields.number('trader')
    const where = { ...place, member: memberOf(area, period, trader) }
    if (session.closed === null || session.cleared !== null || event.time > session.closed.at + OPENING_SECONDS) {
      differ('sessions', 'an order was opened outside the time for it', where)
    }
    if (session.closed.isPaused) differ('sessions', 'an order was opened in a session that was paused', where)
    const terms = Buffer.from(event.fields.text('terms').slice(2), 'hex')
    const day = Math.floor(period / PERIODS_PER_DAY)
    const entries = tradingDays.entriesBefore(area, day, gateClosure)
    const { retail, feedIn, platformFee } = areas.tariffOf(area, period)
    const lane = requireOpenable(event, terms, {
      area,
      period,
      gateClosure,
      retail,
      feedIn,
      platformFee,
      entries,
      domainSeparator,
      lanes: session.lanes,
      isKeyRevoked: (trader, key, time) => tradingDays.isKeyRevoked(area, day, { trader, key }, time),
      onContractSignature: (key, at) => contractKeys.set(key, at),
      place: where,
    })
    if (lane === null) session.unseenOpened += 1
    else session.lanes.delete(lane)
    const rank = trader * 2 + event.fields.number('side')
    const other = session.opened.get(rank)
    if (other === undefined || saltOf(terms) > saltOf(other)) session.opened.set(rank, terms)
  }

  const takeChunk = (event: LedgerEvent): void => {
    const { area, period, place, session } = subjectOf(event)
    const claimHash = event.fields.text('claimHash')
    const claim = `${event.fields.text('by')}:${claimHash}`
    const chunk = event.fields.number('chunk')
    const chunks = session.chunks.get(claim) ?? []
    session.chunks.set(claim, chunks)
    // Whoever begins anew starts with the first chunk again.
    if (chunk === 0) chunks.length = 0
    // A transaction may clear several chunks, one after the other.
    const earlier = chunks.slice(0, chunk).filter((each) => each?.place.transaction === place.transaction).length
    const candidates = clearCallsOf(event, { area, period, claimHash, earlier })
    const [orders] = candidates.orders
    if (orders === undefined && candidates.isDirect) {
      differ('sessions', 'the orders of a chunk are not in its transaction', place)
    }
    chunks[chunk] = { orders: orders ?? new Uint8Array(), candidates, fills: event.fields.bytes('fills'), place }
    session.lastClaim = claim
    session.gasUsed += event.transaction.gasUsed
  }

  const clear = (event: LedgerEvent): { cleared: ClearedSession; facts: SessionFacts } => {
    const { area, period, place, session, gateClosure } = subjectOf(event)
    const { closed } = session
    if (closed === null) differ('sessions', 'it was cleared before its gate was closed', place)
    if (session.cleared !== null) differ('sessions', 'it was cleared twice', place)
    if (session.isSaidPaused !== closed.isPaused) differ('sessions', 'it was paused, and nothing said so', place)
    // Like the contract, by number: of an order that a contract opened one may not see which it was.
    const isOpening = !closed.isPaused && session.lanes.size > session.unseenOpened
    if (isOpening && event.time <= closed.at + OPENING_SECONDS) {
      differ('sessions', 'it was cleared while committed orders could still be opened', place)
    }
    requireSame('sessions', 'the number of its orders', event.fields.number('orderCount'), closed.orderCount, place)
    const taken = session.chunks.get(session.lastClaim) ?? []
    // What was called directly is checked against the gate's hash with everything else.
    const isSeen = taken.every(({ candidates }) => candidates.isDirect)
    const candidates = taken.map((chunk) => chunk.candidates)
    const found = isSeen ? null : chunksOf(candidates, closed.ordersHash)
    const chunks = taken.map((chunk, index) => ({ ...chunk, orders: found?.[index] ?? chunk.orders }))
    const isRecomputable = isSeen || found !== null
    if (isRecomputable) requireChunkSizes(chunks, place)
    const cleared: ClearedSession = {
      area,
      period,
      price: event.fields.number('price'),
      volume: Number(event.fields.big('volume')),
      orderCount: closed.orderCount,
      ordersHash: closed.ordersHash,
      fillsHash: event.fields.text('fillsHash'),
      isReplaced: closed.isReplaced,
      isPaused: closed.isPaused,
      claimHash: session.lastClaim.split(':')[1] ?? '',
      chunks,
      isRecomputable,
      gasUsed: session.gasUsed,
      place,
    }
    session.cleared = cleared
    session.chunks.clear()
    const day = Math.floor(period / PERIODS_PER_DAY)
    const entries = tradingDays.entriesBefore(area, day, gateClosure)
    const { retail, feedIn, platformFee } = areas.tariffOf(area, period)
    const facts = {
      area,
      period,
      gateClosure,
      retail,
      feedIn,
      platformFee,
      domainSeparator,
      entries,
      revokedEntries: revokedAmong(area, day, entries, gateClosure),
      chunks: chunks.map(({ orders }) => orders),
      opened: [...session.opened.values()].map((terms) => terms.subarray(0, TERMS_LENGTH)),
    }
    return { cleared, facts }
  }

  const revokedAmong = (area: number, day: number, entries: Uint8Array, gateClosure: number): number[] => {
    const revoked: number[] = []
    for (let index = 0; index < entryCountOf(entries); index += 1) {
      const memberId = tradingDays.memberOf(area, day, memberAt(entries, index))
      if (memberId === undefined || !members.hasRevocation(memberId)) continue
      if (tradingDays.isKeyRevoked(area, day, readEntry(entries, index), gateClosure)) revoked.push(index)
    }
    return revoked
  }

  return {
    /** Answers with a session that is cleared now, to be cleared anew. */
    see: (event: LedgerEvent): { cleared: ClearedSession; facts: SessionFacts } | null => {
      if (event.name === 'GateClosed') closeGate(event)
      if (event.name === 'SessionPaused') pause(event)
      if (event.name === 'OrderCommitted') commit(event)
      if (event.name === 'OrderOpened') open(event)
      if (event.name === 'OrdersCleared') takeChunk(event)
      return event.name === 'SessionCleared' ? clear(event) : null
    },
    clearedOf: (area: number, period: number): ClearedSession | null =>
      sessions.get(`${area}:${period}`)?.cleared ?? null,
    openedOf: (area: number, period: number, rank: number): Uint8Array | undefined =>
      sessions.get(`${area}:${period}`)?.opened.get(rank),
    closedOf: (area: number, period: number) => sessions.get(`${area}:${period}`)?.closed ?? null,
    /** Keys that signed nothing themselves, so that they must be contracts (EIP-1271), and where. */
    contractKeys: contractKeys as ReadonlyMap<string, Place>,
    all: sessions as ReadonlyMap<string, Session>,
  }
}

export type Sessions = ReturnType<typeof createSessions>

function newSession(): Session {
  return {
    closed: null,
    isSaidPaused: false,
    lanes: new Map(),
    authorities: new Map(),
    opened: new Map(),
    unseenOpened: 0,
    chunks: new Map(),
    lastClaim: '',
    gasUsed: 0,
    cleared: null,
  }
}

/** Every chunk has 500 to 1,000 orders, the last one at most 1,000. */
function requireChunkSizes(chunks: readonly ClearedChunk[], place: Place): void {
  chunks.forEach(({ orders }, index) => {
    const count = orders.length / PACKED_ORDER_LENGTH
    const isTooSmall = index < chunks.length - 1 && count < SMALLEST_CHUNK
    if (isTooSmall || count > LARGEST_CHUNK) {
      differ('sessions', `its chunk ${index} has ${count} orders`, place)
    }
  })
}

function saltOf(terms: Uint8Array): bigint {
  return BigInt(hexOf(readTerms(terms).salt))
}

/** Fills of a session as they lie in its events: whose, Wh, and whether sold. */
export function* fillsIn(fills: Uint8Array): Generator<{ trader: number; side: number; quantity: number }> {
  for (let start = 0; start + 7 <= fills.length; start += 7) {
    const booked = numberAt(fills, start + 3, 4)
    yield {
      trader: numberAt(fills, start, 3),
      side: booked >= 0x8000_0000 ? 1 : 0,
      quantity: booked % 0x8000_0000,
    }
  }
}

export function claimHashOf(claim: readonly bigint[]): string {
  const words = claim.map((value) => BigInt.asUintN(256, value).toString(16).padStart(64, '0'))
  return keccakHex(Buffer.from(words.join(''), 'hex'))
}
