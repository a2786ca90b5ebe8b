import path from 'node:path'
import { MOST_DEVICES_OF_HOUSEHOLD } from '../../services/domain/devices/registration.ts'
import { DomainError } from '../../services/domain/errors.ts'
import { rate, type Rate } from '../../services/domain/units.ts'
import { parseFlags } from '../settings.ts'
import { DEFAULT_RATES } from '../setup/neighbourhood.ts'
import { parseNano } from './recorded-csv.ts'
import { FLEETS, type FleetChoice } from './simulated-fleet.ts'

export const HELP = `usage: commonwatt simulate --households <csv> --from <date> --days <n> --report <file.json> [options]
       commonwatt simulate --feeder <folder> --report <file.json> [--limit <share> [--flexibility]] [options]

  --households <csv>  recorded homes: rows of home, interval_start, load_kwh, pv_kwh every 15, 30 or 60 minutes,
                      or day profiles (step, then one column of kW per home), or the folder of a feeder; may be .gz
  --feeder <folder>   instead of --households: the homes of a feeder, whose one recorded day is made several by seeded
                      day-to-day variation, with simulated solar, batteries and cars on top
  --limit <share>     with --feeder: what it may draw, as a share of the peak that it has if no device is told anything,
                      above 0 to 1 with at most three decimals; the report says how often more was drawn
  --flexibility       with --limit: the DSO buys flexibility, so that no more is drawn
  --assets <csv>      home, pv_kwp: the size of each home's PV system
  --prices <csv>      retail tariff: interval_start and a price per kWh or MWh; without it a flat 0.30 EUR/kWh
  --grid-prices <csv> grid tariff by time of use, in the same form, half of it for energy from inside the area; without it
                      a flat 0.08 EUR/kWh
  --from <date>       first day, ISO, in the data's own zone unless it names one; with --feeder [2026-03-02], a Monday
  --days <n>          how many days, 1 to 366; with --feeder [7]
  --forecast <which>  perfect (the recorded value) or persistence (same quarter-hour yesterday) [perfect]
  --feed-in <price>   what the supplier pays for a surplus, EUR/kWh, never more than the retail price [0.08]
  --levy <price>      tax on every kWh taken from the grid, EUR/kWh, with and without the market [0]
  --platform-fee <price>
                      fee on every kWh bought in the market, EUR/kWh [0]
  --fleet <which>     mqtt (meters that sign, over MQTT) or mixed (MQTT, UltraLight, JSON, Modbus and LwM2M in turn) [mqtt]
  --devices <n>       in a mixed fleet: so many devices of each home beside its meter, which measure and are not traded [0]
  --report <file>     where the report goes, JSON
  --data <folder>     keep database, keys and logs in this folder; without it they are removed at the end
`

/** A Monday near the equinox, and a week. */
const FEEDER_FROM = '2026-03-02'
const FEEDER_DAYS = '7'
const ONE_NANO = 10n ** 9n
const PERMILLE_NANO = 10n ** 6n

/** Which homes are simulated. */
export type HomesChoice =
  | { readonly kind: 'recorded'; readonly households: string; readonly assets: string | undefined }
  | {
      readonly kind: 'feeder'
      readonly folder: string
      /** Of the unmanaged peak; null where nothing limits it. */
      readonly limitPermille: number | null
      readonly isFlexible: boolean
    }

export type SimulateOptions = FleetChoice & {
  readonly homes: HomesChoice
  readonly prices: string | undefined
  readonly gridPrices: string | undefined
  readonly from: string
  readonly days: number
  readonly forecast: 'perfect' | 'persistence'
  readonly feedIn: Rate
  readonly levy: Rate
  readonly platformFee: Rate
  readonly report: string
  readonly data: string | undefined
}

