import type { Capacity, CapacityLimit } from '../domain/flexibility/trading/congestion-point.ts'
import type { EntityAddress } from '../domain/flexibility/trading/entity-address.ts'
import { powerW, type DeliveryPeriod } from '../domain/units.ts'
import { readContract, type Ledger } from './ledger.ts'
import type { Call } from './transactions.ts'

/** A connection point behind a congestion point. */
export type CongestionConnection = {
  /** Salted commitment, 32 bytes as 0x-hex, as the members' registry has it. */
  readonly connectionPoint: string
  /** By how much a W there changes the flow at the congestion point, in millionths, from 1 to 1,000,000. */
  readonly effectPpm: number
}

/** By a DSO of the area. */
export function registerPointCall(area: number, address: EntityAddress, { consumption, feedIn }: Capacity): Call {
  return {
    contract: 'congestionPoints',
    function: 'registerPoint',
    arguments: [area, address, { consumption, feedIn }],
  }
}

/** By the DSO of the point's area, as all calls here. */
export function setCapacityCall(pointId: number, { consumption, feedIn }: Capacity): Call {
  return { contract: 'congestionPoints', function: 'setCapacity', arguments: [pointId, { consumption, feedIn }] }
}

/** Another capacity from the first period to the last one. */
export function setLimitCall(pointId: number, limit: CapacityLimit): Call {
  const { firstPeriod, lastPeriod, consumption, feedIn } = limit
  return {
    contract: 'congestionPoints',
    function: 'setLimit',
    arguments: [pointId, { firstPeriod, lastPeriod, capacity: { consumption, feedIn } }],
  }
}

export function removeLimitCall(pointId: number, number: number): Call {
  return { contract: 'congestionPoints', function: 'removeLimit', arguments: [pointId, number] }
}

/** Takes the place of the effects that the connections had. */
export function connectCall(pointId: number, connections: readonly CongestionConnection[]): Call {
  return {
    contract: 'congestionPoints',
    function: 'connect',
    arguments: [pointId, connections.map(({ connectionPoint, effectPpm: effect }) => ({ connectionPoint, effect }))],
  }
}

export function disconnectCall(pointId: number, connectionPoints: readonly string[]): Call {
  return { contract: 'congestionPoints', function: 'disconnect', arguments: [pointId, connectionPoints] }
}

/** What the point carries in the period. Throws `congestion-points-unknown`. */
export async function readCapacityAt(ledger: Ledger, pointId: number, period: DeliveryPeriod): Promise<Capacity> {
  const [capacity] = (await readContract(ledger, 'congestionPoints', 'capacityAt', pointId, period)) as unknown as [
    Record<keyof Capacity, bigint>,
  ]
  return { consumption: powerW(capacity.consumption), feedIn: powerW(capacity.feedIn) }
}

/** In millionths; 0 where the connection point does not lie behind the congestion point. */
export async function readEffect(ledger: Ledger, pointId: number, connectionPoint: string): Promise<number> {
  const [effect] = await readContract(ledger, 'congestionPoints', 'effectOf', pointId, connectionPoint)
  return Number(effect)
}

/** Throws `congestion-points-unknown`. */
export async function readPointArea(ledger: Ledger, pointId: number): Promise<number> {
  const [area] = await readContract(ledger, 'congestionPoints', 'areaOf', pointId)
  return Number(area)
}

/** Points are numbered from 1 to this. */
export async function readPointCount(ledger: Ledger): Promise<number> {
  const [count] = await readContract(ledger, 'congestionPoints', 'pointCount')
  return Number(count)
}
