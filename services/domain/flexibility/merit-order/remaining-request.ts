import { signedW, type DeliveryPeriod, type SignedW } from '../../units.ts'
import type { CalledPower } from '../forecast/point-forecast.ts'
import { needOf, type FlexRequest, type RequestedPeriod } from '../trading/flex-request.ts'

const WHOLE_PPM = 1_000_000n
/** What stays requested of a need that is met, so that what is ordered for others may be delivered there too. */
const LEAST_NEED = 1n

/**
 * The request once something was ordered for it: the need and the room that are left. The effect of what is ordered is
 * rounded down where it cures, and up where it takes room, to the W; a need that is met stays as one of 1 W.
 */
export function requestAfter(request: FlexRequest, ordered: readonly CalledPower[]): FlexRequest {
  const byPeriod = Map.groupBy(ordered, ({ period }) => period)
  return { ...request, periods: request.periods.map((period) => periodAfter(period, byPeriod)) }
}

function periodAfter(
  requested: RequestedPeriod,
  ordered: ReadonlyMap<DeliveryPeriod, readonly CalledPower[]>,
): RequestedPeriod {
  const calls = ordered.get(requested.period) ?? []
  const [less, more] = [effectOf(calls, requested, -1n), effectOf(calls, requested, 1n)]
  const { minPower, maxPower } = requested
  if (needOf(requested) === null) {
    return { ...requested, minPower: towardsZero(minPower, less), maxPower: towardsZero(maxPower, more) }
  }
  if (minPower < 0n) return { ...requested, minPower: stillNeeded(minPower, less), maxPower: signedW(0n) }
  return { ...requested, minPower: signedW(0n), maxPower: stillNeeded(maxPower, more) }
}

/** By how many W the calls change the flow in the direction of the sign, never negative. */
function effectOf(calls: readonly CalledPower[], requested: RequestedPeriod, sign: 1n | -1n): bigint {
  const isRoom = needOf(requested) === null
  return calls.reduce((sum, { power, effectPpm }) => {
    const along = power * sign
    if (along <= 0n) return sum
    return sum + (along * BigInt(effectPpm) + (isRoom ? WHOLE_PPM - 1n : 0n)) / WHOLE_PPM
  }, 0n)
}

function towardsZero(power: SignedW, by: bigint): SignedW {
  const left = (power < 0n ? -power : power) - by
  if (left <= 0n) return signedW(0n)
  return signedW(power < 0n ? -left : left)
}

function stillNeeded(power: SignedW, by: bigint): SignedW {
  const left = towardsZero(power, by)
  return left === 0n ? signedW(power < 0n ? -LEAST_NEED : LEAST_NEED) : left
}
