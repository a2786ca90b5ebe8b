import { numberAt } from '../ledger/hex.ts'
import { differ } from '../difference.ts'
import { placeOf, type LedgerEvent } from './ledger-event.ts'

export const SECONDS_PER_PERIOD = 900
export const PERIODS_PER_DAY = 96
export const SECONDS_PER_DAY = SECONDS_PER_PERIOD * PERIODS_PER_DAY

/** As IAreaRegistry.Calendar; lengths of time in seconds. */
export type Calendar = {
  readonly firstPeriod: number
  readonly lastPeriod: number
  readonly gateClosureLead: number
  readonly readingDeadline: number
  readonly operatorDeadline: number
  readonly challengeWindow: number
  readonly correctionDelay: number
  readonly finalDelay: number
}

/** As IAreaRegistry.Tariff, micro-euro per kWh. */
export type Tariff = {
  readonly retail: number
  readonly feedIn: number
  readonly grid: number
  readonly gridLocal: number
  readonly levy: number
  readonly platformFee: number
}

type Area = {
  readonly calendar: Calendar
  /** Unix seconds. */
  readonly openedAt: number
  tariff: Tariff
  readonly energyRates: Map<number, Pick<Tariff, 'retail' | 'feedIn'>>
  readonly gridRates: Map<number, Pick<Tariff, 'grid' | 'gridLocal'>>
}

const RATES_LENGTH = 6
const NO_TARIFF: Tariff = { retail: 0, feedIn: 0, grid: 0, gridLocal: 0, levy: 0, platformFee: 0 }

/** Replays the area registry: calendars and tariffs, and that no rate was changed once orders relied on it. */
export function createAreas() {
  const areas = new Map<number, Area>()

  const see = (event: LedgerEvent): void => {
    const { fields, name } = event
    if (name === 'AreaOpened') open(event)
    if (name === 'DefaultEnergyRatesSet') {
      setDefault(event, { retail: fields.number('retail'), feedIn: fields.number('feedIn') })
    }
    if (name === 'GridTariffSet')
      setDefault(event, { grid: fields.number('grid'), gridLocal: fields.number('gridLocal') })
    if (name === 'LevySet') setDefault(event, { levy: fields.number('levy') })
    if (name === 'PlatformFeeSet') setDefault(event, { platformFee: fields.number('platformFee') })
    if (name === 'EnergyRatesPublished') {
      publish(event, 'energyRates', (retail, feedIn) => ({ retail, feedIn }))
    }
    if (name === 'GridRatesPublished') publish(event, 'gridRates', (grid, gridLocal) => ({ grid, gridLocal }))
  }

  const open = (event: LedgerEvent): void => {
    const { fields } = event
    const area = fields.number('area')
    if (areas.has(area)) differ('areas', 'the area was opened twice', { ...placeOf(event), area })
    const names = [
      'firstPeriod',
      'lastPeriod',
      'gateClosureLead',
      'readingDeadline',
      'operatorDeadline',
      'challengeWindow',
      'correctionDelay',
      'finalDelay',
    ] as const
    const calendar = Object.fromEntries(names.map((each) => [each, fields.number(each)])) as Calendar
    areas.set(area, { calendar, openedAt: event.time, tariff: NO_TARIFF, energyRates: new Map(), gridRates: new Map() })
  }

  const areaOf = (area: number): Area => areas.get(area) ?? differ('areas', 'the area was never opened', { area })

  const setDefault = (event: LedgerEvent, rates: Partial<Tariff>): void => {
    const area = event.fields.number('area')
    const { calendar, tariff } = areaOf(area)
    requireInTime(event, area, calendar.firstPeriod)
    areaOf(area).tariff = requireValid({ ...tariff, ...rates }, event, area)
  }

  const publish = (
    event: LedgerEvent,
    which: 'energyRates' | 'gridRates',
    rateOf: (first: number, second: number) => Pick<Tariff, 'retail' | 'feedIn'> | Pick<Tariff, 'grid' | 'gridLocal'>,
  ): void => {
    const area = event.fields.number('area')
    const firstPeriod = event.fields.number('firstPeriod')
    const bytes = event.fields.bytes('rates')
    requireInTime(event, area, firstPeriod)
    const known = areaOf(area)[which] as Map<number, unknown>
    for (let start = 0; start + RATES_LENGTH <= bytes.length; start += RATES_LENGTH) {
      const period = firstPeriod + start / RATES_LENGTH
      if (known.has(period)) differ('areas', 'its rates were published twice', { ...placeOf(event), area, period })
      const rates = rateOf(signedAt(bytes, start), signedAt(bytes, start + 3))
      requireValid({ ...areaOf(area).tariff, ...rates }, event, area)
      known.set(period, rates)
    }
  }

  const requireInTime = (event: LedgerEvent, area: number, period: number): void => {
    const gateClosure = period * SECONDS_PER_PERIOD - areaOf(area).calendar.gateClosureLead
    if (event.time >= gateClosure) {
      differ('areas', 'rates were set when orders that rely on them were binding already', {
        ...placeOf(event),
        area,
        period,
      })
    }
  }

  const requireValid = (tariff: Tariff, event: LedgerEvent, area: number): Tariff => {
    const { retail, feedIn, grid, gridLocal, levy, platformFee } = tariff
    if (feedIn > retail || gridLocal > grid || gridLocal < 0 || levy < 0 || platformFee < 0) {
      differ('areas', 'a tariff was set that breaks the rules of tariffs', { ...placeOf(event), area })
    }
    return tariff
  }

  return {
    see,
    numbers: (): number[] => [...areas.keys()],
    calendarOf: (area: number): Calendar => areaOf(area).calendar,
    openedAtOf: (area: number): number => areaOf(area).openedAt,
    /** Unix seconds. */
    gateClosureOf: (area: number, period: number): number =>
      period * SECONDS_PER_PERIOD - areaOf(area).calendar.gateClosureLead,
    isTraded: (area: number, period: number): boolean => {
      const { firstPeriod, lastPeriod } = areaOf(area).calendar
      return period >= firstPeriod && period <= lastPeriod
    },
    tariffOf: (area: number, period: number): Tariff => {
      const { tariff, energyRates, gridRates } = areaOf(area)
      return { ...tariff, ...energyRates.get(period), ...gridRates.get(period) }
    },
    /** The periods of the day that the area trades, ascending. */
    tradedPeriodsOf: (area: number, day: number): number[] => {
      const { firstPeriod, lastPeriod } = areaOf(area).calendar
      const first = Math.max(firstPeriod, day * PERIODS_PER_DAY)
      const last = Math.min(lastPeriod, (day + 1) * PERIODS_PER_DAY - 1)
      return Array.from({ length: Math.max(0, last - first + 1) }, (_, place) => first + place)
    },
  }
}

export type Areas = ReturnType<typeof createAreas>

/** Three bytes, two's complement. */
function signedAt(bytes: Uint8Array, start: number): number {
  const value = numberAt(bytes, start, 3)
  return value >= 2 ** 23 ? value - 2 ** 24 : value
}
