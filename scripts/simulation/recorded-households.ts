import path from 'node:path'
import { DomainError } from '../../services/domain/errors.ts'
import {
  deliveryPeriod,
  PERIODS_PER_DAY,
  SECONDS_PER_PERIOD,
  type DeliveryPeriod,
} from '../../services/domain/units.ts'
import { columnOf, parseInstant, Problems, readTable } from './recorded-csv.ts'
import { parseEnergy, readSource, type Series, type Source } from './recorded-sources.ts'

/** What one household took and made in every quarter-hour of the recording, in Wh; null where nothing was recorded. */
export type RecordedHousehold = {
  readonly name: string
  readonly loadWh: readonly (number | null)[]
  readonly pvWh: readonly (number | null)[]
  readonly pvCapacityW: number
  readonly connectionCapacityW: number
}

export type Gap = { readonly household: string; readonly firstPeriod: DeliveryPeriod; readonly periods: number }

export type Recording = {
  readonly firstPeriod: DeliveryPeriod
  readonly periods: number
  readonly households: readonly RecordedHousehold[]
  readonly gaps: readonly Gap[]
  /** The offset from UTC in which `from` was read, such as `-08:00`. */
  readonly zone: string
}

export type RecordingRequest = {
  /** A CSV file (may be gzipped) or the folder of a feeder. */
  readonly households: string
  readonly assets?: string | undefined
  /** ISO date or time, in the data's own zone unless it names one. */
  readonly from: string
  readonly days: number
}

const MAX_HOUSEHOLDS = 1000
/** Connection capacities in use, in W: one phase 40 A, three phases 25 A, 35 A, 63 A, 125 A, 250 A, 630 A, 1600 A. */
const CONNECTIONS_W = [9_200, 17_250, 24_150, 43_470, 86_250, 172_500, 434_700, 1_104_000]

/** Reads recorded households for the days asked for. Throws DomainErrors that name file, line and reason. */
export async function readRecordedHouseholds(request: RecordingRequest): Promise<Recording> {
  if (!Number.isInteger(request.days) || request.days < 1 || request.days > 366) {
    throw new DomainError('days-invalid', `--days ${request.days}: give a whole number from 1 to 366`)
  }
  const source = await readSource(request.households, request.from)
  if (source.series.size === 0) throw new DomainError('recording-empty', `${request.households} holds no household`)
  if (source.series.size > MAX_HOUSEHOLDS) {
    throw new DomainError(
      'too-many-households',
      `${request.households} holds ${source.series.size} households; an area holds at most ${MAX_HOUSEHOLDS}`,
    )
  }
  const from = parseInstant(request.from, source.zone)
  if (from === null)
    throw new DomainError('from-invalid', `--from ${request.from} is not an ISO date such as 2016-08-01`)
  if (from.unixSeconds % SECONDS_PER_PERIOD !== 0)
    throw new DomainError('from-invalid', `--from ${request.from} does not start a quarter-hour`)
  const firstPeriod = deliveryPeriod(from.unixSeconds / SECONDS_PER_PERIOD)
  const periods = request.days * PERIODS_PER_DAY
  const capacities =
    request.assets === undefined ? new Map<string, number>() : await readPvCapacities(request.assets, source.series)

  const households = [...source.series].map(([name, series]) => {
    const loadWh = spread(series, 'load', source, firstPeriod, periods)
    const pvWh = spread(series, 'pv', source, firstPeriod, periods)
    const known = loadWh.map((load, position) => load !== null && pvWh[position] !== null)
    const net = loadWh.map((load, position) => Math.abs((load ?? 0) - (pvWh[position] ?? 0)))
    return {
      name,
      loadWh: loadWh.map((load, position) => (known[position] ? load : null)),
      pvWh: pvWh.map((pv, position) => (known[position] ? pv : null)),
      pvCapacityW: capacities.get(name) ?? 0,
      connectionCapacityW: connectionFor(Math.max(...net) * 4, name),
    }
  })
  const gaps = households.flatMap((household) => gapsOf(household, firstPeriod))
  const missing = gaps.reduce((sum, gap) => sum + gap.periods, 0)
  if (missing === households.length * periods) {
    throw new DomainError(
      'recording-empty',
      `${path.basename(request.households)} holds nothing for ${request.days} days from ${request.from} (${source.zone}): ${coverage(source)}`,
    )
  }
  return { firstPeriod, periods, households, gaps, zone: from.offset ?? source.zone }
}

