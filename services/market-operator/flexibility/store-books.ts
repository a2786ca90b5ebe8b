import { readFlexBuyer } from '../../chain/flex-products.ts'
import { readCalendar } from '../../chain/areas.ts'
import { readReadingsVersion } from '../../chain/sessions.ts'
import { DomainError } from '../../domain/errors.ts'
import type { FlexPower } from '../../domain/flexibility/trading/flex-offer.ts'
import { reservedPowerAt } from '../../domain/flexibility/trading/flex-reservation.ts'
import { powerIn } from '../../domain/flexibility/flex-direction.ts'
import {
  deliveryPeriod,
  endOfDay,
  energyOver,
  firstPeriodOf,
  lastPeriodOf,
  powerW,
  startOfDay,
  tradingDayOf,
  type DeliveryPeriod,
} from '../../domain/units.ts'
import { replaceFlexLeaves } from '../../store/flexibility/flex-leaves.ts'
import { readCalledPeriods, readDispatchedPower, readNominations } from '../../store/flexibility/settlement-books.ts'
import { listOrders, listOrdersCalling, type PlacedOrder } from '../../store/flexibility/orders.ts'
import {
  consentsOfMembers,
  findPortfolio,
  listPrequalifications,
  membersOfPortfolioAt,
} from '../../store/flexibility/portfolios.ts'
import { findFlexProduct } from '../../store/flexibility/products.ts'
import { listRequests, listOffersOfRequest } from '../../store/flexibility/requests.ts'
import { listReservations, type KeptReservation } from '../../store/flexibility/reservations.ts'
import { availabilityOf, settlementsOfOrders } from '../../store/flexibility/settlements.ts'
import { listHouseholds } from '../../store/households.ts'
import { listCorrectedPeriods, readCommittedFlows } from '../../store/reading-flows.ts'
import type { Operation } from '../operation.ts'
import { sourceKeyOf, type BookedOrder, type FlexBooks, type UnpaidReserve } from './books.ts'

/** What the settlement of flexibility reads of projections and records. */
export function booksOfStore({ store, ledger }: Pick<Operation, 'store' | 'ledger'>): FlexBooks {
  const books = { store, ledger }
  return {
    async listOrders(area, day) {
      const placed = await listOrdersCalling(store, area, day)
      const [first, last] = [firstPeriodOf(day), lastPeriodOf(day)]
      return Promise.all(placed.map((order) => bookedOrderOf(books, order, { first, last })))
    },
    async readPeriods(orderIds) {
      const orders = await listOrders(store, {})
      const wanted = new Set(orderIds)
      const found = orders.filter(({ orderId }) => wanted.has(orderId))
      return new Map(found.map(({ orderId, order }): [number, readonly FlexPower[]] => [orderId, order.periods]))
    },
    membersAt: (portfolioId, productId, at) => membersOfPortfolioAt(store, { portfolioId, productId, at }),
    readCalledPeriods: (members, first, last) => readCalledPeriods(store, members, { first, last }),
    readNominations: (portfolioId, productId, day) => readNominations(store, { portfolioId, productId, day }),
    async readAsked(orderId, period) {
      const powers = await readDispatchedPower(store, orderId, period)
      return new Map(Array.from(powers, ([memberId, power]) => [memberId, energyOver(powerW(power))]))
    },
    async readFlowsAt(area, members, periods, readingsAt) {
      const corrected = await listCorrectedPeriods(store, area, periods)
      const versions = new Map<DeliveryPeriod, number>()
      for (const period of corrected) {
        const version = await readReadingsVersion(ledger, area, period, readingsAt)
        if (version !== null) versions.set(period, version)
      }
      return readCommittedFlows(store, area, members, periods, versions)
    },
    async listControlGroup(area, day) {
      const households = (await listHouseholds(store, area)).map(({ memberId }) => memberId)
      const consents = await consentsOfMembers(store, households)
      const isIn = ({ from, until }: (typeof consents)[number]) => from < endOfDay(day) && until > startOfDay(day)
      const pooled = new Set(consents.filter(isIn).map(({ memberId }) => memberId))
      return households.filter((member) => !pooled.has(member))
    },
    async listUnpaidReserves(area, before) {
      const agreed = await listReservations(store, { state: 'agreed' })
      return (await Promise.all(agreed.map((reserve) => unpaidOf(books, area, reserve, before)))).flat()
    },
    keepDay: (area, day, drawn, sources) =>
      replaceFlexLeaves(
        store,
        { area, day },
        drawn.calls.map(({ orderId, period, assets }) => ({
          ...{ orderId, period },
          assets: assets.map((asset) => ({
            ...asset,
            baselineSource: sources.get(sourceKeyOf(orderId, period, asset.memberId)) ?? null,
          })),
        })),
        drawn.statements.map(({ entries, ...statement }) => ({ statement, entries })),
      ),
  }
}

