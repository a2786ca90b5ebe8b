import type { Request } from 'express'
import { DomainError } from '../domain/errors.ts'
import { candidateOfOffer } from '../domain/flexibility/merit-order/candidate.ts'
import { rankedOptions } from '../domain/flexibility/merit-order/ranked-options.ts'
import { capacityAt } from '../domain/flexibility/trading/congestion-point.ts'
import { mayBuyFlexibility } from '../domain/identity/household-data.ts'
import { deliveryPeriod, energyOver, tradingDayAt, tradingDayOf, type DeliveryPeriod } from '../domain/units.ts'
import type { Store } from '../store/connect.ts'
import { listFlexSelections } from '../store/flex-selections.ts'
import {
  connectionsOf,
  findCongestionPoint,
  listCongestionPoints,
  readMeteredLoading,
} from '../store/flexibility/congestion-points.ts'
import { readLatestForecasts } from '../store/flexibility/forecasts.ts'
import { findFlexOrder, listOrders, type PlacedOrder } from '../store/flexibility/orders.ts'
import {
  consentsOfPortfolio,
  findPortfolio,
  listPortfolios,
  listPrequalifications,
  prequalificationsOf,
} from '../store/flexibility/portfolios.ts'
import { findFlexProduct, listFlexProducts, type DefinedProduct } from '../store/flexibility/products.ts'
import {
  findProposal,
  insertProposalDecision,
  insertQueueDecision,
  listProposals,
} from '../store/flexibility/proposals.ts'
import { findFlexRequest, listOffersOfRequest, listRequests, type MadeRequest } from '../store/flexibility/requests.ts'
import { findFlexRun, settlementsOfOrders } from '../store/flexibility/settlements.ts'
import { readArea } from '../store/views/area.ts'
import type { Access } from './access/access.ts'
import {
  shownConsent,
  shownOrder,
  shownPeriods,
  shownPortfolio,
  shownProduct,
  shownQueued,
  shownSelection,
} from './flexibility-shown.ts'
import type { ApiDeps } from './server.ts'

/** Of fewer homes a sum says too much about each. */
const FEWEST_HOMES_SHOWN = 5

type Options = {
  readonly store: Store
  readonly access: Pick<Access, 'requirePerson' | 'rolesOf'>
  /** Unix seconds by the ledger's clock. */
  readonly now: () => number
}

type Flexibility = Pick<
  ApiDeps,
  | 'requireDso'
  | 'listFlexProducts'
  | 'listCongestionPoints'
  | 'readPointLoading'
  | 'listFlexRequests'
  | 'readFlexRequest'
  | 'listFlexOrders'
  | 'readFlexOrder'
  | 'listPortfolios'
  | 'readPortfolio'
  | 'listPrequalificationQueue'
  | 'decideQueued'
  | 'listRequestProposals'
  | 'decideProposal'
>

type Market = Pick<
  Flexibility,
  | 'listFlexProducts'
  | 'listCongestionPoints'
  | 'readPointLoading'
  | 'listFlexRequests'
  | 'readFlexRequest'
  | 'listFlexOrders'
  | 'readFlexOrder'
  | 'listPortfolios'
>

/** Flexibility as everybody sees it, and what DSO and aggregators see and decide. */
export function flexibilityOf(options: Options): Flexibility {
  const { store, access } = options
  const isDso = async (account: string) => mayBuyFlexibility(await access.rolesOf(account), (await readArea(store)).id)
  return {
    ...marketOf(store),
    ...decisionsOf(options),
    async requireDso(request) {
      const { account } = await access.requirePerson(request)
      if (await isDso(account)) return account
      throw new DomainError('role-missing', 'this is for a DSO of the area')
    },
    async readPortfolio(request: Request, portfolioId: number) {
      const { account } = await access.requirePerson(request)
      const portfolio = await findPortfolio(store, portfolioId)
      if (portfolio === null) return null
      const aggregator = await store.client.member.findUnique({ where: { id: portfolio.aggregator } })
      if (aggregator?.account !== account && !(await isDso(account))) {
        throw new DomainError('portfolio-not-yours', 'a portfolio is shown to its aggregator, and to the DSO')
      }
      const [consents, prequalifications] = await Promise.all([
        consentsOfPortfolio(store, portfolioId),
        prequalificationsOf(store, portfolioId),
      ])
      return {
        ...shownPortfolio(portfolio),
        members: consents.map((consent) => ({ ...shownConsent(consent), memberId: consent.memberId })),
        prequalifications: prequalifications.map(shownQueued),
      }
    },
  }
}

