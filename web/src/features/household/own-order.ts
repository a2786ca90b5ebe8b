import { dailyKeyOf } from '../../../../services/chain/daily-keys.ts'
import { signOrder } from '../../../../services/chain/orders.ts'
import { addressOfKey, signingDomainOf } from '../../../../services/chain/typed-data.ts'
import { formatOrder, requireValidOrder, type Order } from '../../../../services/domain/market/order.ts'
import {
  deliveryPeriod,
  energyWh,
  price,
  PRICE_TICK,
  startOf,
  tradingDayOf,
  type TradingDay,
} from '../../../../services/domain/units.ts'
import { account } from '../../lib/account-client.ts'
import { parseDecimal } from '../../lib/amount-input.ts'
import { readLedgerIdentity } from '../../lib/joining-client.ts'
import { withTradingKey } from '../../lib/trading-key.ts'

/** What a person wants, as it was typed. */
export type OwnOrder = {
  readonly memberId: number
  readonly area: number
  readonly period: number
  readonly side: Order['side']
  /** kWh, and euro per kWh. */
  readonly quantity: string
  readonly limitPrice: string
}

export type PlacedOrder = Awaited<ReturnType<typeof account.placeOrder>>
type Trader = Awaited<ReturnType<typeof account.trader>>

const KWH_DIGITS = 3
/** A tick is a ten-thousandth of a euro. */
const TICK_DIGITS = 4
const OWN_BIT = 1n << 63n
const MILLISECOND_BITS = 41
const RANDOM_BITS = 22n

/** Signs the order with a trading key of this browser, and places it. */
export async function placeOwnOrder(wish: OwnOrder, tradingKey: string): Promise<PlacedOrder> {
  const day = tradingDayOf(deliveryPeriod(wish.period))
  const trader = await account.trader(wish.memberId, day)
  const salt = saltOf(Date.now(), crypto.getRandomValues(new Uint32Array(1))[0]!)
  const order = orderOf(wish, trader.trader, salt)
  const { chainId, contracts } = await readLedgerIdentity()
  const domain = signingDomainOf(chainId, contracts['callAuction']!)
  const signature = await withTradingKey(tradingKey, (key) =>
    signOrder(domain, order, keyOfDay(key, trader, wish.area, day)),
  )
  return account.placeOrder({ ...formatOrder(order), signature })
}

/** The key with which this day's orders are signed. Throws where the day's keys name another than the home's own. */
function keyOfDay(tradingKey: string, { draw, key }: Trader, area: number, day: TradingDay): string {
  const keys = draw === null ? [tradingKey] : [dailyKeyOf(tradingKey, area, day, draw), tradingKey]
  // A key of which the market was told after it published the day's keys is among them as it is.
  const own = keys.find((each) => addressOfKey(each) === key)
  if (own !== undefined) return own
  throw new Error(
    'The keys that are published for this day have another one for this home than yours: it was given to the market only ' +
      'afterwards, or somebody else trades in its name. From tomorrow’s keys on it is yours, or ask the market operator.',
  )
}

/** Throws an error in words for what cannot be an order. */
export function orderOf({ area, period, side, quantity, limitPrice }: OwnOrder, trader: number, salt: bigint): Order {
  const wh = parseDecimal(quantity, KWH_DIGITS)
  if (wh === null || wh < 0n) throw new Error('The quantity is a number of kWh, to three decimals: 0 or more.')
  const ticks = parseDecimal(limitPrice, TICK_DIGITS)
  if (ticks === null) throw new Error('The price is a number of euro per kWh, to four decimals.')
  const start = deliveryPeriod(period)
  return requireValidOrder({
    trader,
    area,
    deliveryPeriod: start,
    side,
    quantity: energyWh(wh),
    limitPrice: price(ticks * PRICE_TICK),
    expiry: startOf(start),
    salt,
  })
}

/**
 * The salt of an order that a person signs: greater than any of its agent's, whose first bit is not set, than that of the
 * person's orders before, and not to be guessed.
 */
export function saltOf(unixMilliseconds: number, random: number): bigint {
  const time = BigInt.asUintN(MILLISECOND_BITS, BigInt(unixMilliseconds))
  return OWN_BIT | (time << RANDOM_BITS) | BigInt.asUintN(Number(RANDOM_BITS), BigInt(random))
}
