import type { LedgerCall, LeftOutClaim } from '../chain/challenge-calls.ts'
import type { UnpackedOrder } from '../chain/packed-orders.ts'
import { DomainError } from '../domain/errors.ts'
import { rankOf, type Order } from '../domain/market/order.ts'
import type { TradingKeyEntry } from '../domain/market/trading-key.ts'
import { tradingDayOf, type DeliveryPeriod, type TradingDay } from '../domain/units.ts'

/** An order that the api has given a receipt for. */
export type ReceiptedOrder = {
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
  /** All orders that the gate was closed with, chunk by chunk. Throws `evidence-incomplete` before clearing. */
  readonly readCommittedOrders: (area: number, period: DeliveryPeriod) => Promise<readonly string[]>
  /** Salt of the order that was opened on the ledger for the same member and side; null where none was. */
  readonly readOpenedSalt: (order: Order) => Promise<bigint | null>
  /** The keys that counted in the session. */
  readonly readSessionKeys: (area: number, day: TradingDay, gateClosure: number) => Promise<readonly TradingKeyEntry[]>
  readonly unpackOrders: (
    session: { readonly area: number; readonly period: DeliveryPeriod; readonly gateClosure: number },
    entries: readonly TradingKeyEntry[],
    chunk: string,
  ) => readonly UnpackedOrder[]
  /** The address that signed, in lower case; null unless it is a canonical signature of 64 bytes. */
  readonly signerOf: (order: Order, signature: string) => string | null
  /** Whether the order, taken alone, kept every rule at gate closure, as the ledger judges it. */
  readonly isValidOnLedger: (order: Order, entryIndex: number, signature: string) => Promise<boolean>
  readonly proveLeftOutCall: (claim: LeftOutClaim) => LedgerCall
}

export type LeftOut = {
  /** Why an order of a cleared session got nothing of it: it broke a rule, or the operator left it out. */
  readonly stateOf: (order: ReceiptedOrder) => Promise<'void' | 'left-out'>
  /** The call that proves on the ledger that the order was left out. Throws `order-not-left-out`. */
  readonly proofOf: (order: ReceiptedOrder) => Promise<LedgerCall>
}

type Finding =
  | { readonly isLeftOut: true; readonly entryIndex: number; readonly chunks: readonly string[] }
  | { readonly isLeftOut: false; readonly reason: string }

const TAKEN_PART: Finding = {
  isLeftOut: false,
  reason: 'the session has the order, or one of its member and side with a greater salt',
}

/** Decides out of the ledger alone whether an order with a receipt was left out, as the contract would. */
export function createLeftOut(deps: LeftOutDeps): LeftOut {
  return {
    async stateOf(order) {
      return (await findingOf(deps, order)).isLeftOut ? 'left-out' : 'void'
    },
    async proofOf(receipted) {
      const finding = await findingOf(deps, receipted)
      if (!finding.isLeftOut) throw new DomainError('order-not-left-out', finding.reason)
      const { order, signature, position, deadline, receiptSignature } = receipted
      const { entryIndex, chunks } = finding
      return deps.proveLeftOutCall({ order, signature, entryIndex, position, deadline, receiptSignature, chunks })
    },
  }
}

async function findingOf(
  deps: LeftOutDeps,
  { order, signature, signingKey, deadline }: ReceiptedOrder,
): Promise<Finding> {
  const { area, memberId, deliveryPeriod: period } = order
  const [chunks, keys] = await Promise.all([
    deps.readCommittedOrders(area, period),
    deps.readSessionKeys(area, tradingDayOf(period), deadline),
  ])
  const entry = keys.find(({ memberId: member, key }) => member === memberId && key === signingKey)
  if (entry === undefined || !(await deps.isValidOnLedger(order, entry.index, signature))) {
    return { isLeftOut: false, reason: 'the order was not valid any more when its gate closed, so it took no part' }
  }
  const openedSalt = await deps.readOpenedSalt(order)
  if (openedSalt !== null && openedSalt >= order.salt) return TAKEN_PART
  const session = { area, period, gateClosure: deadline }
  const ofRank = chunks
    .flatMap((chunk) => deps.unpackOrders(session, keys, chunk))
    .filter(({ order: other }) => other !== null && rankOf(other) === rankOf(order))
  const [only] = ofRank
  if (ofRank.length === 1 && only !== undefined && takesItsPlace(deps, only, order)) {
    return TAKEN_PART
  }
  return { isLeftOut: true, entryIndex: entry.index, chunks }
}

/** Whether an order of the session is this one or one that replaces it, and signed by the key that it names. */
function takesItsPlace({ signerOf }: LeftOutDeps, { entry, order: other }: UnpackedOrder, order: Order): boolean {
  return other !== null && other.salt >= order.salt && signerOf(other, other.signature) === entry?.key
}
