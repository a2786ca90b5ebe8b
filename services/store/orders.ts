import type { Store } from './connect.ts'
import { Prisma } from './generated/client.ts'
import { placingsOf, type NewOrder, type Placing, type PlacingRules, type SessionBook } from './order-sequence.ts'

export type { NewOrder, Placing, PlacingRules } from './order-sequence.ts'

/** An order that was acknowledged, with what its receipt says. */
export type PlacedOrder = {
  readonly period: number
  readonly position: number
  readonly receipt: string | null
  readonly signature: string
  /** Address of the key that signed, lower-case. */
  readonly signingKey: string
}

type Transaction = Prisma.TransactionClient

/** Patience with a database that is busy; in ms. */
const LONGEST_WAIT_MS = 10_000
const LONGEST_TRANSACTION_MS = 20_000

/**
 * Keeps the orders that their sessions take, all in one transaction and in the sequence given, and says for each what
 * became of it. What is `placed` is in its session, at its position: this transaction holds the session's lock, so that
 * `closeGate` waits for it, and the next one counts on from it.
 */
export async function placeOrders(store: Store, orders: readonly NewOrder[], rules: PlacingRules): Promise<Placing[]> {
  if (orders.length === 0) return []
  const options = { maxWait: LONGEST_WAIT_MS, timeout: LONGEST_TRANSACTION_MS }
  return store.client.$transaction(async (transaction) => {
    await lockSessions(transaction, orders)
    const placings = placingsOf(await readBook(transaction, orders), orders, rules)
    await insertOrders(transaction, orders, placings)
    return placings
  }, options)
}

/** Those of the orders that were placed before, by digest. */
export async function findPlacedOrders(store: Store, digests: readonly string[]): Promise<Map<string, PlacedOrder>> {
  if (digests.length === 0) return new Map()
  const rows = await store.client.order.findMany({
    where: { digest: { in: [...digests] } },
    select: { digest: true, period: true, position: true, receipt: true, signature: true, signingKey: true },
  })
  return new Map(rows.map(({ digest, ...placed }) => [digest, placed]))
}

async function lockSessions(transaction: Transaction, orders: readonly NewOrder[]): Promise<void> {
  const gates = [...new Set(orders.map(({ area, period }) => `gate:${area}:${period}`))]
  // By the lock's own number, since two names may share one: whoever locks several takes them in the same sequence.
  await transaction.$executeRaw`
    SELECT pg_advisory_xact_lock(number)
    FROM (SELECT DISTINCT hashtext(gate) AS number FROM unnest(${gates}::text[]) AS gate ORDER BY number) AS locks`
}

async function readBook(transaction: Transaction, orders: readonly NewOrder[]): Promise<SessionBook> {
  const sessions = await transaction.$queryRaw<SessionBook['sessions']>`
    SELECT s.area, s.period,
      EXISTS (SELECT FROM gate_closures g WHERE g.area = s.area AND g.period = s.period) AS "isGateClosed",
      coalesce((SELECT max(o.position) FROM orders o WHERE o.area = s.area AND o.period = s.period), 0) AS "lastPosition"
    FROM (SELECT DISTINCT area, period FROM ${placesOf(orders)}) AS s`
  const standing = await transaction.$queryRaw<(Omit<SessionBook['standing'][number], 'salt'> & { salt: string })[]>`
    SELECT DISTINCT ON (o.area, o.period, o.trader, o.side) o.area, o.period, o.trader, o.side,
      o.quantity_wh AS "quantityWh", o.limit_price_micro_euro_per_kwh AS "limitPriceMicroEuroPerKwh", o.salt
    FROM orders o JOIN (SELECT DISTINCT area, period, trader FROM ${placesOf(orders)}) AS m
      ON o.area = m.area AND o.period = m.period AND o.trader = m.trader
    ORDER BY o.area, o.period, o.trader, o.side, o.salt::numeric DESC`
  const placed = await transaction.order.findMany({
    where: { digest: { in: orders.map(({ digest }) => digest) } },
    select: { digest: true, position: true, receipt: true },
  })
  return { sessions, standing: standing.map((order) => ({ ...order, salt: BigInt(order.salt) })), placed }
}

function placesOf(orders: readonly NewOrder[]): Prisma.Sql {
  return Prisma.sql`unnest(
    ${orders.map(({ area }) => area)}::int[],
    ${orders.map(({ period }) => period)}::int[],
    ${orders.map(({ trader }) => trader)}::int[]
  ) AS p (area, period, trader)`
}

async function insertOrders(
  transaction: Transaction,
  orders: readonly NewOrder[],
  placings: readonly Placing[],
): Promise<void> {
  const rows = orders.flatMap((order, index) => {
    const placing = placings[index]!
    return placing.outcome === 'placed' ? [{ ...order, position: placing.position, receipt: placing.receipt }] : []
  })
  if (rows.length === 0) return
  await transaction.$executeRaw`
    INSERT INTO orders (digest, area, period, trader, side, quantity_wh, limit_price_micro_euro_per_kwh, expiry, salt,
      signature, signing_key, position, receipt, received_at)
    SELECT * FROM unnest(
      ${rows.map(({ digest }) => digest)}::text[],
      ${rows.map(({ area }) => area)}::int[],
      ${rows.map(({ period }) => period)}::int[],
      ${rows.map(({ trader }) => trader)}::int[],
      ${rows.map(({ side }) => side)}::text[],
      ${rows.map(({ quantityWh }) => quantityWh)}::int[],
      ${rows.map(({ limitPriceMicroEuroPerKwh }) => limitPriceMicroEuroPerKwh)}::int[],
      ${rows.map(({ expiry }) => expiry.toString())}::text[]::bigint[],
      ${rows.map(({ salt }) => salt.toString())}::text[],
      ${rows.map(({ signature }) => signature)}::text[],
      ${rows.map(({ signingKey }) => signingKey)}::text[],
      ${rows.map(({ position }) => position)}::int[],
      ${rows.map(({ receipt }) => receipt)}::text[],
      ${rows.map(({ receivedAt }) => receivedAt)}::int[])`
}
