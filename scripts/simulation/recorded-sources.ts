import { stat } from 'node:fs/promises'
import path from 'node:path'
import { DomainError } from '../../services/domain/errors.ts'
import { SECONDS_PER_PERIOD } from '../../services/domain/units.ts'
import { columnOf, parseInstant, parseNano, Problems, readTable, type Table } from './recorded-csv.ts'

/** Consumption and generation of one interval, in 10^-9 kWh; null where it is blank. */
export type Recorded = { readonly load: bigint | null; readonly pv: bigint | null }

/** What was recorded of one household, by the start of the interval in unix seconds. */
export type Series = {
  readonly rows: ReadonlyMap<number, Recorded>
  readonly intervalSeconds: number
  /** The start of some interval: all others are whole intervals away. */
  readonly anchor: number
}

export type Source = {
  readonly series: ReadonlyMap<string, Series>
  /** The offset from UTC in which a time without a zone is to be read. */
  readonly zone: string
  readonly repeatsDaily: boolean
}

type Row = Recorded & { readonly line: number }

const MAX_KWH_NANO = 1_000n * 10n ** 9n
const INTERVALS = [900, 1800, 3600]

/** Reads a CSV of intervals, a CSV of day profiles, or a feeder's folder. `from` is the local time that is asked for. */
export async function readSource(file: string, from: string): Promise<Source> {
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
  const households = new Map<string, Map<number, Row>>()
  const offsets: { local: number; offset: string }[] = []
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
    else if (wrong !== undefined) problems.add(line, `"${String(wrong)}" is not an energy from 0 to 1,000 kWh`)
    else {
      const rows = households.get(name) ?? new Map<number, Row>()
      households.set(name, rows)
      if (rows.has(instant.unixSeconds)) problems.add(line, `${name} has a second row for ${time}`)
      rows.set(instant.unixSeconds, { load: energies[0] as bigint | null, pv: energies[1] as bigint | null, line })
      const local = parseInstant(time.slice(0, time.length - (instant.offset?.length ?? 0)))
      if (instant.offset !== undefined && local !== null)
        offsets.push({ local: local.unixSeconds, offset: instant.offset })
    }
  }
  const spacings = new Map([...households].map(([name, rows]) => [name, spacingOf([...rows.keys()])]))
  const usual = mostCommon([...spacings.values()].filter((spacing) => spacing !== null)) ?? 3600
  const series = new Map<string, Series>()
  for (const [name, rows] of households) {
    const intervalSeconds = spacings.get(name) ?? usual
    const anchor = Math.min(...rows.keys())
    if (!INTERVALS.includes(intervalSeconds)) {
      problems.add(
        rows.get(anchor)!.line,
        `the rows of ${name} are ${intervalSeconds / 60} minutes apart, not 15, 30 or 60`,
      )
    }
    for (const [time, { line }] of rows) {
      if ((time - anchor) % intervalSeconds !== 0) {
        problems.add(line, `stands between the other rows of ${name}, which are ${intervalSeconds / 60} minutes apart`)
      }
    }
    series.set(name, { rows, intervalSeconds, anchor })
  }
  problems.throwIfAny()
  return { series, zone: zoneNear(from, offsets), repeatsDaily: false }
}

/** The offset of the row whose local time is nearest to the one asked for. */
function zoneNear(from: string, offsets: readonly { local: number; offset: string }[]): string {
  const asked = parseInstant(from)?.unixSeconds ?? 0
  const nearest = offsets.reduce<{ local: number; offset: string } | null>(
    (best, row) => (best === null || Math.abs(row.local - asked) < Math.abs(best.local - asked) ? row : best),
    null,
  )
  return nearest?.offset ?? 'Z'
}

/** How far apart consecutive starts are, most of them; null for a single one. */
function spacingOf(starts: number[]): number | null {
  const sorted = starts.sort((one, other) => one - other)
  return mostCommon(sorted.slice(1).map((start, position) => start - sorted[position]!))
}

function mostCommon(values: readonly number[]): number | null {
  const counts = new Map<number, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  return (
    [...counts].reduce<[number, number] | null>(
      (best, entry) => (best === null || entry[1] > best[1] ? entry : best),
      null,
    )?.[0] ?? null
  )
}

/** Rows of `step, <profile>, …`: average power in kW over equal parts of one day, which every day repeats. */
function readDayProfiles(table: Table, households: ReadonlyMap<string, string>): Source {
  const problems = new Problems(table.file)
  const intervalSeconds = 86_400 / table.rows.length
  if (!Number.isInteger(intervalSeconds / SECONDS_PER_PERIOD)) {
    throw new DomainError('file-malformed', `${table.file} has ${table.rows.length} steps; a day has 24, 48 or 96`)
  }
  const profiles = new Map(table.columns.slice(1).map((profile) => [profile, new Map<number, Recorded>()]))
  table.rows.forEach(({ line, values }, position) => {
    if (values[0] !== String(position)) problems.add(line, `step "${values[0] ?? ''}" stands where ${position} belongs`)
    table.columns.slice(1).forEach((profile, column) => {
      const text = values[column + 1] ?? ''
      const kw = parseEnergy(text)
      if (text !== '' && kw === null) problems.add(line, `${profile}: "${text}" is not a power from 0 to 1,000 kW`)
      const energy = kw === null ? null : (kw * BigInt(intervalSeconds)) / 3600n
      profiles.get(profile)?.set(position * intervalSeconds, { load: energy, pv: 0n })
    })
  })
  problems.throwIfAny()
  const named = households.size > 0 ? households : new Map([...profiles.keys()].map((profile) => [profile, profile]))
  const series = new Map(
    [...named].map(([household, profile]) => {
      const rows = profiles.get(profile)
      if (rows === undefined)
        throw new DomainError('profile-missing', `${household} refers to ${profile}, which ${table.file} does not hold`)
      return [household, { rows, intervalSeconds, anchor: 0 }]
    }),
  )
  return { series, zone: 'Z', repeatsDaily: true }
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

/** A number from 0 to 1,000 in 10^-9, or null. */
export function parseEnergy(value: string): bigint | null {
  const nano = parseNano(value)
  return nano === null || nano < 0n || nano > MAX_KWH_NANO ? null : nano
}
