import { readTariff } from '../../services/chain/areas.ts'
import type { Ledger } from '../../services/chain/ledger.ts'
import type { FlexDirection } from '../../services/domain/flexibility/flex-direction.ts'
import { candidateOfOffer, type FlexCandidate } from '../../services/domain/flexibility/merit-order/candidate.ts'
import { meritOrderOf, MOST_WORK } from '../../services/domain/flexibility/merit-order/merit-order.ts'
import type { RequestedPeriod } from '../../services/domain/flexibility/trading/flex-request.ts'
import type { FlexProduct } from '../../services/domain/flexibility/trading/product.ts'
import { statementsOf, type FilledOrder } from '../../services/domain/settlement/statement.ts'
import { deliveryPeriod, energyWh, price as priceOf, type DeliveryPeriod } from '../../services/domain/units.ts'
import type { Store } from '../../services/store/connect.ts'
import { listOrders, type PlacedOrder } from '../../services/store/flexibility/orders.ts'
import { prequalificationsOf } from '../../services/store/flexibility/portfolios.ts'
import { findFlexProduct } from '../../services/store/flexibility/products.ts'
import { listOffersOfRequest, listRequests, type MadeRequest } from '../../services/store/flexibility/requests.ts'
import { settlementsOfOrders } from '../../services/store/flexibility/settlements.ts'
import { AREA } from '../setup/neighbourhood.ts'
import type { Rows } from './report-rows.ts'

/** What was bought of flexibility; energy in Wh, money in micro-euro. */
export type BoughtFlexibility = {
  readonly orderedWh: number
  readonly deliveredWh: number
  /** What the orders cost if all is delivered, and the least that the offers of each request allowed. */
  readonly costMicroEuro: number
  readonly leastCostMicroEuro: number
  /** What the DSO paid for delivery, penalties taken off. */
  readonly paidMicroEuro: number
  /** Of the household that gained least: what it has more than if nobody had been told anything; negative where it has less. */
  readonly worstHouseholdChangeMicroEuro: number
  /** All that decided what was ordered, so that the least cost can be computed again. */
  readonly requests: readonly AnsweredRequest[]
}

/** A request and its opened offers; power in W is positive for more consumption, prices are micro-euro for all of an option. */
export type AnsweredRequest = {
  readonly request: number
  readonly direction: FlexDirection
  readonly periods: readonly {
    readonly deliveryPeriod: number
    readonly disposition: RequestedPeriod['disposition']
    readonly minPowerW: number
    readonly maxPowerW: number
  }[]
  readonly offers: readonly {
    readonly offer: number
    readonly effectPpm: number
    readonly options: readonly {
      readonly priceMicroEuro: number
      readonly minActivationFactorHundredths: number
      readonly periods: readonly { readonly deliveryPeriod: number; readonly powerW: number }[]
    }[]
  }[]
  readonly orders: readonly {
    readonly offer: number | null
    readonly option: string | null
    readonly activationFactorHundredths: number
    readonly priceMicroEuro: number
  }[]
}

/** Patience of a report: this many times the work that a request may take when it is cleared. */
const PATIENCE = 20

/** Draws what was bought from the projections. `unmanagedWh` is the households' net flow as planned, by member and period. */
export async function boughtFlexibilityOf(
  {
    store,
    ledger,
    memberIds,
  }: { readonly store: Store; readonly ledger: Ledger; readonly memberIds: readonly number[] },
  rows: Rows,
  unmanagedWh: (memberId: number, period: DeliveryPeriod) => number,
): Promise<BoughtFlexibility> {
  const orders = (await listOrders(store, { area: AREA })).filter(({ state }) => state !== 'annulled')
  const settled = await settlementsOfOrders(
    store,
    orders.map(({ orderId }) => orderId),
  )
  const requests = await listRequests(store, { area: AREA })
  const answered = await Promise.all(requests.map((request) => answersTo(store, request)))
  const sum = (amounts: readonly bigint[]) => Number(amounts.reduce((total, amount) => total + amount, 0n))
  const changes = await householdChangesOf({ store, ledger, memberIds }, rows, unmanagedWh)
  return {
    orderedWh: sum(settled.map(({ served }) => served)),
    deliveredWh: sum(settled.map(({ delivered }) => delivered)),
    costMicroEuro: sum(orders.map(({ order }) => order.price)),
    leastCostMicroEuro: sum(answered.map(leastCostOf)),
    paidMicroEuro: sum(settled.map(({ payment, penalty }) => payment - penalty)),
    worstHouseholdChangeMicroEuro: Number(
      [...changes.values()].reduce((worst, change) => (change < worst ? change : worst)),
    ),
    requests: answered.map((answer) => writtenOf(answer, orders)),
  }
}

type Answer = {
  readonly made: MadeRequest
  readonly product: FlexProduct
  readonly candidates: readonly FlexCandidate[]
}

