import { setTimeout as delay } from 'node:timers/promises'
import { readPrequalification } from '../chain/flex-portfolios.ts'
import { readLatestBlock } from '../chain/ledger-clock.ts'
import type { Ledger } from '../chain/ledger.ts'
import { DomainError } from '../domain/errors.ts'
import type { CalledPower } from '../domain/flexibility/forecast/point-forecast.ts'
import { FULL_EFFECT_PPM } from '../domain/flexibility/merit-order/candidate.ts'
import { sureEffectOf } from '../domain/flexibility/conflict/prequalification-evidence.ts'
import { deviationOf, powerIn } from '../domain/flexibility/flex-direction.ts'
import { deliveryPeriodAt, SECONDS_PER_DAY, signedW, type DeliveryPeriod } from '../domain/units.ts'
import type { Store } from '../store/connect.ts'
import { connectionsOf, listCongestionPoints } from '../store/flexibility/congestion-points.ts'
import { listOrders, type PlacedCall, type PlacedOrder } from '../store/flexibility/orders.ts'
import { listPrequalifications, membersOfPortfolioAt } from '../store/flexibility/portfolios.ts'
import { findFlexProduct, listFlexProducts } from '../store/flexibility/products.ts'
import { listOffersOfRequest, listRequests } from '../store/flexibility/requests.ts'
import { listReservations } from '../store/flexibility/reservations.ts'
import { readIndexCursor, readProjectedUntil } from '../store/projections.ts'
import type { GridMarket, ManagedPoint, WaitingPortfolio } from './market.ts'

/** Requests whose last period was over before so many days are looked at no more. */
const DAYS_KEPT = 2
const LOOK_MS = 20
const MOST_LOOKS = 250

type Reading = {
  readonly store: Store
  readonly ledger: Ledger
  readonly area: number
  /** The DSO's address, lower-case: whose products these are. */
  readonly buyer: string
  readonly now: () => number
}

/** What the DSO of an area reads of the ledger, by the projections. */
export function marketOfStore(reading: Reading): GridMarket {
  const { store, ledger, area, buyer, now } = reading
  const productOf = async (productId: number) => {
    const found = await findFlexProduct(store, productId)
    if (found !== null) return found.product
    throw new DomainError('flex-product-unknown', `there is no product ${productId}`, { productId })
  }
  const listProducts = async () => {
    const products = await listFlexProducts(store, area)
    const isOwn = (one: (typeof products)[number]) => one.buyer.toLowerCase() === buyer && !one.isRetired
    return products.filter(isOwn).map(({ product }) => product)
  }
  return {
    listPoints: () => pointsOf(store, area),
    listProducts,
    async listProductsAt(pointId) {
      const [products, known] = await Promise.all([listProducts(), listPrequalifications(store, { area, pointId })])
      const held = new Set(
        known.flatMap(({ prequalification: one }) =>
          one !== null && one.from <= now() && now() < one.until ? [one.product] : [],
        ),
      )
      return products.filter(({ id }) => held.has(id))
    },
    findProduct: productOf,
    async listRequests() {
      const from = deliveryPeriodAt(Math.max(0, now() - DAYS_KEPT * SECONDS_PER_DAY))
      const own = new Set(
        (await listFlexProducts(store, area))
          .filter((one) => one.buyer.toLowerCase() === buyer)
          .map(({ productId }) => productId),
      )
      const requests = await listRequests(store, { area, from })
      return requests
        .filter(({ productId }) => own.has(productId))
        .sort((one, other) => one.requestId - other.requestId)
    },
    async listOffers(requestId) {
      const offers = await listOffersOfRequest(store, requestId)
      return offers.map(({ offerId, portfolioId, state, opened }) => ({ offerId, portfolioId, state, offer: opened }))
    },
    async listReserves(pointId, productId) {
      const reserves = await listReservations(store, { pointId, productId, state: 'agreed' })
      return reserves.map(({ reservationId, portfolioId, reservation, releases }) => ({
        ...{ reservationId, portfolioId, reservation, releases },
      }))
    },
    findPrequalification: (key) => readPrequalification(ledger, key),
    listWaiting: () => waitingIn(reading),
    listCalls: (pointId, first, last) => callsAt(reading, pointId, first, last),
    catchUp: () => catchUp(reading),
    readUntil: () => readProjectedUntil(store),
  }
}

