import { powerW, type PowerW } from '../../units.ts'
import { reliablePowerOf, type PooledDevice } from './pool-size.ts'

/** A device that may be called in a period. */
export type CallableDevice = PooledDevice & {
  /** `out` is one that dropped out or was heard of no more, `opted-out` one whose owner said no: neither is called. */
  readonly state: 'ready' | 'called' | 'out' | 'opted-out'
  /** How often it was called so far, so that all take their turn. */
  readonly calls: number
}

/** Which devices are called for an order in a period. */
export type Dispatch = {
  readonly called: readonly CallableDevice[]
  /** What they deliver with the target reliability. */
  readonly reliable: PowerW
  /** What is missing of the order even if all that may be called are. */
  readonly shortfall: PowerW
  /** Of devices that were called and are not any more: their owners are told at once. */
  readonly released: readonly string[]
}

/**
 * As few devices as deliver what is ordered with the target reliability. Those that are called already stay, so that nobody
 * is called and sent away by turns; then come the most reliable, of them those that were called least, and of them by id. A
 * device that dropped out or opted out is never among them, and others take its place: dispatching again is re-dispatching.
 */
export function dispatch(devices: readonly CallableDevice[], ordered: PowerW, targetPermille: number): Dispatch {
  const callable = devices.filter(({ state }) => state === 'ready' || state === 'called').sort(byTurn)
  const reliableOf = (count: number) => reliablePowerOf(callable.slice(0, count), targetPermille)
  // More devices never deliver less, so the fewest that suffice are found by parting.
  let [low, high] = [0, callable.length]
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    if (reliableOf(middle) >= ordered) high = middle
    else low = middle + 1
  }
  const called = ordered === 0n ? [] : callable.slice(0, low)
  const kept = new Set(called.map(({ id }) => id))
  const reliable = reliablePowerOf(called, targetPermille)
  return {
    called,
    reliable,
    shortfall: powerW(reliable < ordered ? ordered - reliable : 0n),
    released: devices.filter(({ id, state }) => state === 'called' && !kept.has(id)).map(({ id }) => id),
  }
}

function byTurn(one: CallableDevice, other: CallableDevice): number {
  if (one.state !== other.state) return one.state === 'called' ? -1 : 1
  return other.reliabilityPermille - one.reliabilityPermille || one.calls - other.calls || (one.id < other.id ? -1 : 1)
}
