import { DomainError } from '../../errors.ts'
import { deliveryPeriod, powerW, type DeliveryPeriod, type PowerW } from '../../units.ts'
import { parseEntityAddress, type EntityAddress } from './entity-address.ts'
import { amountOf, fieldsOf, listOf, textOf, wholeOf } from './message-fields.ts'

/** What a congestion point carries in either direction. */
export type Capacity = {
  readonly consumption: PowerW
  readonly feedIn: PowerW
}

/** Other capacities from the first period to the last one, inclusive: works on the grid, or the season. */
export type CapacityLimit = Capacity & { readonly firstPeriod: DeliveryPeriod; readonly lastPeriod: DeliveryPeriod }

export type CongestionPoint = Capacity & {
  readonly address: EntityAddress
  /** Ascending, and apart from one another. */
  readonly limits: readonly CapacityLimit[]
}

/** Throws `flex-message-malformed`, `entity-address-invalid`, `power-out-of-range` or `congestion-point-invalid`. */
export function parseCongestionPoint(input: unknown): CongestionPoint {
  const fields = fieldsOf(input, 'a congestion point')
  return requireCongestionPoint({
    address: parseEntityAddress(textOf(fields, 'address')),
    consumption: powerW(amountOf(fields, 'consumptionW')),
    feedIn: powerW(amountOf(fields, 'feedInW')),
    limits: listOf(fields, 'limits', (limit) => ({
      firstPeriod: deliveryPeriod(wholeOf(limit, 'firstPeriod')),
      lastPeriod: deliveryPeriod(wholeOf(limit, 'lastPeriod')),
      consumption: powerW(amountOf(limit, 'consumptionW')),
      feedIn: powerW(amountOf(limit, 'feedInW')),
    })),
  })
}

/** Throws `congestion-point-invalid` where limits overlap, or are for no period. */
export function requireCongestionPoint(point: CongestionPoint): CongestionPoint {
  let last = -1
  for (const { firstPeriod, lastPeriod } of point.limits) {
    if (firstPeriod <= last || lastPeriod < firstPeriod) {
      throw new DomainError(
        'congestion-point-invalid',
        `the limit of periods ${firstPeriod} to ${lastPeriod} of ${point.address} is not after the one before it`,
        { firstPeriod, lastPeriod },
      )
    }
    last = lastPeriod
  }
  return point
}

/** What the point carries in the period: a limit, where one holds, may also be above the usual capacity. */
export function capacityAt(point: CongestionPoint, period: DeliveryPeriod): Capacity {
  const limit = point.limits.find(({ firstPeriod, lastPeriod }) => firstPeriod <= period && period <= lastPeriod)
  const { consumption, feedIn } = limit ?? point
  return { consumption, feedIn }
}
