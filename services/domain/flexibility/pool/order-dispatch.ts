import { energyOver, energyWh, powerW, type EnergyWh, type PowerW } from '../../units.ts'
import type { FlexDirection } from '../flex-direction.ts'
import { heldWish, movedOf, rescheduled, type FlexibleDevice } from './device-flexibility.ts'
import { dispatch, type CallableDevice } from './dispatch.ts'
import { windowWishOf, type PoolAsset } from './pool-offer.ts'
import { reliablePowerOf } from './pool-size.ts'

/** W in the direction, by period. */
type Powers = ReadonlyMap<number, number>

/** A device that serves the order already, with the power that it was asked for in periods that are to come. */
export type CalledAsset = Pick<CallableDevice, 'id' | 'reliabilityPermille' | 'calls'> & { readonly movedW: Powers }

/** A device that may be called for the order, and how often it was called before. */
export type FreeAsset = PoolAsset & Pick<CallableDevice, 'calls'>

export type OrderToServe = {
  readonly direction: FlexDirection
  /** What is to be delivered, by period; ascending. */
  readonly servedW: Powers
  /** By how much devices may move against the direction in other periods, as far as it is not used. */
  readonly roomW: Powers
  /** The last period of which the request says anything: behind it devices do as they must. */
  readonly lastPeriod: number
}

/** What a device is to do for an order. */
export type DeviceCall = {
  readonly device: FlexibleDevice
  /** In each period from the first in which it is called to the last in which it does otherwise than it planned, in W. */
  readonly powersW: Powers
  /** What it is asked for, by period. */
  readonly movedW: Powers
}

export type OrderDispatch = {
  readonly calls: readonly DeviceCall[]
  /** Of those that served the order already and are needed no more. */
  readonly released: readonly string[]
  /** By period: what is missing even if all are called. */
  readonly shortfall: ReadonlyMap<number, PowerW>
}

/** Set-points are whole Wh in a period. */
const STEP_W = 4n
/** More than any order. */
const ALL_POWER = powerW(2n ** 31n - 1n)

/**
 * As few devices as deliver the order with the target reliability in each of its periods (see `dispatch`), what each does,
 * and what it takes back within the room. Those that serve it already go on as they were told, as long as they are needed.
 */
export function dispatchOrder(
  order: OrderToServe,
  called: readonly CalledAsset[],
  free: readonly FreeAsset[],
  targetPermille: number,
): OrderDispatch {
  const window = new Set([...order.servedW].flatMap(([period, servedW]) => (servedW > 0 ? [period] : [])))
  const candidates = candidatesOf(order, window, free)
  const chosen = new Map<string, Map<number, number>>()
  const shortfall = new Map<number, PowerW>()
  for (const period of window) {
    const devices = [
      ...called.map((asset) => callableOf(asset, asset.movedW.get(period) ?? 0, 'called')),
      ...candidates.map(({ asset, movedW }) => {
        const { device: id } = asset.flexibility
        // Whoever is called in a period before goes on rather than give way to another.
        return callableOf({ ...asset, id }, movedW.get(period) ?? 0, chosen.has(id) ? 'called' : 'ready')
      }),
    ].filter(({ power }) => power > 0n)
    const ordered = powerW(BigInt(order.servedW.get(period)!))
    const result = dispatch(devices, ordered, targetPermille)
    for (const { id, power } of trimmed(result.called, ordered, targetPermille)) {
      chosen.set(id, (chosen.get(id) ?? new Map<number, number>()).set(period, Number(power)))
    }
    if (result.shortfall > 0n) shortfall.set(period, result.shortfall)
  }
  return {
    calls: candidates.flatMap((candidate) => {
      const askedW = chosen.get(candidate.asset.flexibility.device)
      return askedW === undefined ? [] : [callOf(order, candidate, askedW)]
    }),
    released: called.flatMap(({ id, movedW }) => (chosen.has(id) || movedW.size === 0 ? [] : [id])),
    shortfall,
  }
}

