import { energyWh, HIGHEST_PRICE, LOWEST_PRICE, money } from '../units.ts'
import type { TradingKeyEntry } from './trading-key.ts'

/** An entry of the trader with the key: of every delivery period, either side and any price. */
export function tradingKeyEntry(trader: number, key: string): TradingKeyEntry {
  return {
    index: trader,
    trader,
    key,
    mayBid: true,
    mayOffer: true,
    validPeriods: 96,
    quantityLimit: energyWh(1_000n),
    lowestPrice: LOWEST_PRICE,
    highestPrice: HIGHEST_PRICE,
    allowance: money(100_000n),
  }
}