/** What a request could be answered with: the offers that were opened and not revoked. */
async function answersTo(store: Store, made: MadeRequest): Promise<Answer> {
  const { requestId, pointId, productId } = made
  const { product } = (await findFlexProduct(store, productId))!
  const offers = (await listOffersOfRequest(store, requestId)).filter(({ state }) => state !== 'revoked')
  const candidates: FlexCandidate[] = []
  for (const { offer, portfolioId } of offers) {
    if (offer === null) continue
    const queue = await prequalificationsOf(store, portfolioId)
    const found = queue.find((one) => one.pointId === pointId && one.productId === productId)
    candidates.push(candidateOfOffer(offer, found?.prequalification?.effectPpm ?? 0))
  }
  return { made, product, candidates }
}

/** The least that meets the need, as far as the offers do; where the search ends early what it has proved. */
function leastCostOf({ made: { request, seed }, product, candidates }: Answer): bigint {
  if (seed === null) return 0n
  const { cost, gap } = meritOrderOf({ request, product, candidates, seed }, PATIENCE * MOST_WORK)
  return cost - gap
}

function writtenOf({ made, product, candidates }: Answer, orders: readonly PlacedOrder[]): AnsweredRequest {
  const own = new Set(candidates.map(({ id }) => Number(id)))
  return {
    ...{ request: made.requestId, direction: product.direction },
    periods: made.request.periods.map(({ period, disposition, minPower, maxPower }) => ({
      ...{ deliveryPeriod: period, disposition },
      ...{ minPowerW: Number(minPower), maxPowerW: Number(maxPower) },
    })),
    offers: candidates.map(({ id, effectPpm, options }) => ({
      ...{ offer: Number(id), effectPpm },
      options: options.map(({ price, minActivationFactor, periods }) => ({
        ...{ priceMicroEuro: Number(price), minActivationFactorHundredths: minActivationFactor },
        periods: periods.map(({ period, power }) => ({ deliveryPeriod: period, powerW: Number(power) })),
      })),
    })),
    orders: orders
      .filter(({ offerId }) => offerId !== null && own.has(offerId))
      .map(({ offerId, order }) => ({
        ...{ offer: offerId, option: order.option },
        ...{ activationFactorHundredths: order.activationFactor, priceMicroEuro: Number(order.price) },
      })),
  }
}

/** By member, what it paid less than it would have with the same trades and its devices as planned. */
async function householdChangesOf(
  {
    store,
    ledger,
    memberIds,
  }: { readonly store: Store; readonly ledger: Ledger; readonly memberIds: readonly number[] },
  { statements, sessions }: Rows,
  unmanagedWh: (memberId: number, period: DeliveryPeriod) => number,
): Promise<ReadonlyMap<number, bigint>> {
  const households = new Set(memberIds)
  const changes = new Map(memberIds.map((memberId) => [memberId, 0n]))
  const add = (memberId: number, amount: bigint) => changes.set(memberId, changes.get(memberId)! + amount)
  const byPeriod = Map.groupBy(statements, ({ period }) => period)
  for (const session of sessions) {
    const period = deliveryPeriod(session.period)
    const own = (byPeriod.get(period) ?? []).filter(({ memberId }) => households.has(memberId))
    const planned = statementsOf({
      ...{ period, readingVersion: 0, tariff: await readTariff(ledger, AREA, period) },
      price: session.priceMicroEuroPerKwh === null ? null : priceOf(BigInt(session.priceMicroEuroPerKwh)),
      ...{ supplier: -1, dso: -2, taxAuthority: -3, platformOperator: -4 },
      fills: own.flatMap(fillsOf),
      readings: own.map(({ memberId }) => {
        const net = BigInt(unmanagedWh(memberId, period))
        return {
          ...{ memberId, quality: 'metered' as const },
          import: energyWh(net > 0n ? net : 0n),
          export: energyWh(net < 0n ? -net : 0n),
        }
      }),
    })
    const plannedOf = new Map(planned.map((statement) => [statement.memberId, statement]))
    for (const row of own) {
      // What is traded is the same either way, rounding included.
      const { imbalance, gridTariff, levies } = plannedOf.get(row.memberId)!
      const paid = row.imbalanceMicroEuro + row.gridTariffMicroEuro + row.leviesMicroEuro
      add(row.memberId, imbalance + gridTariff + levies - paid)
    }
  }
  const payments = await store.client.flexPayment.findMany({ where: { area: AREA } })
  for (const { memberId, amountMicroEuro } of payments) if (households.has(memberId)) add(memberId, -amountMicroEuro)
  return changes
}

function fillsOf({ memberId, boughtWh, soldWh }: Rows['statements'][number]): FilledOrder[] {
  return [
    ...(boughtWh === 0n ? [] : [{ memberId, side: 'bid' as const, filled: energyWh(boughtWh) }]),
    ...(soldWh === 0n ? [] : [{ memberId, side: 'offer' as const, filled: energyWh(soldWh) }]),
  ]
}
