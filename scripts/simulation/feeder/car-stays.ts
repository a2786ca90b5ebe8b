import { PERIODS_PER_DAY } from '../../../services/domain/units.ts'
import type { CarStay } from './car-charging.ts'
import { isWeekend } from './day-variation.ts'
import { drawBetween, type Seed } from './draw.ts'

/** When cars come home and leave in the morning, in quarter-hours of the day, and by how much a day differs. */
const ARRIVAL = { working: [68, 79], weekend: [56, 76], dayByDay: [-3, 3] } as const
const DEPARTURE = { working: [26, 34], weekend: [34, 44] } as const
/** At the charger. */
const NEEDED_WH = [8_000, 20_000] as const
/** So often a car is not driven, in thousandths of the days. */
const REST_PERMILLE = { working: 100, weekend: 300 }

/**
 * When a car stands at home on the days of a run, and what it needs: it comes in the evening, at about the same time on
 * working days, and leaves in the morning after. On some days it is not driven, and does not charge.
 */
export function drawStays(
  { seed, home }: { readonly seed: Seed; readonly home: number },
  firstDay: number,
  days: number,
): readonly CarStay[] {
  return Array.from({ length: days }, (_, index) => firstDay + index).flatMap((day, index) => {
    const kind = isWeekend(day) ? 'weekend' : 'working'
    const draw = (name: Parameters<typeof drawBetween>[1], range: readonly [number, number]) =>
      drawBetween(seed, name, { home, index: day }, range)
    if (draw('car-rest', [0, 999]) < REST_PERMILLE[kind]) return []
    const habit = drawBetween(seed, 'car-habit', { home, index: kind === 'weekend' ? 1 : 0 }, ARRIVAL[kind])
    const arrival = habit + draw('car-arrival', ARRIVAL.dayByDay)
    const departure = draw('car-departure', DEPARTURE[isWeekend(day + 1) ? 'weekend' : 'working'])
    return [
      {
        arrival: index * PERIODS_PER_DAY + arrival,
        departure: (index + 1) * PERIODS_PER_DAY + departure,
        neededWh: draw('car-need', NEEDED_WH),
      },
    ]
  })
}
