import { bytesToHex } from '@noble/hashes/utils.js'
import { DomainError } from '../domain/errors.ts'
import type { Order } from '../domain/market/order.ts'
import type { DeliveryPeriod } from '../domain/units.ts'
import { readCalls } from './blocks.ts'
import { clearingEventsOf } from './fills.ts'
import { readContract, type Ledger } from './ledger.ts'
import { readEventsSince } from './logs.ts'
import { orderArgument } from './orders.ts'
import { readSession } from './sessions.ts'
import { findSubmittedOrders } from './submitted-orders.ts'

/**
 * The packed orders that a session's gate was closed with, 0x-hex for each chunk as it was committed: out of the calls
 * that cleared it, whoever made them. Throws `evidence-incomplete` before it is cleared, and where they do not show them.
 */
export async function readCommittedOrders(ledger: Ledger, area: number, period: DeliveryPeriod): Promise<string[]> {
  const { state, orderCount, ordersHash, gateClosedAt } = await readSession(ledger, area, period)
  if (orderCount === 0 && state !== 'open') return []
  if (state !== 'cleared') {
    throw incomplete(`the orders of period ${period} are on the ledger once its session is cleared`)
  }
  const events = await readEventsSince(
    ledger,
    {
      contract: 'callAuction',
      names: ['OrdersCleared', 'SessionCleared'],
      area,
      number: period,
      since: gateClosedAt ?? 0,
    },
    (found) => found.some(({ name }) => name === 'SessionCleared'),
  )
  const hashes = (clearingEventsOf(events) ?? []).map(({ transactionHash }) => transactionHash)
  const calls = await readCalls(ledger, [...new Set(hashes)])
  const chunks = findSubmittedOrders(ledger, { orderCount, ordersHash, calls: hashes.map((hash) => calls.get(hash)!) })
  if (chunks === null) throw incomplete(`the calls that cleared period ${period} do not show its orders`)
  return chunks.map((chunk) => `0x${bytesToHex(chunk)}`)
}

/** Whether the session has the order or one that takes its place, as the ledger judges its chunks or what was opened. */
export async function isHeldOnLedger(ledger: Ledger, order: Order, chunks: readonly string[]): Promise<boolean> {
  const [isHeld] = await readContract(ledger, 'orderReceipts', 'holdsOrder', orderArgument(order), chunks)
  return isHeld as boolean
}

/**
 * Whether the order, taken alone, keeps every rule that decides whether it takes part, as the ledger judges it now: a key
 * that was revoked before gate closure, for one, does not.
 */
export async function isValidOnLedger(
  ledger: Ledger,
  order: Order,
  entryIndex: number,
  signature: string,
): Promise<boolean> {
  try {
    await readContract(ledger, 'callAuction', 'requireValidOrder', orderArgument(order), entryIndex, signature)
    return true
  } catch (error) {
    if (error instanceof DomainError && error.code.startsWith('call-auction-')) return false
    throw error
  }
}

function incomplete(message: string): DomainError {
  return new DomainError('evidence-incomplete', message)
}
