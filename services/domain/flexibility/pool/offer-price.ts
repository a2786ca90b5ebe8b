import { DomainError } from '../../errors.ts'
import { rate, type Money, type PowerW, type Rate } from '../../units.ts'
import { FULL_EFFECT_PPM } from '../merit-order/candidate.ts'
import { flexPriceAtOrBelow, FLEX_PRICE_STEP } from '../trading/flex-price.ts'

/** What an aggregator has to have for a kWh beside what owners ask, and how its pool shares what is paid. */
export type PoolTerms = {
  /** Of what is paid for delivery the aggregator keeps so much, in thousandths. */
  readonly feePermille: number
  /** What it pays the suppliers for the energy that its members delivered (see `supplierCompensationOf`); 0 where negative. */
  readonly compensation: Rate
  /** On top of what it costs, in thousandths. */
  readonly marginPermille: number
}

const PERMILLE = 1_000n
/** Of a power held for a period, four make energy of an hour, and a thousand W a kW. */
const WATT_PERIODS_PER_KWH = 4_000n

/**
 * What has to be paid for a kWh, in micro-euro, so that members get what they ask after the fee, and the fee pays the
 * suppliers' compensation; both with the margin, rounded up. Throws `pool-fee-covers-nothing` where no price would do, since
 * the aggregator keeps nothing or all of what is paid.
 */
export function unitPriceOf(ask: Rate, { feePermille, compensation, marginPermille }: PoolTerms): Rate {
  const fee = BigInt(feePermille)
  const forMembers = partPrice(ask, PERMILLE - fee)
  const forSuppliers = partPrice(compensation > 0n ? compensation : 0n, fee)
  const cost = forMembers > forSuppliers ? forMembers : forSuppliers
  return rate(roundedUp(cost * (PERMILLE + BigInt(marginPermille)), PERMILLE))
}

function partPrice(amount: bigint, permille: bigint): bigint {
  if (amount === 0n) return 0n
  if (permille > 0n) return roundedUp(amount * PERMILLE, permille)
  throw new DomainError('pool-fee-covers-nothing', `no price pays ${amount} micro-euro per kWh out of none of it`)
}

/** The price of powers, each held for a period, in micro-euro, rounded up to four decimals of a euro. */
export function offerPriceOf(unitPrice: Rate, powers: readonly PowerW[]): bigint {
  const power = powers.reduce((sum, one) => sum + one, 0n)
  return roundedUp(unitPrice * power, WATT_PERIODS_PER_KWH * FLEX_PRICE_STEP) * FLEX_PRICE_STEP
}

/** The most that the request's cap lets the powers cost, in micro-euro, rounded down to four decimals of a euro. */
export function mostPriceOf(
  { priceCap, effectPpm }: { readonly priceCap: Rate; readonly effectPpm: number },
  powers: readonly PowerW[],
): Money {
  const power = powers.reduce((sum, one) => sum + one, 0n)
  return flexPriceAtOrBelow((priceCap * power * BigInt(effectPpm)) / (WATT_PERIODS_PER_KWH * BigInt(FULL_EFFECT_PPM)))
}

function roundedUp(dividend: bigint, divisor: bigint): bigint {
  return (dividend + divisor - 1n) / divisor
}
