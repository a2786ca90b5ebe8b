import type { LedgerCall, LeftOutClaim } from '../chain/challenge-calls.ts'
import { DomainError } from '../domain/errors.ts'
import type { Order } from '../domain/market/order.ts'
import type { TradingKeyEntry } from '../domain/market/trading-key.ts'
import { tradingDayOf, type DeliveryPeriod, type TradingDay } from '../domain/units.ts'

/** An order that the api has given a receipt for. */
export type ReceiptedOrder = {
  /** Whose it is. */
  readonly memberId: number
  readonly order: Order
  readonly signature: string
  /** Address, lower-case. */
  readonly signingKey: string
  readonly position: number
  readonly receiptSignature: string
  /** Gate closure, unix seconds. */
  readonly deadline: number
}

export type LeftOutDeps = {
  /** Whether trading was paused when the session's gate closed. */
  readonly isPaused: (area: number, period: DeliveryPeriod) => Promise<boolean>
  /** Whether the operator was replaced, so that none of its orders is in the session. */
  readonly isReplaced: (area: number, period: DeliveryPeriod) => Promise<boolean>
  /** All orders that the gate was closed with, chunk by chunk. Throws `evidence-incomplete` before clearing. */
  readonly readCommittedOrders: (area: number, period: DeliveryPeriod) => Promise<readonly string[]>
  /** The keys that counted in the session. */
  readonly readSessionKeys: (area: number, day: TradingDay, gateClosure: number) => Promise<readonly TradingKeyEntry[]>
  /** Whether the order, taken alone, kept every rule at gate closure, as the ledger judges it. */
  readonly isValidOnLedger: (order: Order, entryIndex: number, signature: string) => Promise<boolean>
  /** Whether the session has the order or one that takes its place, as the ledger judges its chunks. */
  readonly isHeldOnLedger: (order: Order, chunks: readonly string[]) => Promise<boolean>
  readonly proveLeftOutCall: (claim: LeftOutClaim) => LedgerCall
}

/** Why an order of a cleared session got nothing of it; see the api's description of each. */
export type Fate = 'void' | 'withheld' | 'left-out'

export type LeftOut = {
  readonly stateOf: (order: ReceiptedOrder) => Promise<Fate>
  /** The call that proves on the ledger that the order was left out. Throws `order-not-left-out`. */
  readonly proofOf: (order: ReceiptedOrder) => Promise<LedgerCall>
}

type Finding =
  | { readonly fate: 'left-out'; readonly entryIndex: number; readonly chunks: readonly string[] }
  | { readonly fate: 'void' | 'withheld'; readonly reason: string }

/** Asks the ledger whether an order with a receipt was left out. */
export function createLeftOut(deps: LeftOutDeps): LeftOut {
  return {
    async stateOf(order) {
      return (await findingOf(deps, order)).fate
    },
    async proofOf(receipted) {
      const finding = await findingOf(deps, receipted)
      if (finding.fate !== 'left-out') throw new DomainError('order-not-left-out', finding.reason)
      const { memberId: challenger, order, signature, position, deadline, receiptSignature } = receipted
      const { entryIndex, chunks } = finding
      return deps.proveLeftOutCall({
        challenger,
        order,
        signature,
        entryIndex,
        position,
        deadline,
        receiptSignature,
        chunks,
      })
    },
  }
}

async function findingOf(
  deps: LeftOutDeps,
  { order, signature, signingKey, deadline }: ReceiptedOrder,
): Promise<Finding> {
  const { area, trader, deliveryPeriod: period } = order
  if (await deps.isReplaced(area, period)) {
    const reason =
      'the operator withheld all orders of the session, was replaced and fined for that, and nothing is due for one'
    return { fate: 'withheld', reason }
  }
  if (await deps.isPaused(area, period)) {
    return { fate: 'void', reason: 'trading was paused when the gate closed, so the session has no orders' }
  }
  const [chunks, keys] = await Promise.all([
    deps.readCommittedOrders(area, period),
    deps.readSessionKeys(area, tradingDayOf(period), deadline),
  ])
  const entry = keys.find(({ trader: member, key }) => member === trader && key === signingKey)
  if (entry === undefined || !(await deps.isValidOnLedger(order, entry.index, signature))) {
    return { fate: 'void', reason: 'the order was not valid any more when its gate closed, so it took no part' }
  }
  if (await deps.isHeldOnLedger(order, chunks)) {
    return { fate: 'void', reason: 'the session has the order, or one of its member and side with a greater salt' }
  }
  return { fate: 'left-out', entryIndex: entry.index, chunks }
}
