import { DomainError } from '../errors.ts'
import { energyWh, HIGHEST_PRICE, LOWEST_PRICE, PRICE_TICK, type EnergyWh, type Price } from '../units.ts'
import { shareOf, takeShare } from './clearing-share.ts'

/**
 * The orders of a session in columns, in the sequence in which the ledger takes them. An order of 0 Wh takes no part,
 * so one that is cancelled or void may stay in its place with no quantity.
 */
export type OrderBook = {
  /** Wh below 2^31; the top bit is set for an offer. */
  readonly quantities: Uint32Array
  /** Numbers of the limits' ticks: 0 is the lowest price, 45,000 the highest. */
  readonly ticks: Uint16Array
}

/** The sums that prove a price to the ledger, in Wh; all zero, with a zero price, claims that nothing crosses. */
export type ClearingClaim = {
  readonly price: Price
  readonly bidsAtOrAbove: EnergyWh
  readonly bidsAbove: EnergyWh
  readonly offersAtOrBelow: EnergyWh
  readonly offersBelow: EnergyWh
}

export type BookClearing = {
  /** Null where nothing crosses. */
  readonly price: Price | null
  /** Every price in it clears the market; `price` is its midpoint, rounded to the tick towards zero. */
  readonly interval: { readonly lowest: Price; readonly highest: Price } | null
  readonly volume: EnergyWh
  /** What each order buys or sells, in Wh, in the sequence of the book. */
  readonly fills: Uint32Array
  readonly claim: ClearingClaim
}

/**
 * What is bid and offered at each tick from `first` on: bids at even places, offers at odd ones.
 *
 * Doubles hold these sums exactly: at most 2^20 orders of less than 2^31 Wh add up to less than 2^51, and every whole
 * number up to 2^53 is a double. Nothing here divides but `takeShare`, which says why it is exact.
 */
type Levels = { readonly first: number; readonly sums: Float64Array }

/** Four sums at a price, in Wh, as in the claim. */
type Sums = Record<'bidsAtOrAbove' | 'bidsAbove' | 'offersAtOrBelow' | 'offersBelow', number>

const ORDER_LIMIT = 2 ** 20
const HIGHEST_TICK = Number((HIGHEST_PRICE - LOWEST_PRICE) / PRICE_TICK)
/** The tick whose price is zero: prices round towards it. */
const ZERO_TICK = Number(-LOWEST_PRICE / PRICE_TICK)

const OFFER_BIT = 0x8000_0000
export const LARGEST_QUANTITY = 0x7fff_ffff

const NO_SUMS: Sums = { bidsAtOrAbove: 0, bidsAbove: 0, offersAtOrBelow: 0, offersBelow: 0 }

/** The price's tick number, from 0 for the lowest price to 45,000 for the highest. */
export function tickOf(price: Price): number {
  return Number((price - LOWEST_PRICE) / PRICE_TICK)
}

export function priceOf(tick: number): Price {
  return (LOWEST_PRICE + BigInt(tick) * PRICE_TICK) as Price
}

/** An entry of the quantities column; the quantity is a whole number of Wh below 2^31. */
export function bookedQuantity(side: 'bid' | 'offer', quantity: number): number {
  return side === 'bid' ? quantity : quantity + OFFER_BIT
}

/**
 * The uniform price of a call auction and what every order gets, a pure function of the book.
 * Throws `orders-too-many` above 2^20 orders, `price-out-of-range` for a tick above 45,000.
 */
export function clearBook(book: OrderBook): BookClearing {
  const count = book.quantities.length
  if (count > ORDER_LIMIT) {
    throw new DomainError('orders-too-many', `${count} orders are more than ${ORDER_LIMIT}, which one session may have`)
  }
  const levels = levelsOf(book)
  const interval = intervalOf(levels)
  if (interval === null) {
    return { price: null, interval, volume: energyWh(0n), fills: new Uint32Array(count), claim: claimOf(ZERO_TICK) }
  }

  const tick = ZERO_TICK + Math.trunc((interval.lowest + interval.highest) / 2 - ZERO_TICK)
  const sums = sumsAt(tick, levels)
  const volume = Math.min(sums.bidsAtOrAbove, sums.offersAtOrBelow)
  return {
    price: priceOf(tick),
    interval: { lowest: priceOf(interval.lowest), highest: priceOf(interval.highest) },
    volume: energyWh(BigInt(volume)),
    fills: fillsOf(book, tick, sums, volume),
    claim: claimOf(tick, sums),
  }
}

