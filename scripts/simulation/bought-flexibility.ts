import { readTariff } from '../../services/chain/areas.ts'
import type { Ledger } from '../../services/chain/ledger.ts'
import { candidateOfOffer } from '../../services/domain/flexibility/merit-order/candidate.ts'
import { meritOrderOf, MOST_WORK } from '../../services/domain/flexibility/merit-order/merit-order.ts'
import { statementsOf, type FilledOrder } from '../../services/domain/settlement/statement.ts'
import { deliveryPeriod, energyWh, price, type DeliveryPeriod } from '../../services/domain/units.ts'
import type { Store } from '../../services/store/connect.ts'
import { listOrders } from '../../services/store/flexibility/orders.ts'
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
  const least = await Promise.all(requests.map((request) => leastCostOf(store, request)))
  const sum = (amounts: readonly bigint[]) => Number(amounts.reduce((total, amount) => total + amount, 0n))
  const changes = await householdChangesOf({ store, ledger, memberIds }, rows, unmanagedWh)
  return {
    orderedWh: sum(settled.map(({ served }) => served)),
    deliveredWh: sum(settled.map(({ delivered }) => delivered)),
    costMicroEuro: sum(orders.map(({ order }) => order.price)),
    leastCostMicroEuro: sum(least),
    paidMicroEuro: sum(settled.map(({ payment, penalty }) => payment - penalty)),
    worstHouseholdChangeMicroEuro: Number(
      [...changes.values()].reduce((worst, change) => (change < worst ? change : worst)),
    ),
  }
}

/** The least that meets the request's need with its opened offers, as far as they do; what is proved, where the search ends early. */
async function leastCostOf(
  store: Store,
  { requestId, pointId, productId, request, seed }: MadeRequest,
): Promise<bigint> {
  if (seed === null) return 0n
  const product = (await findFlexProduct(store, productId))!.product
  const offers = await listOffersOfRequest(store, requestId)
  const candidates = await Promise.all(
    offers.flatMap(({ offer, portfolioId, state }) =>
      offer === null || state === 'revoked'
        ? []
        : [
            prequalificationsOf(store, portfolioId).then((all) => {
              const found = all.find((one) => one.pointId === pointId && one.productId === productId)
              return candidateOfOffer(offer, found?.prequalification?.effectPpm ?? 0)
            }),
          ],
    ),
  )
  const { cost, gap } = meritOrderOf({ request, product, candidates, seed }, PATIENCE * MOST_WORK)
  return cost - gap
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
      price: session.priceMicroEuroPerKwh === null ? null : price(BigInt(session.priceMicroEuroPerKwh)),
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