/**
 * Spreads the recorded intervals over quarter-hours by rounding the running total, half up: no quarter-hour is more than
 * 1 Wh off, and the total is the recorded one to the nearest Wh.
 */
function spread(
  { rows, intervalSeconds, anchor }: Series,
  what: 'load' | 'pv',
  { repeatsDaily }: Source,
  firstPeriod: number,
  periods: number,
): (number | null)[] {
  const parts = BigInt(intervalSeconds / SECONDS_PER_PERIOD)
  const perWh = 10n ** 6n * parts
  let total = 0n
  let before = 0n
  return Array.from({ length: periods }, (_, position) => {
    const start = (firstPeriod + position) * SECONDS_PER_PERIOD
    const time = repeatsDaily ? start % 86_400 : start
    const value = rows.get(anchor + Math.floor((time - anchor) / intervalSeconds) * intervalSeconds)?.[what] ?? null
    if (value === null) return null
    total += value
    const register = (2n * total + perWh) / (2n * perWh)
    const energy = Number(register - before)
    before = register
    return energy
  })
}

function gapsOf(household: RecordedHousehold, firstPeriod: number): Gap[] {
  const gaps: { household: string; firstPeriod: DeliveryPeriod; periods: number }[] = []
  household.loadWh.forEach((load, position) => {
    if (load !== null) return
    const last = gaps.at(-1)
    if (last !== undefined && last.firstPeriod + last.periods === firstPeriod + position) last.periods += 1
    else gaps.push({ household: household.name, firstPeriod: deliveryPeriod(firstPeriod + position), periods: 1 })
  })
  return gaps
}

/** The smallest usual connection that carries the power, in W. Throws `recording-implausible` where none does. */
export function connectionFor(powerW: number, household: string): number {
  const connection = CONNECTIONS_W.find((capacity) => capacity >= powerW)
  if (connection === undefined)
    throw new DomainError(
      'recording-implausible',
      `${household} moves ${powerW} W, more than any connection of a household`,
    )
  return connection
}

/** Reads `home, pv_kwp` for the plausibility of what a roof can make, in W. */
async function readPvCapacities(file: string, series: ReadonlyMap<string, Series>): Promise<Map<string, number>> {
  const table = await readTable(file)
  const home = columnOf(table, /^(home|household)$/, 'the household (home)')
  const pv = columnOf(table, /^pv_kwp$/, 'the size of the PV system (pv_kwp)')
  const problems = new Problems(table.file)
  const capacities = new Map<string, number>()
  for (const { line, values } of table.rows) {
    const name = values[home] ?? ''
    const kwp = parseEnergy(values[pv] ?? '')
    if (!series.has(name)) problems.add(line, `"${name}" is not among the households`)
    else if (capacities.has(name)) problems.add(line, `${name} stands twice`)
    else if (kwp === null) problems.add(line, `"${values[pv] ?? ''}" is not a size from 0 to 1,000 kWp`)
    else capacities.set(name, Number(kwp / 10n ** 6n))
  }
  problems.throwIfAny()
  return capacities
}

function coverage({ series }: Source): string {
  const spans = [...series.values()].flatMap(({ rows, intervalSeconds }) =>
    [...rows.keys()].map((start) => ({ start, end: start + intervalSeconds })),
  )
  const first = spans.reduce((earliest, { start }) => Math.min(earliest, start), Infinity)
  const last = spans.reduce((latest, { end }) => Math.max(latest, end), -Infinity)
  return `it covers ${new Date(first * 1000).toISOString()} to ${new Date(last * 1000).toISOString()}`
}
