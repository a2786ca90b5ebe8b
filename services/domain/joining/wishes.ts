import { DomainError } from '../errors.ts'
import type { Delegation } from '../market/trading-key.ts'
import { LOWEST_PRICE, type EnergyWh, type Price } from '../units.ts'

/** With which a home joins; a consumer only buys. */
export type Membership = 'prosumer' | 'consumer'

/** Within what the agent trades for a home. */
export type Wishes = {
  readonly buyUpTo: Price
  /** Null for a consumer. */
  readonly sellFrom: Price | null
  /** The most in one order. */
  readonly quantity: EnergyWh
  /** Unix seconds by the ledger's clock. */
  readonly until: number
}

const SECONDS_PER_HOUR = 3_600
const QUARTERS_PER_HOUR = 4
const LARGEST_EXPIRY = 2 ** 32 - 1

/** The most that one order of a connection may be for: what it carries in a quarter-hour, in Wh, rounded up. */
export function quantityLimitOf(capacityW: number): number {
  return Math.ceil(capacityW / QUARTERS_PER_HOUR)
}

/** Throws `wishes-invalid`, saying which of them cannot be. `now` is the ledger's clock, in unix seconds. */
export function requireWishes(
  wishes: Wishes,
  home: { readonly membership: Membership; readonly capacityW: number; readonly now: number },
): Wishes {
  const { buyUpTo, sellFrom, quantity, until } = wishes
  const limit = quantityLimitOf(home.capacityW)
  if (quantity > limit)
    throw invalid(`the connection carries at most ${limit} Wh in a quarter-hour, not ${quantity} Wh`)
  if (quantity === 0n) throw invalid('an order is for 1 Wh at least')
  if (home.membership === 'consumer' && sellFrom !== null)
    throw invalid('a consumer only buys: name no price to sell from')
  if (home.membership === 'prosumer') {
    if (sellFrom === null) throw invalid('name the price from which to sell')
    // One pair of prices bounds both sides on the ledger.
    if (sellFrom > buyUpTo)
      throw invalid(`it cannot sell from ${sellFrom} and buy up to ${buyUpTo} micro-euro per kWh only`)
  }
  if (until > LARGEST_EXPIRY) throw invalid('the agent cannot trade that long')
  if (until < home.now + SECONDS_PER_HOUR) throw invalid('the agent is to trade for an hour at least')
  return wishes
}

/** What the member signs so that the key trades within its wishes, and no further. */
export function delegationOf(wishes: Wishes, membership: Membership, key: string): Delegation {
  return {
    key,
    mayBid: true,
    mayOffer: membership === 'prosumer',
    quantityLimit: wishes.quantity,
    lowestPrice: wishes.sellFrom ?? LOWEST_PRICE,
    highestPrice: wishes.buyUpTo,
    expiry: wishes.until,
  }
}

/** Whether one allows the same as the other, to the same key. */
export function isSameDelegation(one: Delegation, other: Delegation): boolean {
  return (
    one.key === other.key &&
    one.mayBid === other.mayBid &&
    one.mayOffer === other.mayOffer &&
    one.quantityLimit === other.quantityLimit &&
    one.lowestPrice === other.lowestPrice &&
    one.highestPrice === other.highestPrice &&
    one.expiry === other.expiry
  )
}

function invalid(message: string): DomainError {
  return new DomainError('wishes-invalid', message)
}
