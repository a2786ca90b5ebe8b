import { powerW, type DeliveryPeriod, type PowerW } from '../../units.ts'
import type { FlexDirection } from '../flex-direction.ts'
import { LEVELS, type FlexProduct } from '../trading/product.ts'

/** One service calls an asset in a period: a DSO's order, or a TSO's. */
export type ServiceCall = {
  /** Of the order, or of the direct activation. */
  readonly id: string
  readonly caller: 'DSO' | 'TSO'
  readonly level: FlexProduct['level']
  readonly direction: FlexDirection
  readonly period: DeliveryPeriod
  readonly power: PowerW
  /** Unix seconds at which the call became binding. */
  readonly boundAt: number
}

/** What comes of a call. The one who is not served is neither paid nor fined for what was refused. */
export type CallOutcome = {
  readonly call: ServiceCall
  readonly served: PowerW
  /** Why less was served than called; null where all was. */
  readonly code: 'flex-call-opposed' | 'flex-asset-overcalled' | 'flex-call-overloads-point' | null
}

/** What limits the calls of one asset in a period. */
export type CallLimits = {
  /** What the asset can do in either direction. */
  readonly power: Readonly<Record<FlexDirection, PowerW>>
  /** By how much the flow at the asset's congestion point may still change in the direction; null where nothing is known. */
  readonly room: Readonly<Record<FlexDirection, PowerW | null>>
}

/**
 * Who comes first where calls of the same asset and period cannot all be served: the narrower level, since a local congestion
 * can only be cured where it is, and the power that the whole system needs may come from anywhere; so a DSO's cell before a
 * TSO's system. Of one level the DSO comes before the TSO, then the call that was binding first, then the lesser id. The sign
 * is that of a comparison.
 */
export function precedenceOf(one: ServiceCall, other: ServiceCall): number {
  return (
    LEVELS.indexOf(one.level) - LEVELS.indexOf(other.level) ||
    (one.caller === other.caller ? 0 : one.caller === 'DSO' ? -1 : 1) ||
    one.boundAt - other.boundAt ||
    (one.id < other.id ? -1 : 1)
  )
}

/**
 * What comes of all calls of one asset in one period, in the sequence of their precedence. A call opposed to one that comes
 * before it is refused: the asset cannot consume both less and more. Calls in one direction share what the asset can do, for
 * a kWh is not sold twice; the last is served with what is left. And none is served beyond the room
 * at the asset's congestion point: what helps the system must not overload the street.
 */
export function outcomesOf(calls: readonly ServiceCall[], limits: CallLimits): CallOutcome[] {
  const sorted = [...calls].sort(precedenceOf)
  const direction = sorted[0]?.direction
  let served = 0n
  return sorted.map((call) => {
    if (call.direction !== direction) return { call, served: powerW(0n), code: 'flex-call-opposed' }
    const ofAsset = leftOf(limits.power[direction], served)
    const room = limits.room[direction]
    const ofPoint = room === null ? ofAsset : leftOf(room, served)
    const most = ofPoint < ofAsset ? ofPoint : ofAsset
    const own = call.power < most ? call.power : most
    served += own
    if (own === call.power) return { call, served: own, code: null }
    return { call, served: own, code: ofPoint < ofAsset ? 'flex-call-overloads-point' : 'flex-asset-overcalled' }
  })
}

function leftOf(limit: PowerW, served: bigint): PowerW {
  return powerW(limit > served ? limit - served : 0n)
}