function levelsOf({ quantities, ticks }: OrderBook): Levels {
  let first = HIGHEST_TICK
  let last = 0
  for (let position = 0; position < ticks.length; position += 1) {
    const tick = ticks[position]!
    if (tick < first) first = tick
    if (tick > last) last = tick
  }
  if (last > HIGHEST_TICK) {
    throw new DomainError('price-out-of-range', `tick ${last} is above ${HIGHEST_TICK}, the highest price's`)
  }

  const sums = new Float64Array(Math.max(0, 2 * (last - first + 1)))
  for (let position = 0; position < ticks.length; position += 1) {
    const booked = quantities[position]!
    const place = ((ticks[position]! - first) << 1) | (booked >>> 31)
    sums[place] = sums[place]! + (booked & LARGEST_QUANTITY)
  }
  return { first, sums }
}

/**
 * The ticks that leave nothing strictly better than themselves unfilled: from the lowest limit at which the offers
 * at or below it cover the bids above it, to the highest at which the bids at or above it cover the offers below it.
 */
function intervalOf({ first, sums }: Levels): { lowest: number; highest: number } | null {
  let bidsAbove = 0
  for (let place = 0; place < sums.length; place += 2) bidsAbove += sums[place]!
  let offersBelow = 0
  let lowest = -1
  let highest = -1
  let crosses = false

  for (let place = 0; place < sums.length; place += 2) {
    const bids = sums[place]!
    const offers = sums[place + 1]!
    if (bids === 0 && offers === 0) continue
    const bidsAtOrAbove = bidsAbove
    bidsAbove -= bids
    const offersAtOrBelow = offersBelow + offers
    if (bidsAtOrAbove > 0 && offersAtOrBelow > 0) crosses = true
    if (lowest === -1 && bidsAbove <= offersAtOrBelow) lowest = first + (place >> 1)
    if (offersBelow <= bidsAtOrAbove) highest = first + (place >> 1)
    offersBelow = offersAtOrBelow
  }
  return crosses ? { lowest, highest } : null
}

/** The four sums at a tick between the lowest and the highest level. */
function sumsAt(tick: number, { first, sums }: Levels): Sums {
  const at = 2 * (tick - first)
  let bidsAbove = 0
  let offersBelow = 0
  for (let place = at + 2; place < sums.length; place += 2) bidsAbove += sums[place]!
  for (let place = 1; place < at; place += 2) offersBelow += sums[place]!
  return {
    bidsAtOrAbove: bidsAbove + sums[at]!,
    bidsAbove,
    offersAtOrBelow: offersBelow + sums[at + 1]!,
    offersBelow,
  }
}

/** Strictly better orders whole; at the price each side shares its rest pro rata by cumulative rounding. */
function fillsOf({ quantities, ticks }: OrderBook, price: number, sums: Sums, volume: number): Uint32Array {
  const bids = shareOf(volume - sums.bidsAbove, sums.bidsAtOrAbove - sums.bidsAbove)
  const offers = shareOf(volume - sums.offersBelow, sums.offersAtOrBelow - sums.offersBelow)
  const fills = new Uint32Array(quantities.length)
  for (let position = 0; position < fills.length; position += 1) {
    const booked = quantities[position]!
    const quantity = booked & LARGEST_QUANTITY
    const distance = ticks[position]! - price
    if (distance === 0) {
      fills[position] = takeShare(booked >>> 31 === 0 ? bids : offers, quantity)
      continue
    }
    // Without a branch on the side, which no processor can foresee: -1, all ones, where the limit is better.
    const isBetter = (distance >> 31) ^ ~(booked >> 31)
    fills[position] = quantity & isBetter
  }
  return fills
}

function claimOf(
  tick: number,
  { bidsAtOrAbove, bidsAbove, offersAtOrBelow, offersBelow }: Sums = NO_SUMS,
): ClearingClaim {
  return {
    price: priceOf(tick),
    bidsAtOrAbove: energyWh(BigInt(bidsAtOrAbove)),
    bidsAbove: energyWh(BigInt(bidsAbove)),
    offersAtOrBelow: energyWh(BigInt(offersAtOrBelow)),
    offersBelow: energyWh(BigInt(offersBelow)),
  }
}
