import { DomainError } from '../../errors.ts'
import { powerW, type PowerW } from '../../units.ts'

/** A device of a pool in one period. */
export type PooledDevice = {
  readonly id: string
  /** What it can do, if it does it. */
  readonly power: PowerW
  /** How likely it does, in thousandths (see `reliabilityOf`). */
  readonly reliabilityPermille: number
}

/** Work, in devices times steps of power, that is spent on a distribution. */
const MOST_CELLS = 4_000_000n
/** So many steps at least make up the power of a device in the mean: rounding down to them then loses little. */
const FEWEST_STEPS = 16n

/**
 * The power that the devices deliver together with the target reliability, in W, and never more than that.
 *
 * The model: devices deliver independently of one another, each all of its power or nothing. Of all distributions with the
 * same mean ratio that one varies most, so a device that delivers half in every case is taken for a riskier one. The
 * distribution of the sum is convolved exactly, with powers rounded down to steps where it would be too much work
 * otherwise; for large pools Chernoff's bound stands in for it, which is lower still. What hits all devices at once (an outage, a wrong forecast) is not in it.
 * Throws `pool-target-invalid` unless the target is from 1 to 999 thousandths.
 */
export function reliablePowerOf(devices: readonly PooledDevice[], targetPermille: number): PowerW {
  if (!Number.isInteger(targetPermille) || targetPermille < 1 || targetPermille > 999) {
    throw new DomainError('pool-target-invalid', `${targetPermille} is no target: give 1 to 999 thousandths`)
  }
  const useful = devices.filter(({ power, reliabilityPermille }) => power > 0n && reliabilityPermille > 0)
  if (useful.length === 0) return powerW(0n)
  const count = BigInt(useful.length)
  const total = useful.reduce((sum, { power }) => sum + power, 0n)
  const common = useful.reduce((divisor, { power }) => greatestCommonDivisor(divisor, power), 0n)
  if ((total / common) * count <= MOST_CELLS) return convolvedPowerOf(useful, targetPermille, common)
  const step = (total * count) / MOST_CELLS + 1n
  return step * FEWEST_STEPS * count <= total
    ? convolvedPowerOf(useful, targetPermille, step)
    : chernoffPowerOf(useful, targetPermille)
}

function greatestCommonDivisor(one: bigint, other: bigint): bigint {
  return other === 0n ? one : greatestCommonDivisor(other, one % other)
}

/** By exact convolution, of powers rounded down to the step. */
export function convolvedPowerOf(devices: readonly PooledDevice[], targetPermille: number, step: bigint): PowerW {
  const sizes = devices.map(({ power }) => Number(power / step))
  const likely = new Float64Array(sizes.reduce((sum, size) => sum + size, 0) + 1)
  likely[0] = 1
  let reach = 0
  sizes.forEach((size, index) => {
    const success = devices[index]!.reliabilityPermille / 1_000
    reach += size
    for (let sum = reach; sum >= 0; sum -= 1) {
      likely[sum] = likely[sum]! * (1 - success) + (sum >= size ? likely[sum - size]! * success : 0)
    }
  })
  let atLeast = 0
  for (let sum = likely.length - 1; sum > 0; sum -= 1) {
    atLeast += likely[sum]!
    if (atLeast >= targetPermille / 1_000 + ROUNDING) return powerW(BigInt(sum) * step)
  }
  return powerW(0n)
}

/** What rounding may add up to in a probability. */
const ROUNDING = 1e-12

/**
 * By Chernoff's bound: for every t > 0 less than S is delivered with a probability of at most
 * exp(t S) * product(1 - p + p exp(-t w)), so the S at which that is what the target leaves is delivered with it. The
 * greatest S over t is found by parting an interval, for the bound holds at whatever t that ends.
 */
export function chernoffPowerOf(devices: readonly PooledDevice[], targetPermille: number): PowerW {
  const left = Math.log(1 - targetPermille / 1_000)
  const powers = devices.map(({ power }) => Number(power))
  const sizeAt = (t: number): number => {
    const logs = devices.map(({ reliabilityPermille: permille }, index) =>
      permille === 1_000 ? -t * powers[index]! : Math.log1p((permille / 1_000) * Math.expm1(-t * powers[index]!)),
    )
    return (left - logs.reduce((sum, log) => sum + log, 0)) / t
  }
  const mean = powers.reduce((sum, power) => sum + power, 0) / powers.length
  let [low, high] = [Math.log(1e-6 / mean), Math.log(100 / mean)]
  for (let round = 0; round < ROUNDS; round += 1) {
    const [one, other] = [low + (high - low) / 3, high - (high - low) / 3]
    if (sizeAt(Math.exp(one)) < sizeAt(Math.exp(other))) low = one
    else high = other
  }
  const size = Math.floor(sizeAt(Math.exp((low + high) / 2)) * (1 - RELATIVE_ROUNDING))
  return powerW(size > 0 ? BigInt(size) : 0n)
}

const ROUNDS = 60
const RELATIVE_ROUNDING = 1e-9
