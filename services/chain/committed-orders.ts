import { hexToBytes } from '@noble/hashes/utils.js'
import { DomainError } from '../domain/errors.ts'
import type { Order } from '../domain/market/order.ts'
import type { DeliveryPeriod } from '../domain/units.ts'
import { revertToDomainError } from './errors.ts'
import { clearingEventsOf } from './fills.ts'
import { readContract, type Ledger } from './ledger.ts'
import { readEventsSince } from './logs.ts'
import { orderArgument } from './orders.ts'
import { hashChain } from './packed-orders.ts'
import { readSession } from './sessions.ts'

/** Terms end with the salt, 8 bytes. */
const SALT_DIGITS = 16
const NO_ORDERS = `0x${'00'.repeat(32)}`

/**
 * The packed orders that a session's gate was closed with, 0x-hex for each chunk as it was committed: out of the calls
 * that cleared it, and those that hash to what the ledger holds. Throws `evidence-incomplete` before it is cleared, and
 * where a call that cleared it did not come in a transaction of its own.
 */
export async function readCommittedOrders(ledger: Ledger, area: number, period: DeliveryPeriod): Promise<string[]> {
  const session = await readSession(ledger, area, period)
  if (session.ordersHash === NO_ORDERS && session.state !== 'open') return []
  if (session.state !== 'cleared') {
    throw incomplete(`the orders of period ${period} are on the ledger once its session is cleared`)
  }
  const events = await readEventsSince(
    ledger,
    {
      contract: 'callAuction',
      names: ['OrdersCleared', 'SessionCleared'],
      area,
      number: period,
      since: session.gateClosedAt ?? 0,
    },
    (found) => found.some(({ name }) => name === 'SessionCleared'),
  )
  const chunks = clearingEventsOf(events) ?? []
  const orders = await Promise.all(chunks.map(({ transactionHash }) => readClearedOrders(ledger, transactionHash)))
  if (hashChain(orders.map((chunk) => hexToBytes(chunk.slice(2)))) !== session.ordersHash) {
    throw incomplete(`the calls that cleared period ${period} do not show its orders`)
  }
  return orders
}

/** The salt of the opened order of a member and side that stands in a session; null where none was opened. */
export async function readOpenedSalt(
  ledger: Ledger,
  { area, deliveryPeriod, memberId, side }: Pick<Order, 'area' | 'deliveryPeriod' | 'memberId' | 'side'>,
): Promise<bigint | null> {
  const sideNumber = side === 'bid' ? 0 : 1
  const [terms] = await readContract(ledger, 'callAuction', 'openedOrderOf', area, deliveryPeriod, memberId, sideNumber)
  return /^0x0*$/.test(terms as string) ? null : BigInt(`0x${(terms as string).slice(-SALT_DIGITS)}`)
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

/** The orders in the call of `clear` that the transaction made; no bytes where it made another one. */
async function readClearedOrders(ledger: Ledger, hash: string): Promise<string> {
  let transaction: { input: string } | null
  try {
    transaction = (await ledger.provider.send('eth_getTransactionByHash', [hash])) as { input: string } | null
  } catch (error) {
    throw revertToDomainError(error)
  }
  const { interface: auction } = ledger.contracts.callAuction
  const call = transaction === null ? null : auction.parseTransaction({ data: transaction.input })
  if (call?.name !== 'clear') return '0x'
  return call.args.getValue('orders') as string
}

function incomplete(message: string): DomainError {
  return new DomainError('evidence-incomplete', message)
}
