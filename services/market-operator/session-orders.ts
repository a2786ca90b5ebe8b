import { isAcceptedByContract } from '../chain/contract-accounts.ts'
import type { Ledger } from '../chain/ledger.ts'
import { orderDomain, orderSignerOf } from '../chain/orders.ts'
import type { SigningDomain } from '../chain/typed-data.ts'
import { bindingOrdersOf } from '../domain/market/order.ts'
import type { TradingKeyEntry } from '../domain/market/trading-key.ts'
import {
  validityOf,
  voidOrderError,
  type BatchOrder,
  type KeyedOrder,
  type ValidityContext,
} from '../domain/market/validity.ts'
import { money } from '../domain/units.ts'
import type { DomainError } from '../domain/errors.ts'
import type { AcceptedOrder } from '../store/gate-closures.ts'

/** What decides which of a session's orders are valid. */
export type SessionFacts = Pick<ValidityContext, 'gateClosure' | 'rates'> & {
  /** The keys that count in the session. */
  readonly keys: readonly TradingKeyEntry[]
  /** By the index of a key's entry: unix seconds from which it signs nothing any more. */
  readonly revocations: ReadonlyMap<number, number>
  readonly domain: SigningDomain
  /** Digests of the orders that their members' contracts accept (see `findContractOrders`). */
  readonly contractOrders: ReadonlySet<string>
}

export type SortedOrders = {
  /** The operator's batch, by rank. */
  readonly batch: readonly BatchOrder<AcceptedOrder>[]
  /** Orders of contract accounts, by rank: only their contracts know what they sign, so they go over the ledger. */
  readonly ofContracts: readonly KeyedOrder<AcceptedOrder>[]
  readonly leftOut: readonly { readonly order: AcceptedOrder; readonly refusal: DomainError }[]
}

/**
 * Parts a session's accepted orders. Of a member and side the one with the greatest salt counts out of those that are
 * valid by themselves: a void order replaces nothing. One that is void only beside the member's other order stays in the
 * batch, where the ledger passes over it: whoever has its receipt sees there that it was not left out.
 */
export function sortAcceptedOrders(orders: readonly AcceptedOrder[], facts: SessionFacts): SortedOrders {
  const batch: BatchOrder<AcceptedOrder>[] = []
  const ofContracts: KeyedOrder<AcceptedOrder>[] = []
  const leftOut: { order: AcceptedOrder; refusal: DomainError }[] = []
  const entries = new Map(facts.keys.map((entry) => [`${entry.trader} ${entry.key}`, entry]))
  for (const order of orders) {
    const entry = entries.get(`${order.trader} ${order.signingKey}`) ?? null
    const isContracts = facts.contractOrders.has(order.digest)
    const signer = isContracts ? order.signingKey : orderSignerOf(facts.domain, order, order.signature)
    const revokedAt = entry === null ? null : (facts.revocations.get(entry.index) ?? null)
    const context = { gateClosure: facts.gateClosure, rates: facts.rates, otherExposure: money(0n) }
    const reason = validityOf(order, entry, { ...context, signer, revokedAt })
    if (reason !== null) leftOut.push({ order, refusal: voidOrderError(reason, order, entry, context) })
    else if (isContracts) ofContracts.push({ order, entry })
    else batch.push({ order, entry, signer, revokedAt })
  }
  return { batch: bindingOf(batch), ofContracts: bindingOf(ofContracts), leftOut }
}

/** Digests of those orders that no key signed itself, but a contract accepts (EIP-1271). */
export async function findContractOrders(
  ledger: Ledger,
  orders: readonly AcceptedOrder[],
): Promise<ReadonlySet<string>> {
  const domain = orderDomain(ledger)
  const found = new Set<string>()
  for (const order of orders) {
    const { signingKey, digest, signature } = order
    if (orderSignerOf(domain, order, signature) === signingKey) continue
    if (await isAcceptedByContract(ledger, signingKey, digest, signature)) found.add(digest)
  }
  return found
}

function bindingOf<K extends KeyedOrder<AcceptedOrder>>(orders: readonly K[]): K[] {
  const ranked = orders.map((keyed) => {
    const { trader, side, salt } = keyed.order
    return { trader, side, salt, keyed }
  })
  return bindingOrdersOf(ranked).map(({ keyed }) => keyed)
}
