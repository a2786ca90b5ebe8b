import { readTariff } from '../chain/areas.ts'
import type { LedgerClock } from '../chain/ledger-clock.ts'
import { orderDomain, signOrder, type SignedOrder } from '../chain/orders.ts'
import { orderSaltOf } from '../domain/bidding/order-salt.ts'
import { affordableOrderOf, delegatedOrderOf } from '../domain/bidding/delegated-order.ts'
import { orderExpiryOf, sessionToOrderIn } from '../domain/bidding/ordering-time.ts'
import { truthfulOrderOf, type OrderDraft } from '../domain/bidding/truthful-order.ts'
import { DomainError } from '../domain/errors.ts'
import { gateClosureOf, type Calendar } from '../domain/grid/calendar.ts'
import type { TradingKeyEntry } from '../domain/market/trading-key.ts'
import type { Tariff } from '../domain/settlement/tariff.ts'
import { tradingDayOf, type DeliveryPeriod, type SignedWh } from '../domain/units.ts'
import type { Log } from '../runtime/log.ts'
import { isStoreUnreachable } from '../store/unreachable.ts'
import type { Forecast } from './forecast.ts'
import type { Home } from './homes.ts'
import { submitOrders, type Submission } from './order-submission.ts'
import type { Signal } from './signal.ts'
import { readTraderKeys, type TraderKey, type TraderKeySource } from './trader-keys.ts'

export type Ordering = TraderKeySource & {
  readonly calendar: Calendar
  /** Asked for every session: homes join and leave. */
  readonly readHomes: () => Promise<readonly Home[]>
  readonly clock: LedgerClock
  readonly forecast: Forecast
  /** Fires when there is a new block or a new expectation. */
  readonly news: Signal
  readonly apiUrl: string
  readonly saltOf: (purpose: string) => string
  readonly log: Log
  /** Hears of every session for which all orders are answered, or whose gate closed before. */
  readonly onPlaced: (period: DeliveryPeriod) => void
  readonly report: (state: 'up' | 'degraded', detail?: string) => void
}

const RETRY_MS = 200
const FIRST_REVISION = 0

/** Places the orders of an area's households, session after session, until stopped. */
export function startOrdering(ordering: Ordering): { stop: () => Promise<void> } {
  const { calendar, clock, news, log, report } = ordering
  let isStopped = false
  let last = -1

  const run = async () => {
    while (!isStopped) {
      const next = news.next()
      const period = sessionToOrderIn(calendar, clock.now())
      if (period === null || period <= last) {
        await next
        continue
      }
      try {
        await orderFor(ordering, period, () => isStopped)
        report('up')
        last = period
        if (!isStopped) ordering.onPlaced(period)
      } catch (error) {
        if (!(error instanceof DomainError) && !isStoreUnreachable(error)) throw error
        const reason = error instanceof DomainError ? error.message : 'the database does not answer'
        log.warn({ period }, `${reason}; trying again`)
        report('degraded', reason)
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
      }
    }
  }
  const ended = run()
  return {
    async stop() {
      isStopped = true
      news.fire()
      await ended
    },
  }
}

async function orderFor(ordering: Ordering, period: DeliveryPeriod, isStopped: () => boolean): Promise<void> {
  const { area, calendar, clock, news, log } = ordering
  const isOpen = () => !isStopped() && clock.now() < gateClosureOf(calendar, period)
  const households = await ordering.readHomes()
  const [tariff, expected] = await Promise.all([
    readTariff(ordering.ledger, area, period),
    ordering.forecast(
      period,
      households.map(({ memberId }) => memberId),
    ),
  ])

  const total: Submission & { keyless: number } = { placed: 0, refused: new Map(), late: 0, keyless: 0 }
  let undecided = households
  while (undecided.length > 0 && isOpen()) {
    const next = news.next()
    const keyOf = await readTraderKeys(ordering, tradingDayOf(period))
    const isDecided = (household: Home) => expected(household.memberId) !== undefined && keyOf(household) !== undefined
    const decided = undecided.filter(isDecided)
    if (decided.length === 0) {
      await next
      continue
    }
    undecided = undecided.filter((household) => !isDecided(household))
    const orders = decided.flatMap((household) => {
      const key = keyOf(household) ?? null
      const order = key && signedOrderOf(ordering, household, key, period, tariff, expected(household.memberId))
      return order === null ? [] : [order]
    })
    total.keyless += decided.filter((household) => keyOf(household) === null).length
    const submission = await submitOrders(ordering, inSequenceOfNobody(orders), isOpen)
    total.placed += submission.placed
    total.late += submission.late
    for (const [code, count] of submission.refused) total.refused.set(code, (total.refused.get(code) ?? 0) + count)
  }

  const refused = [...total.refused].map(([code, count]) => `${count} refused (${code})`)
  const late = total.late === 0 ? [] : [`${total.late} not answered before gate closure`]
  const keyless = total.keyless === 0 ? [] : [`${total.keyless} households may not trade on the day`]
  const silent =
    undecided.length === 0 ? [] : [`${undecided.length} households without a key or an expectation in time`]
  log.info(
    { period },
    [`period ${period}: ${total.placed} orders placed`, ...refused, ...late, ...keyless, ...silent].join(', '),
  )
}

/** By their signatures: an order's place in its session follows from when it comes, and that of its home would say whose it is. */
export function inSequenceOfNobody(orders: readonly SignedOrder[]): SignedOrder[] {
  return orders.toSorted((one, other) => (one.signature < other.signature ? -1 : 1))
}

function signedOrderOf(
  { area, calendar, ledger, saltOf }: Ordering,
  home: Home,
  key: TraderKey,
  period: DeliveryPeriod,
  tariff: Tariff,
  expectedNet: SignedWh | null | undefined,
): SignedOrder | null {
  const wanted = expectedNet === null || expectedNet === undefined ? null : truthfulOrderOf(expectedNet, tariff)
  const draft = wanted && draftFor(home, wanted, gateClosureOf(calendar, period), { tariff, entry: key.entry })
  if (draft === null) return null
  const order = {
    area,
    trader: key.entry.trader,
    deliveryPeriod: period,
    ...draft,
    expiry: orderExpiryOf(period),
    // A household orders once a session, the same after a restart; whatever replaces that order has a later revision.
    salt: orderSaltOf(FIRST_REVISION, saltOf(`order:${period}:${home.memberId}`)),
  }
  return { ...order, signature: signOrder(orderDomain(ledger), order, key.privateKey) }
}

/** Of a delegated key only within what was delegated, what is wished now, and what the day allows the key; else null. */
function draftFor(
  { delegated }: Home,
  draft: OrderDraft,
  gateClosure: number,
  { tariff, entry }: { readonly tariff: Tariff; readonly entry: TradingKeyEntry },
): OrderDraft | null {
  if (delegated === null) return draft
  const { delegation, wished } = delegated
  if (gateClosure > Math.min(delegation.expiry, wished.expiry)) return null
  let within: OrderDraft | null = draft
  for (const limits of [delegation, wished, entry]) within = within && delegatedOrderOf(within, limits)
  return within && affordableOrderOf(within, entry.allowance, tariff)
}
