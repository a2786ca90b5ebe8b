import path from 'node:path'
import { parseNano, readTable, columnOf, parseInstant } from '../../scripts/simulation/recorded-csv.ts'
import { readRecordedHouseholds } from '../../scripts/simulation/recorded-households.ts'
import type { ControlMember } from '../../services/domain/flexibility/baseline/baseline-case.ts'
import {
  localCalendarOf,
  parseLocalDay,
  type LocalCalendar,
} from '../../services/domain/flexibility/baseline/local-calendar.ts'
import { flowSeriesOf, type PeriodFlow } from '../../services/domain/flexibility/baseline/period-flow.ts'
import { deliveryPeriod, deliveryPeriodAt, signedWh } from '../../services/domain/units.ts'

/** Set where recorded data can be read. */
export const shared = process.env.COMMONWATT_SHARED

/** The title of a test over recorded data, which says where it is skipped and why. */
export function recordedTitle(title: string): string {
  return shared === undefined ? `${title} (skipped: COMMONWATT_SHARED names no folder with recordings)` : title
}

const data = (...names: string[]) => path.join(shared!, 'data', ...names)

export type RecordedFlows = { readonly calendar: LocalCalendar; readonly homes: readonly ControlMember[] }

/** A year of eight homes in California: load minus PV. Their hours, and their habits, keep to standard time all year. */
export async function californianHomes(): Promise<RecordedFlows> {
  const recording = await readRecordedHouseholds({
    households: data('households_citylearn2022_8homes_60min.csv.gz'),
    from: '2016-08-01',
    days: 365,
  })
  const homes = recording.households.map(({ name, loadWh, pvWh }) => ({
    id: name,
    activations: [],
    flows: flowSeriesOf(
      loadWh.flatMap((load, index): PeriodFlow[] => {
        const pv = pvWh[index]
        if (load === null || pv === null || pv === undefined) return []
        const period = deliveryPeriod(recording.firstPeriod + index)
        return [{ period, flow: signedWh(BigInt(load - pv)), quality: 'metered' }]
      }),
    ),
  }))
  const holidays = ['2016-09-05', '2016-11-24', '2016-12-26', '2017-01-02', '2017-05-29', '2017-07-04']
  return { homes, calendar: calendarOf('Etc/GMT+8', holidays, '2016-07-01T00:00:00Z', '2017-09-01T00:00:00Z') }
}

/**
 * Sixteen months of a home in Germany, from its counters. What the data set says was interpolated is an estimate, and
 * where a counter is blank there is no reading.
 */
export async function germanHome(): Promise<RecordedFlows> {
  const table = await readTable(data('household_opsd_DE_KN_residential4_cumulative_60min.csv.gz'))
  const [time, imported, exported, interpolated] = (
    [/^utc_timestamp$/, /_grid_import$/, /_grid_export$/, /^interpolated_values$/] as const
  ).map((pattern) => columnOf(table, pattern, String(pattern)))
  const counters = table.rows.map(({ values }) => ({
    hour: parseInstant(values[time!]!)!.unixSeconds,
    net: netWhOf(values[imported!]!, values[exported!]!),
    isEstimated: values[interpolated!]!.includes('grid_'),
  }))
  const flows = counters.flatMap(({ hour, net, isEstimated }, index): PeriodFlow[] => {
    const next = counters[index + 1]
    if (next === undefined || net === null || next.net === null || next.hour - hour !== 3_600) return []
    const quality = isEstimated || next.isEstimated ? 'estimated' : 'metered'
    return quartersOf(next.net - net).map((flow, quarter) => ({
      period: deliveryPeriodAt(hour + quarter * 900),
      flow: signedWh(flow),
      quality,
    }))
  })
  const holidays = ['2015-12-25', '2016-01-01', '2016-01-06', '2016-03-25', '2016-03-28', '2016-05-05', '2016-05-16']
  const more = ['2016-05-26', '2016-10-03', '2016-11-01', '2016-12-26', '2017-01-06']
  return {
    homes: [{ id: 'DE_KN_residential4', flows: flowSeriesOf(flows), activations: [] }],
    calendar: calendarOf('Europe/Berlin', [...holidays, ...more], '2015-08-01T00:00:00Z', '2017-05-01T00:00:00Z'),
  }
}

function calendarOf(timeZone: string, holidays: readonly string[], first: string, last: string): LocalCalendar {
  return localCalendarOf({
    timeZone,
    publicHolidays: holidays.map(parseLocalDay),
    firstPeriod: deliveryPeriodAt(Date.parse(first) / 1_000),
    lastPeriod: deliveryPeriodAt(Date.parse(last) / 1_000),
  })
}

function netWhOf(imported: string, exported: string): bigint | null {
  const [more, less] = [parseNano(imported), parseNano(exported)]
  return more === null || less === null ? null : (more - less) / 1_000_000n
}

/** An hour's energy over its quarter-hours, by rounding the running total. */
function quartersOf(energy: bigint): bigint[] {
  return [0n, 1n, 2n, 3n].map((quarter) => (energy * (quarter + 1n)) / 4n - (energy * quarter) / 4n)
}
