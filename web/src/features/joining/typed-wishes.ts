import type { Membership } from '../../../../services/domain/joining/wishes.ts'
import { PRICE_TICK, priceAtOrAbove, priceAtOrBelow, rate, SECONDS_PER_DAY } from '../../../../services/domain/units.ts'
import { parseDecimal, typedDecimal } from '../../lib/amount-input.ts'
import type { Neighbourhood } from '../../lib/api-client.ts'
import { dayKeyOf } from '../../lib/formats.ts'
import type { Wishes } from '../../lib/joining-client.ts'

/** As they stand in the form: euro per kWh, kWh, and a calendar day of the reader. */
export type TypedWishes = {
  readonly buyUpTo: string
  readonly sellFrom: string
  readonly quantity: string
  readonly lastDay: string
}

const KWH_DIGITS = 3
/** A tick is a ten-thousandth of a euro. */
const TICK_DIGITS = 4
const USUAL_DAYS = 365

/** What most would wish: to buy no dearer, and sell no cheaper, than the supplier would; all that the connection carries. */
export function usualWishesOf(
  { ledgerTime, tariff }: Pick<Neighbourhood, 'ledgerTime' | 'tariff'>,
  quantityLimitWh: number,
): TypedWishes {
  const retail = BigInt(tariff.retailMicroEuroPerKwh) - BigInt(tariff.platformFeeMicroEuroPerKwh)
  const ticksOf = (microEuro: bigint) => typedDecimal(microEuro / PRICE_TICK, TICK_DIGITS)
  return {
    buyUpTo: ticksOf(priceAtOrBelow(rate(retail))),
    sellFrom: ticksOf(priceAtOrAbove(rate(BigInt(tariff.feedInMicroEuroPerKwh)))),
    quantity: typedDecimal(BigInt(quantityLimitWh), KWH_DIGITS),
    lastDay: dayKeyOf(ledgerTime + USUAL_DAYS * SECONDS_PER_DAY),
  }
}

/** The wishes that were set before, as they stand in the form. */
export function typedWishesOf(wishes: Wishes): TypedWishes {
  const ticksOf = (microEuro: string) => typedDecimal(BigInt(microEuro) / PRICE_TICK, TICK_DIGITS)
  return {
    buyUpTo: ticksOf(wishes.buyUpToMicroEuroPerKwh),
    sellFrom: ticksOf(wishes.sellFromMicroEuroPerKwh ?? wishes.buyUpToMicroEuroPerKwh),
    quantity: typedDecimal(BigInt(wishes.quantityWh), KWH_DIGITS),
    lastDay: dayKeyOf(wishes.until),
  }
}

/** Throws an error in words for what no wish can be; a consumer names no price to sell from. */
export function wishesOf(typed: TypedWishes, membership: Membership): Wishes {
  const quantity = parseDecimal(typed.quantity, KWH_DIGITS)
  if (quantity === null || quantity <= 0n) throw new Error('The quantity is a number of kWh, to three decimals.')
  const until = new Date(`${typed.lastDay}T23:59:59`).getTime() / 1_000
  if (Number.isNaN(until)) throw new Error('Choose the last day on which the agent trades.')
  return {
    buyUpToMicroEuroPerKwh: microEuroOf(typed.buyUpTo),
    sellFromMicroEuroPerKwh: membership === 'consumer' ? null : microEuroOf(typed.sellFrom),
    quantityWh: quantity.toString(),
    until,
  }
}

function microEuroOf(text: string): string {
  const ticks = parseDecimal(text, TICK_DIGITS)
  if (ticks === null) throw new Error('Prices are numbers of euro per kWh, to four decimals.')
  return (ticks * PRICE_TICK).toString()
}
