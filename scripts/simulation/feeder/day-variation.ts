import { PERIODS_PER_DAY } from '../../../services/domain/units.ts'
import { drawBetween, type Seed } from './draw.ts'

/** Of all homes alike, of a home by itself, and of every home at a weekend, in thousandths of the recorded day. */
const LEVEL = { ofAll: 60, ofHome: 150, atWeekend: 60 }
/** In quarter-hours: so much earlier or later on a working day, and so much later at a weekend. */
const SHIFTS = { working: [-2, 2], weekend: [0, 4] } as const
const FULL = 1_000

/** Whether a day, as a count from the epoch, is a Saturday or a Sunday. */
export function isWeekend(day: number): boolean {
  return (day + 3) % 7 >= 5
}

/**
 * Makes the days of a run of one recorded day. A home lives its recorded day on each of them, at another level and at
 * other times: the level is drawn by day for all homes together (up to 6 % more or less, as weather has it) and by home
 * and day (up to 15 %), and is 6 % higher at weekends, when people are at home; the whole day comes up to half an hour
 * earlier or later, at weekends up to an hour later, what leaves it at one end returning at the other. All draws are even,
 * so working days have the recorded level in the mean. The model is our own assumption, kept simple so that it can be
 * checked by hand, and is not fitted to other days, of which there is no record. A day's energy is that of the recorded
 * one times the level, rounded down to the Wh, and quarter-hours are rounded by the running total.
 */
export function varyDay(
  recordedWh: readonly number[],
  { seed, home, day }: { readonly seed: Seed; readonly home: number; readonly day: number },
): readonly number[] {
  if (recordedWh.length !== PERIODS_PER_DAY) throw new RangeError(`a day has ${PERIODS_PER_DAY} quarter-hours`)
  const weekend = isWeekend(day)
  const ofAll = drawBetween(seed, 'day-level', { home: -1, index: day }, [-LEVEL.ofAll, LEVEL.ofAll])
  const ofHome = drawBetween(seed, 'day-level', { home, index: day }, [-LEVEL.ofHome, LEVEL.ofHome])
  const level = FULL + ofAll + ofHome + (weekend ? LEVEL.atWeekend : 0)
  const later = drawBetween(seed, 'day-shift', { home, index: day }, weekend ? SHIFTS.weekend : SHIFTS.working)
  let total = 0
  return recordedWh.map((_, quarter) => {
    const from = (quarter - later + PERIODS_PER_DAY) % PERIODS_PER_DAY
    const before = Math.floor((total * level) / FULL)
    total += recordedWh[from]!
    return Math.floor((total * level) / FULL) - before
  })
}
