import { PERIODS_PER_DAY } from '../../../services/domain/units.ts'
import { drawBetween, type Seed } from './draw.ts'

/** Hours of the local day near the equinoxes. */
const SUNRISE = 6
const SUNSET = 18
/** What a roof makes of its rated power at noon without a cloud, and how steep the bell is. */
const NOON_SHARE = 0.85
const STEEPNESS = 1.3
const CLEARNESS_PERMILLE = [350, 1_000] as const
/** Of a home's panels, by how they lie and what shades them. */
const NOISE_PERMILLE = [950, 1_050] as const
const CLOUD_PERIODS = 2

/**
 * What a roof of that rated power makes in a quarter-hour of a day, in Wh, rounded to the nearest: a bell from sunrise to
 * sunset, the sine of the day's course to a power a little above one as in simple clear-sky models, under clouds that
 * are those of the day and the same for all homes, with a little noise of the home itself.
 */
export function pvEnergyOf(
  capacityW: number,
  {
    seed,
    home,
    day,
    quarter,
  }: { readonly seed: Seed; readonly home: number; readonly day: number; readonly quarter: number },
): number {
  if (capacityW === 0) return 0
  const index = day * PERIODS_PER_DAY + quarter
  const noise = drawBetween(seed, 'pv-noise', { home, index }, NOISE_PERMILLE)
  return Math.round((capacityW * clearSky(quarter) * clearnessOf(seed, day, quarter) * noise) / 4_000_000)
}

function clearSky(quarter: number): number {
  const hour = (quarter + 0.5) / 4
  if (hour <= SUNRISE || hour >= SUNSET) return 0
  return NOON_SHARE * Math.sin((Math.PI * (hour - SUNRISE)) / (SUNSET - SUNRISE)) ** STEEPNESS
}

/** In thousandths: now and then the sun comes through, on the clearer days more. */
function clearnessOf(seed: Seed, day: number, quarter: number): number {
  const clearness = drawBetween(seed, 'sky', { home: -1, index: day }, CLEARNESS_PERMILLE)
  const index = Math.floor((day * PERIODS_PER_DAY + quarter) / CLOUD_PERIODS)
  const through = drawBetween(seed, 'cloud', { home: -1, index }, [0, 1_000])
  return clearness + ((1_000 - clearness) * through) / 1_000
}
