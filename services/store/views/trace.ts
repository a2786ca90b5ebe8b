import { isTraded } from '../../domain/grid/calendar.ts'
import { isSealedIn, type SessionState } from '../../domain/neighbourhood/session-state.ts'
import { deliveryPeriod, tradingDayOf } from '../../domain/units.ts'
import type { Store } from '../connect.ts'
import { readReadingTree } from '../erased-readings.ts'
import type { Statement } from '../generated/client.ts'
import type { AreaView } from './area.ts'
import { readChallengesOf, type ChallengeView } from './challenges.ts'
import { readHouseholdDays, type HouseholdDayView } from './household-days.ts'
import { periodStatementOf, type PeriodStatementView } from './household-periods.ts'
import { readKeyPageOf, type KeyPageView } from './key-pages.ts'
import { readSteps } from './ledger.ts'
import { readOrdersOf, type HouseholdOrderView } from './orders.ts'
import { readSession, type SessionView } from './sessions.ts'
import { tracedReadingOf, type TracedReadingView } from './trace-reading.ts'

type Step = { readonly transactionHash: string; readonly blockNumber: number; readonly timestamp: number }

export type TraceView = {
  readonly period: number
  readonly memberId: number
  readonly name: string
  readonly sessionState: SessionState
  readonly isSealed: boolean
  readonly keys: (Step & Omit<KeyPageView, 'transactionHash'>) | null
  readonly orders: TracedOrderView[]
  readonly gateClosure:
    (Step & { orderCount: number; ordersHash: string; closedBy: NonNullable<SessionView['closedBy']> }) | null
  readonly clearing: (Step & TracedClearingView) | null
  readonly commitment: (Step & NonNullable<SessionView['readings']>) | null
  readonly reading: TracedReadingView | null
  readonly statement: PeriodStatementView | null
  /** What became of the day in which the delivery period lies; null until the household has a statement of it. */
  readonly day: HouseholdDayView | null
  readonly challenges: ChallengeView[]
}

/** An order, and what its receipt states; null for one that did not come through the api. */
export type TracedOrderView = HouseholdOrderView & { readonly position: number | null; readonly expiry: number | null }

type TracedClearingView = {
  readonly priceMicroEuroPerKwh: bigint | null
  readonly volumeWh: bigint
  readonly ledgerOrderCount: number | null
  readonly voidOrderCount: number | null
}

/** Everything between a household's order and its payment for one period; null where either is not of the area. */
export async function readTrace(
  store: Store,
  area: AreaView,
  now: number,
  period: number,
  memberId: number,
): Promise<TraceView | null> {
  if (!isTraded(area.calendar, deliveryPeriod(period))) return null
  const household = await store.client.household.findUnique({ where: { memberId }, select: { name: true, area: true } })
  if (household === null || household.area !== area.id) return null

  const session = await readSession(store, area, now, period)
  if (session === null) return null
  const day = tradingDayOf(deliveryPeriod(period))
  const [keys, orders, reading, statement, days, challenges] = await Promise.all([
    readKeyPageOf(store, area, day, memberId),
    isSealedIn(session.state) ? [] : readTracedOrders(store, area, memberId, period),
    readReading(store, area, period, memberId, session.readings),
    readLatestStatement(store, memberId, period),
    readHouseholdDays(store, area, memberId, { firstPeriod: period, lastPeriod: period }),
    readChallengesOf(store, area, { memberId, period, day }),
  ])
  return {
    period,
    memberId,
    name: household.name,
    sessionState: session.state,
    isSealed: isSealedIn(session.state),
    orders,
    ...(await readStepsOf(store, session, keys)),
    reading,
    statement: statement && periodStatementOf(statement, session.settlement?.state ?? 'drawn-up'),
    day: days[0] ?? null,
    challenges,
  }
}

/** What the ledger did for the session, each step with its transaction. */
async function readStepsOf(store: Store, session: SessionView, keys: KeyPageView | null) {
  const { gateClosed, cleared, readingsCommitted } = session.transactions
  const hashes = [keys?.transactionHash ?? null, gateClosed, cleared, readingsCommitted]
  const steps = await readSteps(
    store,
    hashes.filter((hash) => hash !== null),
  )
  const stepOf = (hash: string | null): Step | null => {
    const step = hash === null ? undefined : steps.get(hash)
    if (step === undefined) return null
    return { transactionHash: step.hash, blockNumber: step.blockNumber, timestamp: step.timestamp }
  }
  const published = stepOf(keys?.transactionHash ?? null)
  const gateClosure = stepOf(gateClosed)
  const clearing = stepOf(cleared)
  const commitment = stepOf(readingsCommitted)
  return {
    keys: published && keys && { ...keys, ...published },
    gateClosure: gateClosure &&
      session.closedBy && {
        ...gateClosure,
        orderCount: session.orderCount ?? 0,
        ordersHash: session.ordersHash ?? '',
        closedBy: session.closedBy,
      },
    clearing: clearing && {
      ...clearing,
      priceMicroEuroPerKwh: session.priceMicroEuroPerKwh,
      volumeWh: session.volumeWh ?? 0n,
      ledgerOrderCount: session.ledgerOrderCount,
      voidOrderCount: session.voidOrderCount,
    },
    commitment: commitment && session.readings && { ...commitment, ...session.readings },
  }
}

async function readTracedOrders(
  store: Store,
  area: AreaView,
  memberId: number,
  period: number,
): Promise<TracedOrderView[]> {
  const orders = (await readOrdersOf(store, area, memberId, [period])).get(period) ?? []
  const accepted = await store.client.order.findMany({
    where: { digest: { in: orders.map(({ digest }) => digest) } },
    select: { digest: true, position: true, expiry: true },
  })
  const acceptedOf = new Map(accepted.map((order) => [order.digest, order]))
  return orders.map((order) => {
    const kept = acceptedOf.get(order.digest)
    return { ...order, position: kept?.position ?? null, expiry: kept === undefined ? null : Number(kept.expiry) }
  })
}

/** Out of the version that is committed; before that, out of the latest that is known. */
async function readReading(
  store: Store,
  area: AreaView,
  period: number,
  memberId: number,
  committed: SessionView['readings'],
): Promise<TracedReadingView | null> {
  const latest =
    committed ??
    (await store.client.readingBatch.findFirst({ where: { area: area.id, period }, orderBy: { version: 'desc' } }))
  if (latest === null) return null
  const { version } = latest
  return tracedReadingOf(await readReadingTree(store, { area: area.id, period, version }), version, memberId, committed)
}

function readLatestStatement(store: Store, memberId: number, period: number): Promise<Statement | null> {
  return store.client.statement.findFirst({ where: { memberId, period }, orderBy: { run: 'desc' } })
}
