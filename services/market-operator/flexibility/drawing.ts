import { readTariff } from '../../chain/areas.ts'
import { readCallCount } from '../../chain/flex-orders.ts'
import { readProvenPermille } from '../../chain/flex-settlement.ts'
import { readMembers } from '../../chain/members.ts'
import { availablePowerOf } from '../../domain/flexibility/settlement/availability.ts'
import { drawFlexDay, type FlexDay, type FlexDayFacts } from '../../domain/flexibility/settlement/flex-day.ts'
import type { LocalCalendar } from '../../domain/flexibility/baseline/local-calendar.ts'
import {
  firstPeriodOf,
  money,
  powerW,
  signedWh,
  startOf,
  type DeliveryPeriod,
  type SignedWh,
  type TradingDay,
} from '../../domain/units.ts'
import { readMemberSecrets } from '../../store/households.ts'
import { readStatements } from '../../store/statements.ts'
import type { Operation } from '../operation.ts'
import { counterpartiesOf } from '../settlement.ts'
import { drawAssets } from './assets.ts'
import type { BaselineSources, BookedOrder, FlexBooks, UnpaidReserve } from './books.ts'

export type DrawnFlexDay = {
  readonly drawn: FlexDay
  readonly availability: FlexDayFacts['availability']
  readonly orders: readonly BookedOrder[]
  readonly sources: BaselineSources
  readonly readingsAt: number
}

const INITIAL_RUN = 0

/**
 * Draws a day's settlement of flexibility on the readings that are the latest at `readingsAt`: `nothing` where nothing was
 * called and no availability is due, and `behind` while the projections do not have all calls that the ledger has.
 */
export async function drawFlexibility(
  operation: Operation,
  books: FlexBooks,
  of: {
    readonly area: number
    readonly day: TradingDay
    readonly readingsAt: number
    readonly calendar: LocalCalendar
    /** From 0: after a void everything is salted anew. */
    readonly attempt: number
  },
): Promise<DrawnFlexDay | 'nothing' | 'behind'> {
  const { ledger, store, saltOf } = operation
  const { area, day, readingsAt, calendar, attempt } = of
  const orders = await books.listOrders(area, day)
  const called = orders.reduce((sum, { calls }) => sum + calls.length, 0)
  if (called !== (await readCallCount(ledger, area, day))) return 'behind'
  const availability = await dueAvailabilityOf(operation, books, of)
  if (orders.length === 0 && availability.length === 0) return 'nothing'

  const sources = new Map<string, string>()
  const facts: FlexDayFacts['orders'][number][] = []
  for (const order of orders) {
    const { byPeriod, sources: own } = await drawAssets({ books, calendar, area, readingsAt }, order)
    for (const [key, source] of own) sources.set(key, source)
    facts.push({ ...order, calls: order.calls.map((call) => ({ ...call, assets: byPeriod.get(call.period)! })) })
  }
  const periods = [...new Set(orders.flatMap(({ calls }) => calls.map(({ period }) => period)))]
  const [{ supplier, dso }, members, secrets, tariffs, traded] = await Promise.all([
    counterpartiesOf(operation, area),
    readMembers(ledger, area),
    readMemberSecrets(store),
    Promise.all(periods.map(async (period) => [period, await readTariff(ledger, area, period)] as const)),
    Promise.all(periods.map(async (period) => [period, await tradedIn(operation, area, period)] as const)),
  ])
  const [tariffOf, tradedOf] = [new Map(tariffs), new Map(traded)]
  const drawn = drawFlexDay({
    ...{ day, supplier, dso, tso: members.find(({ kind }) => kind === 'tso')?.memberId ?? null },
    ...{ orders: facts, availability },
    tariffOf: (period) => tariffOf.get(period)!,
    tradedOf: (memberId, period) => tradedOf.get(period)?.get(memberId) ?? signedWh(0n),
    saltOf: (leaf, memberId) =>
      saltOf(`flexibility:${area}:${day}:${attempt}:${leaf}:${memberId}`, secrets.get(memberId)),
  })
  return { drawn, availability, orders, sources, readingsAt }
}

/** Bought less sold in the period, by member, as the energy market settled it. */
async function tradedIn({ store }: Operation, area: number, period: DeliveryPeriod): Promise<Map<number, SignedWh>> {
  const statements = await readStatements(store, { area, run: INITIAL_RUN }, period)
  return new Map(statements.map(({ memberId, bought, sold }) => [memberId, signedWh(bought - sold)]))
}

/**
 * The availability of periods before the day that a later proof has decided by now, or that nothing will decide any more:
 * as much as was reserved, not withheld, metered and proved, rounded down to the W.
 */
async function dueAvailabilityOf(
  { ledger, clock }: Operation,
  books: FlexBooks,
  { area, day, readingsAt }: { readonly area: number; readonly day: TradingDay; readonly readingsAt: number },
): Promise<FlexDayFacts['availability']> {
  const due: FlexDayFacts['availability'][number][] = []
  for (const reserve of await books.listUnpaidReserves(area, firstPeriodOf(day))) {
    const { reservationId, period, aggregator, buyer, availabilityPrice, deadline } = reserve
    const isOver = clock.now() >= deadline
    if (!isOver && !reserve.isProvedLater) continue
    const permille = await readProvenPermille(ledger, reservationId, period)
    const metered = await meteredPowerOf(books, area, reserve, readingsAt)
    const available = availablePowerOf({ ...reserve, metered }, permille)
    due.push({
      ...{ reservationId, period, available, aggregator, buyer },
      payment: money((availabilityPrice * available) / 1_000n),
    })
  }
  return due
}

/** What is prequalified, of the members that have a metered reading of the period in proportion, rounded down to the W. */
async function meteredPowerOf(
  books: FlexBooks,
  area: number,
  { portfolioId, productId, period, prequalified }: UnpaidReserve,
  readingsAt: number,
) {
  const members = await books.membersAt(portfolioId, productId, startOf(period))
  if (members.length === 0) return powerW(0n)
  const flows = await books.readFlowsAt(area, members, { first: period, last: period }, readingsAt)
  const metered = members.filter((member) => flows.get(member)?.[0]?.quality === 'metered')
  return powerW((prequalified * BigInt(metered.length)) / BigInt(members.length))
}
