import { DomainError } from '../errors.ts'
import { money, PERIODS_PER_DAY, type Money } from '../units.ts'
import { exposureOf, type ExposureRates } from './exposure.ts'
import { bindingOrdersOf, rankOf, type Order } from './order.ts'
import type { TradingKeyEntry } from './trading-key.ts'

/** Why an order takes no part in its session, as if it were not there. */
export type VoidReason =
  | 'order-unknown-key'
  | 'order-not-ascending'
  | 'order-expired'
  | 'order-outside-delegation'
  | 'order-over-limit'
  | 'order-over-allowance'
  | 'order-key-revoked'
  | 'order-signature-invalid'

/** What is known about an order when it is judged. */
export type ValidityContext = {
  /** Unix seconds. */
  readonly gateClosure: number
  readonly rates: ExposureRates
  /** Whoever signed the order as it stands: an address, lower-case; null where the signature is no canonical one. */
  readonly signer: string | null
  /** Unix seconds from which the entry's key signs nothing any more; null where it still does. */
  readonly revokedAt: number | null
  /** What the member's other valid order of the session puts at risk. */
  readonly otherExposure: Money
}

/** The first rule that the order breaks, judged by the key that it names; null where it is valid. */
export function validityOf(order: Order, entry: TradingKeyEntry | null, context: ValidityContext): VoidReason | null {
  if (entry === null || entry.trader !== order.trader) return 'order-unknown-key'
  if (order.expiry < context.gateClosure) return 'order-expired'
  if (!isWithinDelegation(order, entry)) return 'order-outside-delegation'
  if (order.quantity > entry.quantityLimit) return 'order-over-limit'
  if (context.otherExposure + exposureOf(order, context.rates) > entry.allowance) return 'order-over-allowance'
  if (context.revokedAt !== null && context.revokedAt <= context.gateClosure) return 'order-key-revoked'
  return context.signer === entry.key ? null : 'order-signature-invalid'
}

/** An order under the key that it names; the entry is null where the day has no such key. */
export type KeyedOrder<T extends Order> = { readonly order: T; readonly entry: TradingKeyEntry | null }

/** An order of the operator's batch, with all that its validity depends on but the orders before it. */
export type BatchOrder<T extends Order> = KeyedOrder<T> & Pick<ValidityContext, 'signer' | 'revokedAt'>

export type VoidOrder<K> = { readonly keyed: K; readonly reason: VoidReason }

type Session = Pick<ValidityContext, 'gateClosure' | 'rates'>

/**
 * Parts a batch, in its sequence, into valid orders and void ones. A void order moves neither the rank that the next one
 * has to exceed nor what its member has at risk.
 */
export function validOrdersOf<T extends Order, K extends BatchOrder<T>>(
  batch: readonly K[],
  { gateClosure, rates }: Session,
): { valid: K[]; voided: VoidOrder<K>[] } {
  const valid: K[] = []
  const voided: VoidOrder<K>[] = []
  let last = { rank: -1, trader: 0, exposure: money(0n) }
  for (const keyed of batch) {
    const { order, entry, signer, revokedAt } = keyed
    const otherExposure = last.trader === order.trader ? last.exposure : money(0n)
    const isAscending = entry === null || rankOf(order) > last.rank
    const reason = isAscending
      ? validityOf(order, entry, { gateClosure, rates, signer, revokedAt, otherExposure })
      : 'order-not-ascending'
    if (reason === null) {
      valid.push(keyed)
      last = { rank: rankOf(order), trader: order.trader, exposure: exposureOf(order, rates) }
    } else voided.push({ keyed, reason })
  }
  return { valid, voided }
}

/**
 * The orders that count in a session, by rank, out of the valid ones of the batch and those opened on the ledger, each by
 * rank with at most one order a rank. Of the same rank the greater salt counts, at a tie the opened one; then an offer
 * drops out that puts more at risk, together with its member's bid, than the allowance.
 */
export function countingOrdersOf<T extends Order, K extends KeyedOrder<T>>(
  valid: readonly K[],
  opened: readonly K[],
  rates: ExposureRates,
): K[] {
  const merged = bindingOrdersOf([...opened, ...valid].map((keyed) => ({ ...rankFieldsOf(keyed.order), keyed })))
  let bid: T | null = null
  return merged.flatMap(({ keyed }) => {
    const { order, entry } = keyed
    if (order.side === 'bid') {
      bid = order
      return [keyed]
    }
    const bidExposure = bid !== null && bid.trader === order.trader ? exposureOf(bid, rates) : 0n
    return bidExposure + exposureOf(order, rates) > (entry?.allowance ?? 0n) ? [] : [keyed]
  })
}

/** The reason in words, for whoever placed the order. */
export function voidOrderError(
  reason: VoidReason,
  order: Order,
  entry: TradingKeyEntry | null,
  context: Pick<ValidityContext, 'gateClosure' | 'rates' | 'otherExposure'>,
): DomainError {
  return new DomainError(reason, wordsOf(reason, order, entry, context), { trader: order.trader })
}

function wordsOf(
  reason: VoidReason,
  order: Order,
  entry: TradingKeyEntry | null,
  { gateClosure, rates, otherExposure }: Pick<ValidityContext, 'gateClosure' | 'rates' | 'otherExposure'>,
): string {
  switch (reason) {
    case 'order-unknown-key':
      return `the order names a key that trader ${order.trader} did not have when the day's keys were published`
    case 'order-not-ascending':
      return `trader ${order.trader} has another ${order.side} in the batch, or the batch is not by trader and side`
    case 'order-expired':
      return `the order expires at ${order.expiry}, before its gate closes at ${gateClosure} (unix seconds)`
    case 'order-outside-delegation':
      return `the key ${entry?.key} may not sign this ${order.side}: its side, price or period is outside its limits`
    case 'order-over-limit':
      return `the order is for ${order.quantity} Wh, and its key may trade at most ${entry?.quantityLimit} Wh in one order`
    case 'order-over-allowance':
      return (
        `the order puts ${exposureOf(order, rates)} micro-euro at risk` +
        (otherExposure === 0n ? '' : `, the member's other order ${otherExposure}`) +
        `, and its allowance for one session is ${entry?.allowance} micro-euro: deposit more for the days to come`
      )
    case 'order-key-revoked':
      return `the key ${entry?.key} was revoked by the time the gate closed`
    case 'order-signature-invalid':
      return `the order was not signed, as it stands, by the key ${entry?.key}`
  }
}

function isWithinDelegation(order: Order, entry: TradingKeyEntry): boolean {
  const isSideAllowed = order.side === 'bid' ? entry.mayBid : entry.mayOffer
  const isPeriodAllowed = order.deliveryPeriod % PERIODS_PER_DAY < entry.validPeriods
  const isPriceAllowed = order.limitPrice >= entry.lowestPrice && order.limitPrice <= entry.highestPrice
  return isSideAllowed && isPeriodAllowed && isPriceAllowed
}

function rankFieldsOf({ trader, side, salt }: Order): Pick<Order, 'trader' | 'side' | 'salt'> {
  return { trader, side, salt }
}
