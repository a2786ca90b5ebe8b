import { SECONDS_PER_DAY, SECONDS_PER_PERIOD } from '../../../services/domain/units.ts'

/** How finely energy is written: for reading at a glance, or to the Wh. */
export type EnergyPrecision = 'short' | 'exact'
/** How finely money is written: to the cent, to a hundredth of a cent, or to the micro-euro. */
export type MoneyPrecision = 'short' | 'fine' | 'exact'

const LOCALE = 'en-GB'
const euro = (fewest: number, most: number) =>
  new Intl.NumberFormat(LOCALE, {
    style: 'currency',
    currency: 'EUR',
    minimumFractionDigits: fewest,
    maximumFractionDigits: most,
  })
const number = (fewest: number, most: number) =>
  new Intl.NumberFormat(LOCALE, { minimumFractionDigits: fewest, maximumFractionDigits: most })

const FORMATS = {
  euroShort: euro(2, 2),
  euroFine: euro(4, 4),
  euroExact: euro(6, 6),
  price: euro(4, 4),
  priceExact: euro(4, 6),
  whole: number(0, 0),
  one: number(1, 1),
  two: number(2, 2),
  three: number(3, 3),
  time: new Intl.DateTimeFormat(LOCALE, { hour: '2-digit', minute: '2-digit' }),
  seconds: new Intl.DateTimeFormat(LOCALE, { hour: '2-digit', minute: '2-digit', second: '2-digit' }),
  day: new Intl.DateTimeFormat(LOCALE, { weekday: 'short', day: 'numeric', month: 'short' }),
  longDay: new Intl.DateTimeFormat(LOCALE, { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' }),
  date: new Intl.DateTimeFormat(LOCALE, { day: 'numeric', month: 'short', year: 'numeric' }),
  utcDay: new Intl.DateTimeFormat(LOCALE, { weekday: 'short', day: 'numeric', month: 'short', timeZone: 'UTC' }),
  zone: new Intl.DateTimeFormat(LOCALE, { timeZoneName: 'short' }),
  isoDay: new Intl.DateTimeFormat('en-CA', { year: 'numeric', month: '2-digit', day: '2-digit' }),
  plural: new Intl.PluralRules(LOCALE),
}

/** The exact decimal of `value / 10^digits`, so that no amount ever passes through a float. */
export function decimalOf(value: bigint, digits: number): `${number}` {
  const sign = value < 0n ? '-' : ''
  const text = (value < 0n ? -value : value).toString().padStart(digits + 1, '0')
  return `${sign}${text.slice(0, -digits)}.${text.slice(-digits)}` as `${number}`
}

/** Energy in Wh, written in kWh without its unit: `3.2` or, exact, `3.217`. */
export function formatEnergy(wh: bigint, precision: EnergyPrecision = 'short'): string {
  const kwh = decimalOf(wh, 3)
  if (precision === 'exact') return FORMATS.three.format(kwh)
  const size = wh < 0n ? -wh : wh
  if (size < 10_000n) return FORMATS.two.format(kwh)
  return (size < 100_000n ? FORMATS.one : FORMATS.whole).format(kwh)
}

/** Mean power in W, written in kW without its unit. */
export function formatPower(watt: bigint): string {
  return (watt < 100_000n ? FORMATS.one : FORMATS.whole).format(decimalOf(watt, 3))
}

/** Micro-euro per kWh, written in euro without its unit: `€0.1523`. */
export function formatPrice(microEuroPerKwh: bigint): string {
  return (microEuroPerKwh % 100n === 0n ? FORMATS.price : FORMATS.priceExact).format(decimalOf(microEuroPerKwh, 6))
}

/** Micro-euro, in euro. What is less than a cent is never written as nothing, unless it is. */
export function formatMoney(microEuro: bigint, precision: MoneyPrecision = 'short'): string {
  const value = decimalOf(microEuro, 6)
  if (precision === 'exact') return FORMATS.euroExact.format(value)
  const size = microEuro < 0n ? -microEuro : microEuro
  const isTooSmall = size > 0n && size < 10_000n
  return (precision === 'fine' || isTooSmall ? FORMATS.euroFine : FORMATS.euroShort).format(value)
}

/** The quarter-hour in the reader's own time zone: `14:15–14:30`. */
export function formatPeriod(period: number): string {
  const start = period * SECONDS_PER_PERIOD
  return `${formatTime(start)}–${formatTime(start + SECONDS_PER_PERIOD)}`
}

export function formatTime(unixSeconds: number): string {
  return FORMATS.time.format(unixSeconds * 1000)
}

export function formatTimeWithSeconds(unixSeconds: number): string {
  return FORMATS.seconds.format(unixSeconds * 1000)
}

/** `Mon 1 Aug`, in the reader's own time zone. */
export function formatDay(unixSeconds: number): string {
  return FORMATS.day.format(unixSeconds * 1000)
}

/** `Mon 1 Aug UTC`: a day of settlement, which is the same everywhere. `day` counts from the epoch. */
export function formatUtcDay(day: number): string {
  return `${FORMATS.utcDay.format(day * SECONDS_PER_DAY * 1000)} UTC`
}

export function formatLongDay(unixSeconds: number): string {
  return FORMATS.longDay.format(unixSeconds * 1000)
}

/** `1 Aug 2016, 14:05`: an instant that may be years away. */
export function formatDate(unixSeconds: number): string {
  return `${FORMATS.date.format(unixSeconds * 1000)}, ${formatTime(unixSeconds)}`
}

/** `2016-08-01`, the reader's own calendar day: a key to group by. */
export function dayKeyOf(unixSeconds: number): string {
  return FORMATS.isoDay.format(unixSeconds * 1000)
}

/** Name of the reader's time zone at that time, such as `CEST`. */
export function timeZoneName(unixSeconds: number): string {
  return FORMATS.zone.formatToParts(unixSeconds * 1000).find((part) => part.type === 'timeZoneName')?.value ?? 'UTC'
}

/** `40 s`, `4 min 05 s`, `5 min`, or `1 h 04 min` from an hour up; never below zero. */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds))
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60]
  if (hours > 0) return minutes === 0 ? `${hours} h` : `${hours} h ${twoDigits(minutes)} min`
  if (minutes > 0) return rest === 0 ? `${minutes} min` : `${minutes} min ${twoDigits(rest)} s`
  return `${rest} s`
}

function twoDigits(count: number): string {
  return String(count).padStart(2, '0')
}

/** Wall-clock age in words: `just now`, `12 s ago`, `3 min ago`. */
export function formatAge(seconds: number): string {
  if (seconds < 3) return 'just now'
  if (seconds < 90) return `${Math.round(seconds)} s ago`
  if (seconds < 5400) return `${Math.round(seconds / 60)} min ago`
  return `${Math.round(seconds / 3600)} h ago`
}

export function formatCount(count: number | bigint): string {
  return FORMATS.whole.format(count)
}

/** `1 order`, `8 orders`; the number stays with its word. */
export function countOf(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)}\u00a0${FORMATS.plural.select(count) === 'one' ? one : many}`
}

/** `0x1234…cdef` */
export function shortenHash(hash: string): string {
  return hash.length <= 14 ? hash : `${hash.slice(0, 6)}…${hash.slice(-4)}`
}

/** A share of a whole in percent, rounded down to the whole percent; null where there is no whole. */
export function percentOf(part: bigint, whole: bigint): number | null {
  return whole <= 0n ? null : Number((part * 100n) / whole)
}