function marketOf(store: Store): Market {
  const area = async () => (await readArea(store)).id
  return {
    listFlexProducts: async () => ({ items: (await listFlexProducts(store, await area())).map(shownProduct) }),
    async listCongestionPoints() {
      const points = await listCongestionPoints(store, await area())
      const items = points.map(async ({ pointId, point, limitNumbers }) => ({
        pointId,
        entityAddress: point.address,
        consumptionW: point.consumption,
        feedInW: point.feedIn,
        limits: point.limits.map(({ consumption, feedIn, ...limit }, place) => ({
          ...{ number: limitNumbers[place]!, ...limit, consumptionW: consumption, feedInW: feedIn },
        })),
        connections: (await connectionsOf(store, pointId)).length,
      }))
      return { items: await Promise.all(items) }
    },
    readPointLoading: (pointId, { from, to }) => readLoading(store, pointId, deliveryPeriod(from), deliveryPeriod(to)),
    listFlexRequests: async (limit) => ({
      items: (await listRequests(store, { area: await area(), limit })).map(shownRequest),
    }),
    async readFlexRequest(requestId) {
      const made = await findFlexRequest(store, requestId)
      return made === null ? null : readRequestDetail(store, made)
    },
    async listFlexOrders({ from, to }) {
      const span = { from: deliveryPeriod(from), to: deliveryPeriod(to) }
      return { items: await settledOrders(store, await listOrders(store, { area: await area(), ...span })) }
    },
    async readFlexOrder(orderId) {
      const order = await findFlexOrder(store, orderId)
      return order === null ? null : (await settledOrders(store, [order]))[0]!
    },
    listPortfolios: async () => ({
      items: (await listPortfolios(store, { area: await area() })).map(shownPortfolio),
    }),
  }
}

function decisionsOf({
  store,
  now,
}: Options): Pick<
  Flexibility,
  'listPrequalificationQueue' | 'decideQueued' | 'listRequestProposals' | 'decideProposal'
> {
  const area = async () => (await readArea(store)).id
  return {
    listPrequalificationQueue: async () => ({
      items: (await listPrequalifications(store, { area: await area() })).map(shownQueued),
    }),
    async decideQueued(account, key, { askedAt, refusal }) {
      const [queued] = await listPrequalifications(store, { area: await area(), ...key, state: 'waiting' })
      if (queued?.askedAt !== askedAt) {
        throw new DomainError('queue-entry-not-waiting', 'the portfolio does not wait with this request')
      }
      const isFirst = await insertQueueDecision(store, {
        ...{ ...key, askedAt, refusal },
        decidedBy: account,
        decidedAt: now(),
      })
      if (!isFirst) throw new DomainError('queue-decision-made', 'it is decided already')
    },
    async listRequestProposals() {
      const points = await listCongestionPoints(store, await area())
      const from = tradingDayAt(now())
      const proposals = await listProposals(
        store,
        points.map(({ pointId }) => pointId),
        from,
      )
      return {
        items: proposals.map(({ proposalId, pointId, productId, day, direction, ...proposal }) => ({
          ...{ proposalId, pointId, productId, day, direction },
          priceCapMicroEuroPerKwh: proposal.priceCap,
          periods: shownPeriods(proposal.periods),
          ...{ proposedAt: proposal.proposedAt, state: proposal.state, requestId: proposal.requestId },
        })),
      }
    },
    async decideProposal(account, proposalId, { verdict }) {
      const proposal = await findProposal(store, proposalId)
      if (proposal === null) throw new DomainError('proposal-unknown', `there is no proposal ${proposalId}`)
      const isDecided = () => new DomainError('proposal-decided', `the proposal is ${proposal.state} already`)
      if (proposal.state !== 'proposed') throw isDecided()
      const decision = { verdict, decidedBy: account, decidedAt: now() }
      if (!(await insertProposalDecision(store, proposalId, decision))) throw isDecided()
    },
  }
}

function shownRequest({ request, ...made }: MadeRequest) {
  const { requestId, pointId, productId, reservationId, supersedes, state, revealUntil } = made
  return {
    ...{ requestId, pointId, productId, reservationId, supersedes, state, revealUntil },
    expiresAt: request.expiresAt,
    priceCapMicroEuroPerKwh: request.priceCap,
    periods: shownPeriods(request.periods),
  }
}