type Books = Pick<Operation, 'store' | 'ledger'>

async function bookedOrderOf(
  { store, ledger }: Books,
  { orderId, state, orderedAt, order, calls, portfolioId, productId }: PlacedOrder,
  { first, last }: { readonly first: DeliveryPeriod; readonly last: DeliveryPeriod },
): Promise<BookedOrder> {
  const [portfolio, product, buyer] = await Promise.all([
    findPortfolio(store, portfolioId),
    findFlexProduct(store, productId),
    readFlexBuyer(ledger, productId),
  ])
  if (portfolio === null || product === null) {
    throw new DomainError('projections-behind', `order ${orderId} is of a portfolio or product that is not projected`)
  }
  const { aggregator, feePermille, split } = portfolio
  return {
    ...{ orderId, portfolioId, product: product.product, buyer: buyer.role, aggregator, feePermille, split, orderedAt },
    ...{ isCancelled: state === 'cancelled', price: order.price, periods: order.periods },
    calls: calls.filter(({ period, ordered }) => ordered > 0n && first <= period && period <= last),
  }
}

/** Periods of the reservation before `before` in which something is reserved and not paid yet. */
async function unpaidOf(
  { store, ledger }: Books,
  area: number,
  kept: KeptReservation,
  before: DeliveryPeriod,
): Promise<UnpaidReserve[]> {
  const { reservationId, portfolioId, productId, pointId, reservation, releases } = kept
  const [portfolio, product, buyer, paid, queued, orders] = await Promise.all([
    findPortfolio(store, portfolioId),
    findFlexProduct(store, productId),
    readFlexBuyer(ledger, productId),
    availabilityOf(store, reservationId),
    listPrequalifications(store, { portfolioId, productId, pointId }),
    listOrders(store, { reservationId, state: 'binding' }),
  ])
  if (portfolio?.area !== area || product === null) return []
  const settled = await settlementsOfOrders(
    store,
    orders.map(({ orderId }) => orderId),
  )
  const lastProof = settled.reduce((last, { period }) => Math.max(last, period), -1)
  const isPaid = new Set(paid.map(({ period }) => period))
  const calendar = await readCalendar(ledger, area)
  const lastPeriod = reservation.windows.at(-1)!.lastPeriod
  const requests = await requestsUnder({ store }, { ...kept, direction: product.product.direction })
  return reservation.windows
    .flatMap(({ firstPeriod, lastPeriod: end }) =>
      Array.from({ length: Math.max(0, Math.min(end, before - 1) - firstPeriod + 1) }, (_, index) =>
        deliveryPeriod(firstPeriod + index),
      ),
    )
    .filter((period) => !isPaid.has(period) && reservedPowerAt(reservation, releases, period) > 0n)
    .map((period) => ({
      ...{ reservationId, period, portfolioId, productId, aggregator: portfolio.aggregator, buyer: buyer.role },
      ...{ availabilityPrice: reservation.availabilityPrice, request: requests(period) },
      reserved: reservedPowerAt(reservation, releases, period),
      prequalified: queued[0]?.prequalification?.power ?? powerW(0n),
      isProvedLater: lastProof >= period,
      deadline: endOfDay(tradingDayOf(lastPeriod)) + calendar.finalDelaySeconds + calendar.challengeWindowSeconds,
    }))
}

/** What was requested under the contract in a period, and the most that one offer of its portfolio offered. */
async function requestsUnder(
  { store }: Pick<Books, 'store'>,
  {
    reservationId,
    portfolioId,
    productId,
    pointId,
    direction,
  }: KeptReservation & { direction: Parameters<typeof powerIn>[0] },
): Promise<(period: DeliveryPeriod) => UnpaidReserve['request']> {
  const requests = (await listRequests(store, { pointId, productId })).filter(
    (one) => one.reservationId === reservationId,
  )
  const offers = await Promise.all(requests.map(({ requestId }) => listOffersOfRequest(store, requestId)))
  const own = offers.flat().filter((offer) => offer.portfolioId === portfolioId)
  return (period) => {
    const wanted = requests.flatMap(({ request }) =>
      request.periods.filter((one) => one.period === period && one.disposition === 'requested'),
    )
    if (wanted.length === 0) return null
    const requested = wanted.reduce((most, { minPower, maxPower }) => {
      const power = powerIn(direction, minPower < 0n ? minPower : maxPower)
      return power > most ? power : most
    }, powerW(0n))
    const offered = own.reduce((sum, { offer }) => {
      const powers = (offer?.options ?? []).flatMap(({ periods }) => periods.filter((one) => one.period === period))
      return (
        sum +
        powers.reduce((most, { power }) => (powerIn(direction, power) > most ? powerIn(direction, power) : most), 0n)
      )
    }, 0n)
    return { requested, offered: powerW(offered) }
  }
}