/** Throws `settings-invalid`, saying what is wrong or missing. */
export function readSimulateOptions(commandArguments: readonly string[]): SimulateOptions {
  const priceNames = ['feed-in', 'levy', 'platform-fee'] as const
  const names = [
    'households',
    'feeder',
    'limit',
    'assets',
    'prices',
    'grid-prices',
    'from',
    'days',
    'forecast',
    ...priceNames,
    'fleet',
    'devices',
    'report',
    'data',
  ]
  const flags = parseFlags(commandArguments, {
    ...Object.fromEntries(names.map((name) => [name, { type: 'string' as const }])),
    flexibility: { type: 'boolean' },
  })
  const homes = homesFlags(flags)
  const needed = homes.kind === 'feeder' ? ['report'] : ['households', 'from', 'days', 'report']
  const missing = needed.filter((name) => flags[name] === undefined)
  if (missing.length > 0) {
    throw new DomainError('settings-invalid', `missing ${missing.map((name) => `--${name}`).join(', ')}\n\n${HELP}`)
  }
  const forecast = flags.forecast ?? 'perfect'
  if (forecast !== 'perfect' && forecast !== 'persistence') {
    throw new DomainError('settings-invalid', `--forecast "${forecast}": give perfect or persistence`)
  }
  const fleet = FLEETS.find((name) => name === (flags.fleet ?? 'mqtt'))
  if (fleet === undefined) {
    throw new DomainError('settings-invalid', `--fleet "${flags.fleet}": give ${FLEETS.join(' or ')}`)
  }
  const [feedIn, levy, platformFee] = priceNames.map((name) =>
    flags[name] === undefined ? undefined : priceFlag(`--${name}`, flags[name]),
  )
  for (const charge of [levy, platformFee]) {
    if (charge !== undefined && charge < 0n) {
      throw new DomainError('settings-invalid', '--levy and --platform-fee are never negative')
    }
  }
  return {
    homes,
    prices: flags.prices,
    gridPrices: flags['grid-prices'],
    from: flags.from ?? FEEDER_FROM,
    days: Number(flags.days ?? FEEDER_DAYS),
    forecast,
    fleet,
    devicesPerHome: devicesFlag(flags.devices, fleet),
    feedIn: feedIn ?? DEFAULT_RATES.feedIn,
    levy: levy ?? DEFAULT_RATES.levy,
    platformFee: platformFee ?? DEFAULT_RATES.platformFee,
    report: path.resolve(flags.report!),
    data: flags.data === undefined ? undefined : path.resolve(flags.data),
  }
}

function devicesFlag(value: string | undefined, fleet: FleetChoice['fleet']): number {
  const most = MOST_DEVICES_OF_HOUSEHOLD - 1
  const devices = value === undefined ? 0 : Number(value)
  if (!Number.isInteger(devices) || devices < 0 || devices > most) {
    throw new DomainError('settings-invalid', `--devices "${value}": give a whole number from 0 to ${most}`)
  }
  if (devices > 0 && fleet === 'mqtt') throw new DomainError('settings-invalid', '--devices goes with --fleet mixed')
  return devices
}

function priceFlag(flag: string, value: string): Rate {
  const nano = parseNano(value)
  if (nano === null || nano < -500_000_000n || nano > 4_000_000_000n || nano % 1_000n !== 0n) {
    throw new DomainError(
      'settings-invalid',
      `${flag} "${value}": give EUR/kWh from -0.5 to 4 with at most six decimals`,
    )
  }
  return rate(nano / 1_000n)
}

function homesFlags(flags: Readonly<Record<string, string | undefined>>): HomesChoice {
  const { households, feeder, limit, flexibility, assets } = flags
  const refuseWhere = (isWrong: boolean, reason: string) => {
    if (isWrong) throw new DomainError('settings-invalid', reason)
  }
  refuseWhere(flexibility !== undefined && limit === undefined, '--flexibility goes with --limit')
  refuseWhere(limit !== undefined && feeder === undefined, '--limit goes with --feeder')
  if (feeder === undefined) return { kind: 'recorded', households: households!, assets }
  refuseWhere(households !== undefined, '--feeder stands instead of --households: give one of them')
  refuseWhere(assets !== undefined, '--assets goes with --households: the roofs of a feeder are drawn')
  refuseWhere(flags.devices !== undefined, '--devices goes with --households: the devices of a feeder are drawn')
  const isFlexible = flexibility !== undefined
  return { kind: 'feeder', folder: feeder, limitPermille: limit === undefined ? null : limitFlag(limit), isFlexible }
}

function limitFlag(value: string): number {
  const nano = parseNano(value)
  if (nano === null || nano <= 0n || nano > ONE_NANO || nano % PERMILLE_NANO !== 0n) {
    throw new DomainError(
      'settings-invalid',
      `--limit "${value}": give a share above 0 to 1 with at most three decimals`,
    )
  }
  return Number(nano / PERMILLE_NANO)
}
