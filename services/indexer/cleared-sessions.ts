import { readCalendar, readTariff } from '../chain/areas.ts'
import { readCalls, type Block } from '../chain/blocks.ts'
import { clearingEventsOf, decodeFills } from '../chain/fills.ts'
import type { Ledger } from '../chain/ledger.ts'
import { readRevocationsOnLedger } from '../chain/reveals.ts'
import { orderDigest, orderDomain, type SignedOrder } from '../chain/orders.ts'
import { findSubmittedOrders, type Call } from '../chain/submitted-orders.ts'
import { readSessionKeys } from '../chain/trading-days.ts'
import { gateClosureOf } from '../domain/grid/calendar.ts'
import { deliveryPeriod, tradingDayOf } from '../domain/units.ts'
import type { Store } from '../store/connect.ts'
import {
  readIndexedReveals,
  readSessionEvents,
  type Clearing,
  type ProjectionBatch,
  type SessionEvent,
} from '../store/projections.ts'
import { countingOrders, type SessionFacts } from './session-orders.ts'

type Sources = { readonly ledger: Ledger; readonly store: Store }

/**
 * Adds to the batch what every order of its cleared sessions got. The orders are not in the events but in the calls
 * that cleared the session, and chunks of it may have been cleared in blocks of earlier batches; keys, revocations and
 * rates are read from the ledger, where none that counts in a session changes once its gate is closed.
 */
export async function addFills(sources: Sources, batch: ProjectionBatch, blocks: readonly Block[]): Promise<void> {
  if (batch.clearings.length === 0) return
  const events = [...(await readSessionEvents(sources.store, batch.clearings)), ...sessionEventsOf(batch)]
  const calls = new Map<string, Call>(
    blocks.flatMap((block) => block.transactions.map((transaction) => [transaction.hash, transaction])),
  )
  for (const [index, clearing] of batch.clearings.entries()) {
    const ofSession = events.filter(({ area, period }) => area === clearing.area && period === clearing.period)
    const revealed = await revealedBefore(sources.store, batch, clearing)
    const { ledgerOrderCount, orders, voidOrderCount } = await ordersOf(
      sources.ledger,
      { clearing, revealed },
      ofSession,
      calls,
    )
    batch.clearings[index] = { ...clearing, ledgerOrderCount, voidOrderCount }
    const domain = orderDomain(sources.ledger)
    for (const { order, isFromLedger, filled } of orders) {
      const digest = orderDigest(domain, order)
      batch.fills.push({ ...fillRowOf(order), isFromLedger, filledWh: Number(filled), digest })
    }
  }
}

/** A trader that is revealed after the clearing was none of the ledger's concern in it. */
async function revealedBefore(
  store: Store,
  batch: ProjectionBatch,
  { area, period }: Clearing,
): Promise<ReadonlySet<number>> {
  const day = tradingDayOf(deliveryPeriod(period))
  const end = batch.events.findIndex(
    (event) => event.name === 'SessionCleared' && event.area === area && event.period === period,
  )
  const before = batch.events.slice(0, end).flatMap(({ name, area: of, arguments: given }) => {
    const values = given as SessionEvent['arguments']
    return name === 'TraderRevealed' && of === area && Number(values.day) === day ? [Number(values.trader)] : []
  })
  return new Set([...(await readIndexedReveals(store, area, day)), ...before])
}

function sessionEventsOf(batch: ProjectionBatch): SessionEvent[] {
  return batch.events.flatMap(({ area, period, ...event }) =>
    area === null || period === null
      ? []
      : [{ ...event, area, period, arguments: event.arguments as SessionEvent['arguments'] }],
  )
}

/** A clearing, and the traders of its day that were revealed by then. */
type ClearedSession = { readonly clearing: Clearing; readonly revealed: ReadonlySet<number> }

async function ordersOf(
  ledger: Ledger,
  session: ClearedSession,
  events: readonly SessionEvent[],
  known: ReadonlyMap<string, Call>,
) {
  const closure = events.findLast(({ name }) => name === 'GateClosed')
  const opened = events.filter(({ name }) => name === 'OrderOpened').map((event) => bytesOf(event.arguments.terms))
  const chunks = clearingEventsOf(events)
  const nothing = { ledgerOrderCount: opened.length, orders: [], voidOrderCount: null }
  if (closure === undefined || chunks === null) return nothing

  const submitted = findSubmittedOrders(ledger, {
    orderCount: Number(closure.arguments.orderCount),
    ordersHash: String(closure.arguments.ordersHash),
    calls: await readChunkCalls(ledger, chunks, known),
  })
  if (submitted === null) return nothing
  const fills = chunks.flatMap((chunk) => decodeFills(String(chunk.arguments.fills)))
  const facts = { ...(await readFacts(ledger, session)), batch: Buffer.concat(submitted), opened, fills }
  const counted = countingOrders(facts)
  if (counted === null) return nothing
  return { ledgerOrderCount: opened.length, orders: counted.orders, voidOrderCount: counted.voidCount }
}

async function readChunkCalls(
  ledger: Ledger,
  chunks: readonly SessionEvent[],
  known: ReadonlyMap<string, Call>,
): Promise<Call[]> {
  const missing = chunks.map(({ transactionHash }) => transactionHash).filter((hash) => !known.has(hash))
  const read = await readCalls(ledger, missing)
  return chunks.map(({ transactionHash }) => (known.get(transactionHash) ?? read.get(transactionHash))!)
}

async function readFacts(
  ledger: Ledger,
  { clearing: { area, period }, revealed }: ClearedSession,
): Promise<Omit<SessionFacts, 'batch' | 'opened' | 'fills'>> {
  const traded = deliveryPeriod(period)
  const gateClosure = gateClosureOf(await readCalendar(ledger, area), traded)
  const day = tradingDayOf(traded)
  const [entries, rates] = await Promise.all([
    readSessionKeys(ledger, area, day, gateClosure),
    readTariff(ledger, area, traded),
  ])
  const revocations = await readRevocationsOnLedger(ledger, { area, day, entries, revealed, gateClosure })
  return {
    session: { area, period: traded, gateClosure },
    domain: orderDomain(ledger),
    rates,
    entries,
    revocations,
  }
}

function fillRowOf(order: SignedOrder) {
  return {
    area: order.area,
    period: order.deliveryPeriod as number,
    trader: order.trader,
    side: order.side,
    quantityWh: Number(order.quantity),
    limitPriceMicroEuroPerKwh: Number(order.limitPrice),
    expiry: BigInt(order.expiry),
    salt: order.salt.toString(),
  }
}

function bytesOf(hex: unknown): Buffer {
  return Buffer.from(String(hex).slice(2), 'hex')
}
