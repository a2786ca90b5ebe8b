import { DomainError } from '../../services/domain/errors.ts'
import {
  HIGHEST_PRICE,
  LOWEST_PRICE,
  rate,
  SECONDS_PER_PERIOD,
  startOf,
  type DeliveryPeriod,
  type Rate,
} from '../../services/domain/units.ts'
import type { GridRates } from '../../services/chain/deploy.ts'
import { columnOf, parseInstant, parseNano, Problems, readTable } from './recorded-csv.ts'

const RETAIL_COLUMN = /^(?:retail|price|tariff)\w*_per_(kwh|mwh)$/
const GRID_COLUMN = /^(?:grid|price|tariff)\w*_per_(kwh|mwh)$/

/** The retail rate of every delivery period, in micro-euro per kWh; a price in another currency is taken one to one. */
export function readRecordedTariff(file: string, firstPeriod: DeliveryPeriod, periods: number): Promise<Rate[]> {
  return readRates(file, RETAIL_COLUMN, firstPeriod, periods)
}

/** The grid tariff of every delivery period; energy from inside the area costs half of it. Throws `tariff-negative`. */
export async function readGridTariff(file: string, firstPeriod: DeliveryPeriod, periods: number): Promise<GridRates[]> {
  const rates = await readRates(file, GRID_COLUMN, firstPeriod, periods)
  const negative = rates.findIndex((grid) => grid < 0n)
  if (negative !== -1) {
    const at = new Date(startOf(firstPeriod) * 1000 + negative * SECONDS_PER_PERIOD * 1000).toISOString()
    throw new DomainError('tariff-negative', `${file} has a negative grid tariff at ${at}: transport is never paid for`)
  }
  return rates.map((grid) => ({ grid, gridLocal: rate(grid / 2n) }))
}

async function readRates(file: string, wanted: RegExp, firstPeriod: DeliveryPeriod, periods: number): Promise<Rate[]> {
  const table = await readTable(file)
  const start = columnOf(table, /^interval_start(_utc)?$/, 'the start of the interval (interval_start)')
  const column = columnOf(table, wanted, 'a price per kWh or per MWh (such as retail_tou_usd_per_kwh)')
  const perKwh = wanted.exec(table.columns[column] ?? '')?.[1] === 'kwh'
  const problems = new Problems(table.file)
  const rates = new Map<number, Rate>()
  for (const { line, values } of table.rows) {
    const time = values[start] ?? ''
    const text = values[column] ?? ''
    const instant = parseInstant(time)
    const nano = parseNano(text)
    if (instant === null) problems.add(line, `"${time}" is not an ISO 8601 time`)
    else if (rates.has(instant.unixSeconds)) problems.add(line, `there is a second row for ${time}`)
    else if (nano === null) problems.add(line, `"${text}" is not a price`)
    else {
      const value = rate(nearest(nano, perKwh ? 1_000n : 1_000_000n))
      if (value < LOWEST_PRICE || value > HIGHEST_PRICE) problems.add(line, `${text} is outside -500 to 4,000 EUR/MWh`)
      rates.set(instant.unixSeconds, value)
    }
  }
  problems.throwIfAny()
  const seconds = intervalOf([...rates.keys()])
  return Array.from({ length: periods }, (_, position) => {
    const at = startOf(firstPeriod) + position * SECONDS_PER_PERIOD
    const found = rates.get(at - ((((at - (rates.keys().next().value ?? 0)) % seconds) + seconds) % seconds))
    if (found === undefined) {
      throw new DomainError(
        'tariff-missing',
        `${table.file} has no price for ${new Date(at * 1000).toISOString()}: give a file that covers the days simulated, or leave it out`,
      )
    }
    return found
  })
}

function intervalOf(starts: readonly number[]): number {
  const sorted = [...starts].sort((a, b) => a - b)
  return sorted.reduce((smallest, start, position) => {
    const next = sorted[position + 1]
    return next === undefined ? smallest : Math.min(smallest, next - start)
  }, 3600)
}

/** Rounds to the nearest, half away from zero. */
function nearest(value: bigint, divisor: bigint): bigint {
  const half = value < 0n ? -divisor / 2n : divisor / 2n
  return (value + half) / divisor
}
