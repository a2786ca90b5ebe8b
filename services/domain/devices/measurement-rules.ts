import { DomainError } from '../errors.ts'
import type { Measured } from './measurement.ts'
import { UNIT_OF, type Quantity } from './quantity.ts'

/** How far a device's clock may be ahead, in milliseconds, before what it says is not believed. */
export const MOST_AHEAD_MS = 5 * 60_000
/** How far ahead it is passed over, as of a meter that signs. */
const AHEAD_TOLERANCE_MS = 5_000
/** So long what was measured is kept, and taken where it comes late. */
export const MEASUREMENT_DAYS_KEPT = 3
const MS_PER_DAY = 86_400_000

const LARGEST_REGISTER = 10n ** 15n - 1n
/** Of a device whose rated power is not known, in W. */
const LARGEST_POWER_W = 10_000_000n
/** What starts takes more for a moment than it is rated for. */
const STARTING_FACTOR = 2n

type Range = readonly [least: bigint, most: bigint]

const register: Range = [0n, LARGEST_REGISTER]
const permille: Range = [0n, 1_000n]

/** What is possible at all, in the unit of the quantity; null for power, which the device's rating bounds. */
const RANGES: Readonly<Record<Quantity, Range | null>> = {
  'import-register': register,
  'export-register': register,
  'consumed-register': register,
  'produced-register': register,
  'active-power': null,
  'reactive-power': null,
  'apparent-power': null,
  voltage: [0n, 1_000_000n],
  current: [-10_000_000n, 10_000_000n],
  frequency: [0n, 100_000n],
  'power-factor': [-1_000n, 1_000n],
  'state-of-charge': permille,
  temperature: [-273_150n, 2_000_000n],
  'set-point': null,
  switch: [0n, 1n],
  'dimmer-level': permille,
}

/** Throws `measurement-implausible` where no device of that rating (W, 0 where it is not known) can measure such a value. */
export function checkValue({ quantity, value }: Pick<Measured, 'quantity' | 'value'>, ratedPowerW: number): void {
  const mostW = ratedPowerW > 0 ? BigInt(ratedPowerW) * STARTING_FACTOR : LARGEST_POWER_W
  const [least, most] = RANGES[quantity] ?? [-mostW, mostW]
  if (value >= least && value <= most) return
  const unit = UNIT_OF[quantity]
  throw new DomainError(
    'measurement-implausible',
    `${quantity} of ${value} ${unit} is not between ${least} and ${most} ${unit}: is it in another unit?`,
    { quantity, value, least, most },
  )
}

/** When it was measured, and whether the device's clock can be relied on there. */
export type MeasuredTime = { readonly atMs: number; readonly isDoubtful: boolean }

/**
 * What is a little ahead was measured when it came. Throws `measurement-from-the-future` or `measurement-too-old`.
 * @param measuredAtMs Unix milliseconds by the device's clock; null where it does not say.
 * @param nowMs By the ledger's clock.
 */
export function measuredTimeOf(measuredAtMs: number | null, nowMs: number): MeasuredTime {
  if (measuredAtMs === null) return { atMs: nowMs, isDoubtful: false }
  const aheadMs = measuredAtMs - nowMs
  if (aheadMs > MOST_AHEAD_MS) {
    throw new DomainError(
      'measurement-from-the-future',
      `the device says that it measured ${Math.round(aheadMs / 1_000)} s from now: set its clock`,
      { measuredAtMs, nowMs },
    )
  }
  if (-aheadMs > MEASUREMENT_DAYS_KEPT * MS_PER_DAY) {
    throw new DomainError(
      'measurement-too-old',
      `it was measured ${Math.round(-aheadMs / 1_000)} s ago, and ${MEASUREMENT_DAYS_KEPT} days are the most: set the device's clock`,
      { measuredAtMs, nowMs },
    )
  }
  return { atMs: Math.min(measuredAtMs, nowMs), isDoubtful: aheadMs > AHEAD_TOLERANCE_MS }
}
