import { energyWh, type EnergyWh } from '../../units.ts'
import type { FlexDirection } from '../flex-direction.ts'
import { splitByDelivery, type PoolSplit } from '../pool/pool-split.ts'
import { assetMovementOf, type AssetReading, type FlexAsset } from './flex-leaves.ts'
import type { PeriodSettlement } from './order-settlement.ts'

/** The Wh by which the assets of an order moved in its direction, and in the other one: what is committed of them. */
export function movedAndOpposedOf(
  direction: FlexDirection,
  readings: readonly AssetReading[],
): { readonly moved: EnergyWh; readonly opposed: EnergyWh } {
  const movements = readings.map((reading) => assetMovementOf(direction, reading))
  return {
    moved: energyWh(movements.reduce((sum, { along }) => sum + along, 0n)),
    opposed: energyWh(movements.reduce((sum, { against }) => sum + against, 0n)),
  }
}

/**
 * The leaves of an order's assets in a period, ascending by member as they are given, with what of the settled order is each
 * member's (see `splitByDelivery`), and what is the aggregator's.
 */
export function flexAssetsOf(
  order: {
    readonly direction: FlexDirection
    readonly feePermille: number
    readonly settled: Pick<PeriodSettlement, 'delivered' | 'payment' | 'penalty'>
  },
  readings: readonly AssetReading[],
  saltOf: (memberId: number) => string,
): { readonly assets: FlexAsset[]; readonly split: PoolSplit } {
  const members = readings.map((reading) => {
    const { along, against } = assetMovementOf(order.direction, reading)
    return { memberId: reading.memberId, asked: reading.asked, response: along - against }
  })
  const split = splitByDelivery(order.settled, members, order.feePermille)
  let [before, missingBefore] = [0n, 0n]
  const assets = readings.map((reading, index) => {
    const { asked, response } = members[index]!
    const { delivered, revenue, penalty } = split.members[index]!
    const asset = {
      ...{ ...reading, delivered, revenue, penalty, salt: saltOf(reading.memberId) },
      before: energyWh(before),
      missingBefore: energyWh(missingBefore),
    }
    before += response > 0n ? response : 0n
    missingBefore += asked > response ? asked - response : 0n
    return asset
  })
  return { assets, split }
}
