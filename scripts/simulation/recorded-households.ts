import { stat } from 'node:fs/promises'
import path from 'node:path'
import { DomainError } from '../../services/domain/errors.ts'
import {
  deliveryPeriod,
  PERIODS_PER_DAY,
  SECONDS_PER_PERIOD,
  type DeliveryPeriod,
} from '../../services/domain/units.ts'
import { columnOf, parseInstant, parseNano, Problems, readTable, type Table } from './recorded-csv.ts'

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
const MAX_KWH_PER_HOUR_NANO = 1_000n * 10n ** 9n
/** Connection capacities in use, in W: one phase 40 A, three phases 25 A, 35 A, 63 A, 125 A, 250 A, 630 A, 1600 A. */
const CONNECTIONS_W = [9_200, 17_250, 24_150, 43_470, 86_250, 172_500, 434_700, 1_104_000]

/** Consumption and generation as recorded, in 10^-9 kWh per interval of a fixed number of seconds. */
type Series = { readonly load: Map<number, bigint | null>; readonly pv: Map<number, bigint | null> }
type Source = {
  readonly series: ReadonlyMap<string, Series>
  readonly intervalSeconds: number
  readonly zone: string
  readonly repeatsDaily: boolean
}

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
    const loadWh = spread(series.load, source, firstPeriod, periods)
    const pvWh = spread(series.pv, source, firstPeriod, periods)
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
  recorded: ReadonlyMap<number, bigint | null>,
  source: Source,
  firstPeriod: number,
  periods: number,
): (number | null)[] {
  const parts = BigInt(source.intervalSeconds / SECONDS_PER_PERIOD)
  const perWh = 10n ** 6n * parts
  let total = 0n
  let before = 0n
  return Array.from({ length: periods }, (_, position) => {
    const start = (firstPeriod + position) * SECONDS_PER_PERIOD
    const inDay = source.repeatsDaily ? start % 86_400 : start
    const value = recorded.get(inDay - (inDay % source.intervalSeconds))
    if (value === undefined || value === null) return null
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

function connectionFor(powerW: number, household: string): number {
  const connection = CONNECTIONS_W.find((capacity) => capacity >= powerW)
  if (connection === undefined)
    throw new DomainError(
      'recording-implausible',
      `${household} moves ${powerW} W, more than any connection of a household`,
    )
  return connection
}

async function readSource(file: string, from: string): Promise<Source> {
  const info = await stat(file).catch(() => {
    throw new DomainError('file-unreadable', `${file} does not exist`)
  })
  const table = await readTable(info.isDirectory() ? path.join(file, 'households.csv') : file)
  if (table.columns[0] === 'step') return readDayProfiles(table, new Map())
  if (table.columns.includes('profile')) {
    const folder = info.isDirectory() ? file : path.dirname(file)
    return readDayProfiles(
      await readTable(path.join(folder, 'load_profiles_48x30min_kw.csv')),
      profilesByHousehold(table),
    )
  }
  return readIntervals(table, from)
}

/** Rows of `home, interval_start, load_kwh, pv_kwh`: energy per interval. */
function readIntervals(table: Table, from: string): Source {
  const home = columnOf(table, /^(home|household)$/, 'the household (home or household)')
  const start = columnOf(table, /^interval_start(_utc)?$/, 'the start of the interval (interval_start)')
  const load = columnOf(table, /^load_kwh$/, 'the load (load_kwh)')
  const pv = table.columns.indexOf('pv_kwh')
  const problems = new Problems(table.file)
  const series = new Map<string, { load: Map<number, bigint | null>; pv: Map<number, bigint | null> }>()
  let zone: string | undefined
  let anyZone: string | undefined
  for (const { line, values } of table.rows) {
    const name = values[home] ?? ''
    const time = values[start] ?? ''
    const instant = parseInstant(time)
    const energies = [values[load] ?? '', pv < 0 ? '0' : (values[pv] ?? '')].map((value) =>
      value === '' ? null : (parseEnergy(value) ?? value),
    )
    const wrong = energies.find((energy) => typeof energy === 'string')
    if (name === '') problems.add(line, 'names no household')
    else if (name.length > 64) problems.add(line, 'the name of the household is longer than 64 characters')
    else if (instant === null) problems.add(line, `"${time}" is not an ISO 8601 time`)
    else if (instant.unixSeconds % SECONDS_PER_PERIOD !== 0) problems.add(line, `${time} does not start a quarter-hour`)
    else if (wrong !== undefined)
      problems.add(line, `"${String(wrong)}" is not an energy from 0 to 1,000 kWh with at most nine decimals`)
    else {
      const known = series.get(name) ?? { load: new Map<number, bigint | null>(), pv: new Map<number, bigint | null>() }
      series.set(name, known)
      if (known.load.has(instant.unixSeconds)) problems.add(line, `${name} has a second row for ${time}`)
      known.load.set(instant.unixSeconds, energies[0] as bigint | null)
      known.pv.set(instant.unixSeconds, energies[1] as bigint | null)
      anyZone ??= instant.offset
      if (time.startsWith(from.slice(0, 10))) zone ??= instant.offset
    }
  }
  problems.throwIfAny()
  return {
    series,
    intervalSeconds: intervalOf(table.file, [...series.values()]),
    zone: zone ?? anyZone ?? 'Z',
    repeatsDaily: false,
  }
}

/** Rows of `step, <profile>, …`: average power in kW over equal parts of one day, which every day repeats. */
function readDayProfiles(table: Table, households: ReadonlyMap<string, string>): Source {
  const problems = new Problems(table.file)
  const intervalSeconds = 86_400 / table.rows.length
  if (!Number.isInteger(intervalSeconds / SECONDS_PER_PERIOD)) {
    throw new DomainError('file-malformed', `${table.file} has ${table.rows.length} steps; a day has 24, 48 or 96`)
  }
  const profiles = new Map(table.columns.slice(1).map((profile) => [profile, new Map<number, bigint | null>()]))
  table.rows.forEach(({ line, values }, position) => {
    if (values[0] !== String(position)) problems.add(line, `step "${values[0] ?? ''}" stands where ${position} belongs`)
    table.columns.slice(1).forEach((profile, column) => {
      const text = values[column + 1] ?? ''
      const kw = parseEnergy(text)
      if (text !== '' && kw === null) problems.add(line, `${profile}: "${text}" is not a power from 0 to 1,000 kW`)
      profiles
        .get(profile)
        ?.set(position * intervalSeconds, kw === null ? null : (kw * BigInt(intervalSeconds)) / 3600n)
    })
  })
  problems.throwIfAny()
  const named = households.size > 0 ? households : new Map([...profiles.keys()].map((profile) => [profile, profile]))
  const series = new Map(
    [...named].map(([household, profile]) => {
      const load = profiles.get(profile)
      if (load === undefined)
        throw new DomainError('profile-missing', `${household} refers to ${profile}, which ${table.file} does not hold`)
      return [household, { load, pv: new Map([...load.keys()].map((start) => [start, 0n])) }]
    }),
  )
  return { series, intervalSeconds, zone: 'Z', repeatsDaily: true }
}

function profilesByHousehold(table: Table): ReadonlyMap<string, string> {
  const load = columnOf(table, /^(load|home|household)$/, 'the household (load)')
  const profile = columnOf(table, /^profile$/, 'the profile')
  const problems = new Problems(table.file)
  const households = new Map<string, string>()
  for (const { line, values } of table.rows) {
    const name = values[load] ?? ''
    if (name === '' || households.has(name))
      problems.add(line, name === '' ? 'names no household' : `${name} stands twice`)
    households.set(name, values[profile] ?? '')
  }
  problems.throwIfAny()
  return households
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

/** A number from 0 to 1,000 in 10^-9, or null. */
function parseEnergy(value: string): bigint | null {
  const nano = parseNano(value)
  return nano === null || nano < 0n || nano > MAX_KWH_PER_HOUR_NANO ? null : nano
}

function intervalOf(file: string, series: readonly Series[]): number {
  const starts = series.flatMap(({ load }) => [...load.keys()])
  let smallest = Infinity
  for (const { load } of series) {
    const own = [...load.keys()].sort((a, b) => a - b)
    own.forEach((start, position) => {
      const next = own[position + 1]
      if (next !== undefined) smallest = Math.min(smallest, next - start)
    })
  }
  const seconds = Number.isFinite(smallest) ? smallest : 3600
  if (![900, 1800, 3600].includes(seconds) || starts.some((start) => start % seconds !== 0)) {
    throw new DomainError(
      'file-malformed',
      `${file}: rows are ${seconds} s apart; give intervals of 15, 30 or 60 minutes that start on the interval`,
    )
  }
  return seconds
}

function coverage(source: Source): string {
  let first = Infinity
  let last = -Infinity
  for (const { load } of source.series.values()) {
    for (const start of load.keys()) {
      first = Math.min(first, start)
      last = Math.max(last, start)
    }
  }
  return `it covers ${new Date(first * 1000).toISOString()} to ${new Date((last + source.intervalSeconds) * 1000).toISOString()}`
}