/** What a power over a period is asked for, as energy. */
export function askedEnergyOf({ movedW }: Pick<DeviceCall, 'movedW'>): EnergyWh {
  return energyWh([...movedW.values()].reduce((sum, power) => sum + energyOver(powerW(BigInt(power))), 0n))
}

function callableOf(
  { id, reliabilityPermille, calls }: Pick<CallableDevice, 'id' | 'reliabilityPermille' | 'calls'>,
  movedW: number,
  state: 'called' | 'ready',
): CallableDevice {
  return { id, reliabilityPermille, calls, state, power: powerW(BigInt(Math.max(0, movedW))) }
}

/** With no more of the last one than is needed, in steps of 4 W: what is delivered beyond the order nobody pays for. */
function trimmed(
  called: readonly CallableDevice[],
  ordered: PowerW,
  targetPermille: number,
): readonly CallableDevice[] {
  const last = called.at(-1)
  if (last === undefined) return []
  const others = called.slice(0, -1)
  const withLast = (steps: bigint) => [...others, { ...last, power: powerW(steps * STEP_W) }]
  let [low, high] = [1n, last.power / STEP_W]
  while (low < high) {
    const middle = (low + high) / 2n
    if (reliablePowerOf(withLast(middle), targetPermille) >= ordered) high = middle
    else low = middle + 1n
  }
  return low * STEP_W < last.power ? withLast(low) : called
}

type Candidate = {
  readonly asset: FreeAsset
  /** In the window, where all periods call it. */
  readonly movedW: Powers
  /** What it takes of the room then. */
  readonly roomW: Powers
}

/** In the sequence in which they are called, each with what those before it leave of the room. */
function candidatesOf(order: OrderToServe, window: ReadonlySet<number>, free: readonly FreeAsset[]): Candidate[] {
  const { direction } = order
  const room = new Map(order.roomW)
  const assetOf = new Map(free.map((asset) => [asset.flexibility.device, asset]))
  const nominal = free.map((asset) => callableOf({ ...asset, id: asset.flexibility.device }, 1, 'ready'))
  return dispatch(nominal, ALL_POWER, 999).called.map(({ id }): Candidate => {
    const asset = assetOf.get(id)!
    const { flexibility } = asset
    const wish = heldWish(flexibility, wishOf(order, flexibility, window, room))
    const moved = movedOf(flexibility, direction, rescheduled(flexibility, wish))
    const taken = new Map<number, number>()
    const movedW = new Map<number, number>()
    moved.forEach((power, position) => {
      const period = flexibility.firstPeriod + position
      if (window.has(period) && power > 0) movedW.set(period, power)
      if (power < 0 && room.has(period)) taken.set(period, -power)
    })
    for (const [period, power] of taken) room.set(period, room.get(period)! - power)
    return { asset, movedW, roomW: taken }
  })
}

function wishOf(order: OrderToServe, device: FlexibleDevice, window: ReadonlySet<number>, room: Powers) {
  const { direction, lastPeriod } = order
  return windowWishOf(device, window, { direction, room, lastPeriod })
}

/** What it is asked for is no more than it would have held in all periods, and it takes back no more than that. */
function callOf(order: OrderToServe, { asset, roomW }: Candidate, askedW: Powers): DeviceCall {
  const { flexibility: device } = asset
  const wish = wishOf(order, device, new Set(askedW.keys()), roomW)
  const limited = {
    ...wish,
    movedW: wish.movedW.map((power, position) =>
      power === null ? null : (askedW.get(device.firstPeriod + position) ?? 0),
    ),
  }
  const powers = rescheduled(device, limited)
  const moved = movedOf(device, order.direction, powers)
  const first = moved.findIndex((power) => power !== 0)
  const last = moved.findLastIndex((power) => power !== 0)
  const periodAt = (position: number) => device.firstPeriod + position
  return {
    device,
    powersW: new Map(
      powers.flatMap((power, position) => (position < first || position > last ? [] : [[periodAt(position), power]])),
    ),
    movedW: new Map(
      moved.flatMap((power, position) =>
        power > 0 && askedW.has(periodAt(position)) ? [[periodAt(position), power]] : [],
      ),
    ),
  }
}
