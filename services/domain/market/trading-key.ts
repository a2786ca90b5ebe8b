import type { EnergyWh, Money, Price } from '../units.ts'

/** A key that may trade for a member on one day, with its limits, as published for that day. */
export type TradingKeyEntry = {
  /** Its place among the keys of its area and day, from 0: packed orders name their key by it. */
  readonly index: number
  readonly trader: number
  /** Address, lower-case; of a contract where a contract account trades. */
  readonly key: string
  readonly mayBid: boolean
  readonly mayOffer: boolean
  /** So many of the day's 96 periods, from its start, may the key trade in. */
  readonly validPeriods: number
  /** The most that one order may be for. */
  readonly quantityLimit: EnergyWh
  readonly lowestPrice: Price
  readonly highestPrice: Price
  /** The most that the member's orders of one session may put at risk together. */
  readonly allowance: Money
}

/** A key to which a member delegates its trading, within limits. */
export type Delegation = {
  /** Address, lower-case. */
  readonly key: string
  readonly mayBid: boolean
  readonly mayOffer: boolean
  readonly quantityLimit: EnergyWh
  readonly lowestPrice: Price
  readonly highestPrice: Price
  /** Unix seconds: sessions whose gate closes later are out of its reach. */
  readonly expiry: number
}
