import { congestionCuredBy } from '../domain/flexibility/flex-direction.ts'
import { GUARD_THRESHOLDS } from '../domain/flexibility/gaming/finding.ts'
import { incDecFindingsOf, type NominatedPeriod } from '../domain/flexibility/gaming/inc-dec.ts'
import { capacityAt } from '../domain/flexibility/trading/congestion-point.ts'
import type { FlexProduct } from '../domain/flexibility/trading/product.ts'
import { energyOver, energyWh, signedWh, type DeliveryPeriod, type SignedWh } from '../domain/units.ts'
import type { ManagedPoint } from './market.ts'
import type { Operation } from './operation.ts'
import type { ByAggregator } from './records.ts'

/** How far away days without offers are sought, in calendar days. */
const LOOK_BACK_DAYS = 45

/** Looks whether an aggregator nominates more at the point whenever it offers to take less, and keeps what it finds. */
export async function watchOffers(
  { records, calendar, log }: Operation,
  product: FlexProduct,
  managed: ManagedPoint,
  { first, last }: { readonly first: DeliveryPeriod; readonly last: DeliveryPeriod },
): Promise<void> {
  const [nominated, offered] = await Promise.all([
    records.readNominatedBy([...managed.effectOf.keys()], first, last),
    records.readOfferedBy({ pointId: managed.pointId, product }, first, last),
  ])
  for (const [aggregator, offers] of offered) {
    const party = {
      ...{ calendar, direction: congestionCuredBy(product.direction), offered: offers },
      nominated: nominatedPeriodsOf(managed, product, nominated, aggregator),
    }
    for (const finding of incDecFindingsOf(party, { lookBackDays: LOOK_BACK_DAYS, thresholds: GUARD_THRESHOLDS })) {
      await records.keepFinding(Number(product.id), aggregator, finding)
      log.warn(
        { aggregator, productId: product.id, kind: finding.kind, rule: finding.rule },
        `aggregator ${aggregator}: ${finding.kind} in ${finding.caused.length} periods; look at the evidence`,
      )
    }
  }
}

function nominatedPeriodsOf(
  { point }: ManagedPoint,
  { direction }: FlexProduct,
  nominated: ByAggregator<SignedWh>,
  aggregator: number,
): ReadonlyMap<DeliveryPeriod, NominatedPeriod> {
  const totals = new Map<DeliveryPeriod, bigint>()
  for (const own of nominated.values()) {
    for (const [period, energy] of own) totals.set(period, (totals.get(period) ?? 0n) + energy)
  }
  const own = nominated.get(aggregator)
  return new Map(
    Array.from(totals, ([period, total]) => {
      const { consumption, feedIn } = capacityAt(point, period)
      const limit = energyOver(direction === 'consume-less' ? consumption : feedIn)
      const named = own?.get(period) ?? signedWh(0n)
      return [period, { own: named, total: signedWh(total), limit: energyWh(limit) }] as const
    }),
  )
}
