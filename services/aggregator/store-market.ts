import { readNomination } from '../chain/flex-nominations.ts'
import { readPrequalification } from '../chain/flex-portfolios.ts'
import type { Ledger } from '../chain/ledger.ts'
import type { FlexProduct } from '../domain/flexibility/trading/product.ts'
import { deliveryPeriodAt } from '../domain/units.ts'
import type { Store } from '../store/connect.ts'
import { connectionsOf } from '../store/flexibility/congestion-points.ts'
import { listOrders, type PlacedOrder } from '../store/flexibility/orders.ts'
import { listPastDeliveries } from '../store/flexibility/past-deliveries.ts'
import {
  consentsOfPortfolio,
  findPortfolio,
  listPortfolios,
  membersOfPortfolioAt,
} from '../store/flexibility/portfolios.ts'
import { findFlexProduct } from '../store/flexibility/products.ts'
import {
  findFlexOffer,
  findFlexRequest,
  listOffersOfRequest,
  listRequests,
  type MadeRequest,
} from '../store/flexibility/requests.ts'
import type { AnsweredRequest, FlexMarket, OwnOrder } from './market.ts'

/** What the aggregator, a member, reads of the ledger: out of the projections, and what decides about sending from the ledger itself. */
export function marketOfStore(store: Store, ledger: Ledger, aggregator: () => Promise<readonly number[]>): FlexMarket {
  /** Products never change. */
  const products = new Map<number, FlexProduct>()
  const productOf = async (productId: number): Promise<FlexProduct> => {
    const known = products.get(productId) ?? (await findFlexProduct(store, productId))!.product
    products.set(productId, known)
    return known
  }
  const requestOf = async ({ request, ...made }: MadeRequest): Promise<AnsweredRequest> => ({
    ...{ requestId: made.requestId, pointId: made.pointId, productId: made.productId, revealUntil: made.revealUntil },
    ...{ expiresAt: request.expiresAt, priceCap: request.priceCap, periods: request.periods },
    product: await productOf(made.productId),
    isOpen: made.state === 'open',
  })
  const orderOf = async (placed: PlacedOrder): Promise<OwnOrder> => {
    const { orderId, portfolioId, productId, pointId, offerId, orderedAt, calls } = placed
    const offer = offerId === null ? null : await findFlexOffer(store, offerId)
    const made = offer === null ? null : await findFlexRequest(store, offer.requestId)
    return {
      ...{ orderId, portfolioId, productId, pointId, orderedAt },
      product: await productOf(productId),
      isBinding: placed.state === 'binding',
      periods: calls.map(({ period, power, served }) => ({ period, power, served })),
      lastPeriod: (made?.request.periods ?? calls).at(-1)!.period,
    }
  }

  return {
    async listPortfolios() {
      const members = await aggregator()
      return (await Promise.all(members.map((member) => listPortfolios(store, { aggregator: member })))).flat()
    },
    async listRequests(portfolioId, since) {
      const portfolio = await findPortfolio(store, portfolioId)
      if (portfolio === null) return []
      const made = await listRequests(store, { area: portfolio.area, from: deliveryPeriodAt(since) })
      // A request under a contract is answered by the reserve itself.
      return Promise.all(
        made
          .filter(({ reservationId }) => reservationId === null)
          .reverse()
          .map(requestOf),
      )
    },
    async listOffers(portfolioId, requestIds) {
      const offers = (await Promise.all(requestIds.map((requestId) => listOffersOfRequest(store, requestId)))).flat()
      return offers.filter((offer) => offer.portfolioId === portfolioId)
    },
    async listOrders(portfolioId, since) {
      return Promise.all((await listOrders(store, { portfolioId, from: deliveryPeriodAt(since) })).map(orderOf))
    },
    findPrequalification: (key) => readPrequalification(ledger, key),
    async listMembers(portfolioId, productId, at, pointId) {
      const members = await membersOfPortfolioAt(store, { portfolioId, productId, at })
      if (pointId === undefined) return members
      const behind = new Set((await connectionsOf(store, pointId)).map(({ memberId }) => memberId))
      return members.filter((memberId) => behind.has(memberId))
    },
    async listProducts(portfolioId, time) {
      const consents = await consentsOfPortfolio(store, portfolioId)
      const held = consents.filter(({ from, until }) => (from ?? 0) <= time && until > time)
      const ids = [...new Set(held.map(({ productId }) => productId))].sort((one, other) => one - other)
      return Promise.all(ids.map(async (productId) => ({ productId, product: await productOf(productId) })))
    },
    listPastDeliveries: (memberIds) => listPastDeliveries(store, memberIds),
    hasNominated: async (portfolioId, productId, day) =>
      (await readNomination(ledger, { portfolioId, productId, day })) !== null,
  }
}