async function catchUp({ store, ledger }: Reading): Promise<void> {
  const { number } = await readLatestBlock(ledger)
  for (let looks = 0; looks < MOST_LOOKS; looks += 1) {
    if (((await readIndexCursor(store))?.number ?? -1) >= number) return
    await delay(LOOK_MS)
  }
  throw new DomainError('projections-behind', `the projections do not have block ${number} yet`, { number })
}

async function pointsOf(store: Store, area: number): Promise<ManagedPoint[]> {
  const points = await listCongestionPoints(store, area)
  return Promise.all(
    points.map(async ({ pointId, point }) => {
      return { pointId, area, point, effectOf: effectsOf(await connectionsOf(store, pointId)) }
    }),
  )
}

function effectsOf(connections: Awaited<ReturnType<typeof connectionsOf>>): ReadonlyMap<number, number> {
  const effects = connections.flatMap(({ memberId, effectPpm }) =>
    memberId === null ? [] : [[memberId, effectPpm] as const],
  )
  return new Map(effects)
}

async function waitingIn({ store, area, now }: Reading): Promise<WaitingPortfolio[]> {
  const waiting = await listPrequalifications(store, { area, state: 'waiting' })
  return Promise.all(
    waiting.map(async ({ portfolioId, productId, pointId, asked, askedAt }) => ({
      ...{ portfolioId, productId, pointId, area, power: asked, requestedAt: askedAt },
      members: await membersOfPortfolioAt(store, { portfolioId, productId, at: now() }),
    })),
  )
}

/** Of all buyers and points: what a TSO calls of the point's homes, or a community within, changes its loading as well. */
async function callsAt(
  reading: Reading,
  pointId: number,
  first: DeliveryPeriod,
  last: DeliveryPeriod,
): Promise<CalledPower[]> {
  const { store, area } = reading
  const orders = await listOrders(store, { area, state: 'binding', from: first, to: last })
  const found = await Promise.all(
    orders.map(async (order) => {
      const [known, effectPpm] = await Promise.all([
        findFlexProduct(store, order.productId),
        order.pointId === pointId ? ownEffectOf(reading, order) : effectElsewhereOf(reading, order, pointId),
      ])
      return order.calls.map(({ period, ...call }) => ({
        ...{ period, effectPpm },
        power: powerLeftOf(call, known!.product.direction),
      }))
    }),
  )
  return found.flat().filter(({ period, effectPpm }) => effectPpm > 0 && first <= period && period <= last)
}

/** At the point for which it is. */
async function ownEffectOf({ ledger }: Reading, { portfolioId, productId, pointId }: PlacedOrder): Promise<number> {
  const { effectPpm } = await readPrequalification(ledger, { portfolioId, productId, pointId })
  return effectPpm > 0 ? effectPpm : FULL_EFFECT_PPM
}

/** At another point, of which its homes may lie behind both. */
async function effectElsewhereOf(
  { store }: Reading,
  { portfolioId, productId, pointId, orderedAt }: PlacedOrder,
  otherId: number,
): Promise<number> {
  const [members, own, other] = await Promise.all([
    membersOfPortfolioAt(store, { portfolioId, productId, at: orderedAt }),
    connectionsOf(store, pointId),
    connectionsOf(store, otherId),
  ])
  const behind = new Set(own.map(({ memberId }) => memberId))
  const serving = members.filter((member) => behind.has(member))
  return sureEffectOf(serving, effectsOf(other))
}

/** What is served of what was ordered along the direction, or the rebound. */
function powerLeftOf(
  { power, served }: Omit<PlacedCall, 'period'>,
  direction: Parameters<typeof deviationOf>[0],
): CalledPower['power'] {
  return powerIn(direction, power) > 0n ? deviationOf(direction, served) : signedW(power)
}