async function readRequestDetail(store: Store, made: MadeRequest) {
  const { requestId, productId, pointId } = made
  const [defined, offers, queue, orders, selections] = await Promise.all([
    findFlexProduct(store, productId),
    listOffersOfRequest(store, requestId),
    listPrequalifications(store, { productId, pointId }),
    listOrders(store, { requestId }),
    listFlexSelections(store, [requestId]),
  ])
  const effectOf = new Map(queue.map((one) => [one.portfolioId, one.prequalification?.effectPpm ?? 0]))
  const opened = offers.flatMap((made) => (made.offer === null ? [] : [{ ...made, offer: made.offer }]))
  const byId = new Map(opened.map((one) => [one.offer.id, one]))
  const candidates = opened.map(({ offer, portfolioId }) => candidateOfOffer(offer, effectOf.get(portfolioId) ?? 0))
  const ranked = rankedOptions(made.request, productOf(defined), candidates)
  return {
    ...shownRequest(made),
    sealedOffers: offers.filter(({ state }) => state === 'sealed').length,
    options: ranked.map(({ id, option, effect, price, isWithinCap }) => {
      const { offerId, portfolioId, state } = byId.get(id)!
      return {
        ...{ offerId, portfolioId, option: Number(option.reference), isWithinCap },
        offerState: state === 'sealed' ? ('opened' as const) : state,
        priceMicroEuro: option.price,
        minActivationFactorHundredths: option.minActivationFactor,
        effectWh: effect,
        effectPriceMicroEuroPerKwh: price,
        periods: option.periods.map(({ period, power }) => ({ deliveryPeriod: period, powerW: power })),
      }
    }),
    orders: orders.map(({ orderId }) => orderId),
    selections: selections.map(shownSelection),
  }
}

function productOf(defined: DefinedProduct | null): DefinedProduct['product'] {
  if (defined === null) throw new DomainError('projection-behind', 'the product of the request is not read yet')
  return defined.product
}

async function settledOrders(store: Store, orders: readonly PlacedOrder[]) {
  const settled = await settlementsOfOrders(
    store,
    orders.map(({ orderId }) => orderId),
  )
  const byCall = new Map(settled.map((one) => [`${one.orderId}:${one.period}`, one]))
  const { id: area } = await readArea(store)
  const shown = orders.map(async (order) => {
    const last = order.calls.findLast(({ ordered }) => ordered > 0n)?.period
    const run = last === undefined ? null : await findFlexRun(store, area, tradingDayOf(last))
    const periods = order.calls.map((call) => ({
      ...{ deliveryPeriod: call.period, powerW: call.power },
      orderedWh: energyOver(call.ordered),
      servedWh: energyOver(call.served),
      settlement: byCall.get(`${order.orderId}:${call.period}`) ?? null,
    }))
    return shownOrder(order, run?.state ?? 'open', periods)
  })
  return Promise.all(shown)
}

async function readLoading(store: Store, pointId: number, from: DeliveryPeriod, to: DeliveryPeriod) {
  const registered = await findCongestionPoint(store, pointId)
  if (registered === null) return null
  const [connections, metered, forecasts] = await Promise.all([
    connectionsOf(store, pointId),
    readMeteredLoading(store, pointId, from, to),
    readLatestForecasts(store, pointId, from, to),
  ])
  const isSum = connections.length >= FEWEST_HOMES_SHOWN
  const meteredOf = new Map(isSum ? metered.map((one) => [one.period, one]) : [])
  const forecastOf = new Map(isSum ? forecasts.map((one) => [one.period, one]) : [])
  const periods = Array.from({ length: to - from + 1 }, (_, index) => deliveryPeriod(from + index)).map((period) => {
    const { consumption, feedIn } = capacityAt(registered.point, period)
    const one = meteredOf.get(period)
    const forecast = forecastOf.get(period)
    return {
      ...{ deliveryPeriod: period, consumptionW: consumption, feedInW: feedIn },
      meteredW: one === undefined || one.metered < one.connected ? null : one.energyWh * 4n,
      forecast:
        forecast === undefined ? null : { expectedW: forecast.expected, lowW: forecast.low, highW: forecast.high },
    }
  })
  return { pointId, periods }
}
