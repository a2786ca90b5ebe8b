import { DomainError } from './errors.ts'

declare const unit: unique symbol
type Unit<Name extends string> = { readonly [unit]: Name }

/** Energy in Wh, never negative; its direction has a name. */
export type EnergyWh = bigint & Unit<'Wh'>
/** Energy in Wh; positive flows towards the prosumer. */
export type SignedWh = bigint & Unit<'signed Wh'>
/** Power in W, the mean of a delivery period, never negative; its direction has a name. */
export type PowerW = bigint & Unit<'W'>
/** Power in W, the mean of a delivery period; positive flows towards the prosumer. */
export type SignedW = bigint & Unit<'signed W'>
/** Price of an order or a clearing: signed micro-euro per kWh, on a tick of 100, from -500,000 to 4,000,000. */
export type Price = bigint & Unit<'micro-euro per kWh, on tick'>
/** Rate of a tariff: signed micro-euro per kWh, not bound to ticks. */
export type Rate = bigint & Unit<'micro-euro per kWh'>
/** Signed micro-euro. A positive payment is paid by the account, a negative one is received. */
export type Money = bigint & Unit<'micro-euro'>
/** A UTC quarter-hour: `floor(unix / 900)`. */
export type DeliveryPeriod = number & Unit<'delivery period'>
/** A UTC day as a count from the epoch: `floor(unix / 86400)`. It always has 96 delivery periods. */
export type TradingDay = number & Unit<'trading day'>

export const SECONDS_PER_PERIOD = 900
export const PERIODS_PER_DAY = 96
export const SECONDS_PER_DAY = SECONDS_PER_PERIOD * PERIODS_PER_DAY
export const PRICE_TICK = 100n
export const LOWEST_PRICE = -500_000n as Price
export const HIGHEST_PRICE = 4_000_000n as Price

const LAST_PERIOD = 2 ** 32 - 1
const LARGEST_ENERGY = 2n ** 64n - 1n
const LARGEST_POWER = 2n ** 31n - 1n

/** Throws `energy-out-of-range` below 0 or above 2^64 - 1. */
export function energyWh(value: bigint): EnergyWh {
  if (value < 0n || value > LARGEST_ENERGY) {
    throw new DomainError('energy-out-of-range', `${value} Wh is not a quantity of energy: give 0 or more`, { value })
  }
  return value as EnergyWh
}

export function signedWh(value: bigint): SignedWh {
  return value as SignedWh
}

/** Throws `power-out-of-range` below 0 or above 2^31 - 1. */
export function powerW(value: bigint): PowerW {
  if (value < 0n || value > LARGEST_POWER) {
    throw new DomainError('power-out-of-range', `${value} W is not a power: give 0 to ${LARGEST_POWER}`, { value })
  }
  return value as PowerW
}

/** Throws `power-out-of-range` beyond 2^31 - 1 in either direction. */
export function signedW(value: bigint): SignedW {
  powerW(value < 0n ? -value : value)
  return value as SignedW
}

/** What a mean power makes of energy in one delivery period: a quarter of the watts, rounded down to the Wh. */
export function energyOver(power: PowerW): EnergyWh {
  return energyWh((power * BigInt(SECONDS_PER_PERIOD)) / 3_600n)
}

/** Throws `price-out-of-range` or `price-off-tick`. */
export function price(value: bigint): Price {
  if (value < LOWEST_PRICE || value > HIGHEST_PRICE) {
    throw new DomainError(
      'price-out-of-range',
      `${value} micro-euro per kWh is outside ${LOWEST_PRICE} to ${HIGHEST_PRICE}`,
      { value },
    )
  }
  if (value % PRICE_TICK !== 0n) {
    throw new DomainError('price-off-tick', `${value} micro-euro per kWh is not a multiple of ${PRICE_TICK}`, { value })
  }
  return value as Price
}

/** The highest tick at or below the rate, within the price range. */
export function priceAtOrBelow(rate: Rate): Price {
  return clampPrice(floorDivide(rate, PRICE_TICK) * PRICE_TICK)
}

/** The lowest tick at or above the rate, within the price range. */
export function priceAtOrAbove(rate: Rate): Price {
  return clampPrice(-floorDivide(-rate, PRICE_TICK) * PRICE_TICK)
}

export function rate(value: bigint): Rate {
  return value as Rate
}

export function money(value: bigint): Money {
  return value as Money
}

/** Throws `period-out-of-range` unless a whole number from 0 to 2^32 - 1. */
export function deliveryPeriod(value: number): DeliveryPeriod {
  if (!Number.isInteger(value) || value < 0 || value > LAST_PERIOD) {
    throw new DomainError('period-out-of-range', `${value} is not a delivery period: give unix seconds / 900`, {
      value,
    })
  }
  return value as DeliveryPeriod
}

/** The delivery period that contains the instant, in unix seconds. */
export function deliveryPeriodAt(unixSeconds: number): DeliveryPeriod {
  return deliveryPeriod(Math.floor(unixSeconds / SECONDS_PER_PERIOD))
}

/** The UTC day in which the period's energy flows. */
export function tradingDayOf(period: DeliveryPeriod): TradingDay {
  return Math.floor(period / PERIODS_PER_DAY) as TradingDay
}

/** The UTC day that contains the instant, in unix seconds. */
export function tradingDayAt(unixSeconds: number): TradingDay {
  return tradingDayOf(deliveryPeriodAt(unixSeconds))
}

/** Throws `day-out-of-range` unless a whole number of days that delivery periods reach. */
export function tradingDay(value: number): TradingDay {
  if (!Number.isInteger(value) || value < 0 || value > Math.floor(LAST_PERIOD / PERIODS_PER_DAY)) {
    throw new DomainError('day-out-of-range', `${value} is not a trading day: give unix seconds / 86400`, { value })
  }
  return value as TradingDay
}

/** The first of the day's 96 delivery periods. */
export function firstPeriodOf(day: TradingDay): DeliveryPeriod {
  return deliveryPeriod(day * PERIODS_PER_DAY)
}

/** The last of the day's 96 delivery periods. */
export function lastPeriodOf(day: TradingDay): DeliveryPeriod {
  return deliveryPeriod(day * PERIODS_PER_DAY + PERIODS_PER_DAY - 1)
}

/** Unix seconds at which the day starts. */
export function startOfDay(day: TradingDay): number {
  return day * SECONDS_PER_DAY
}

/** Unix seconds at which the day ends. */
export function endOfDay(day: TradingDay): number {
  return (day + 1) * SECONDS_PER_DAY
}

/** Unix seconds at which delivery starts. */
export function startOf(period: DeliveryPeriod): number {
  return period * SECONDS_PER_PERIOD
}

/** Unix seconds at which delivery ends. */
export function endOf(period: DeliveryPeriod): number {
  return (period + 1) * SECONDS_PER_PERIOD
}

/** Quotient rounded towards minus infinity; the divisor is positive. */
export function floorDivide(dividend: bigint, divisor: bigint): bigint {
  const quotient = dividend / divisor
  return dividend % divisor < 0n ? quotient - 1n : quotient
}

function clampPrice(value: bigint): Price {
  if (value < LOWEST_PRICE) return LOWEST_PRICE
  return (value > HIGHEST_PRICE ? HIGHEST_PRICE : value) as Price
}
