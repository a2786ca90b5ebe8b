import { differ, requireSame, type Place } from '../difference.ts'
import type { AbiValue } from '../abi.ts'
import { bytesOf, concat, hexOf } from '../ledger/hex.ts'
import { keccak256 } from '../ledger/keccak.ts'
import { entryCountOf, keyAt, readEntry } from '../market/key-entry.ts'
import { signatureCheckOf, signerOf, type SignatureCheck } from '../market/order-signer.ts'
import { chainOf } from '../market/session-clearing.ts'
import { exposureOf, PACKED_ORDER_LENGTH, readTerms, reasonOutside, TERMS_LENGTH } from '../market/session-orders.ts'
import { PERIODS_PER_DAY, type Areas } from './areas.ts'
import type { Credentials } from './credentials.ts'
import { fieldsOf, type Fields, type LedgerEvent } from './ledger-event.ts'
import type { Members } from './members.ts'
import type { Sessions } from './sessions.ts'
import type { TradingDays } from './trading-days.ts'

type Books = {
  readonly members: Members
  readonly areas: Areas
  readonly credentials: Credentials
  readonly sessions: Sessions
  readonly tradingDays: TradingDays
  readonly orderDomain: Uint8Array
  readonly receiptDomain: Uint8Array
}

const RECEIPT_TYPE_HASH = keccak256(
  new TextEncoder().encode('OrderReceipt(bytes32 orderDigest,uint32 position,uint32 deadline)'),
)

/**
 * Decides anew whether an order with a receipt was left out, from the call that claimed it. Throws a difference where the
 * ledger says otherwise; false where a contract made the call, which is not to be seen then.
 */
export function recomputeLeftOut(event: LedgerEvent, upheld: boolean, place: Place, books: Books): boolean {
  const call = event.calls.find(({ name }) => name === 'proveLeftOut')
  if (call === undefined) return false
  const order = fieldsOf(call.fields.value('order') as Record<string, AbiValue>)
  const area = order.number('area')
  const period = order.number('deliveryPeriod')
  const closed = books.sessions.closedOf(area, period) ?? differ('receipts', 'its gate was not closed', place)
  if (closed.isReplaced)
    differ('receipts', 'it was decided on an order of a session whose operator was replaced', place)
  if (closed.isPaused) differ('receipts', 'it was decided on an order of a session that was paused', place)
  const chunks = (call.fields.value('chunks') as Uint8Array[]) ?? []
  requireSame('receipts', 'the hash of the orders shown', chainOf(chunks), closed.ordersHash, place)
  const check = signatureCheckOf(books.orderDomain, area, period)
  const digest = check.digestOf(termsOf(order))
  requireSame('receipts', 'the digest of the order', hexOf(digest), event.fields.text('orderDigest'), place)
  requireReceipt(call.fields, digest, area, place, books)

  const gateClosure = books.areas.gateClosureOf(area, period)
  const entries = books.tradingDays.entriesBefore(area, Math.floor(period / PERIODS_PER_DAY), gateClosure)
  const { key } = readEntry(entries, call.fields.number('entryIndex'))
  if (signerOf(digest, call.fields.bytes('signature')) !== key) {
    differ('receipts', `it was decided on an order that its key ${key} did not sign itself`, place)
  }
  const isHeld =
    isOpenedOver(order, books.sessions) ||
    isCommittedOver(order, chunks, { entries, gateClosure, area, period, check, books })
  if (isHeld === upheld) {
    const found = isHeld ? 'was in the session' : 'was left out of the session'
    differ('receipts', `the ledger decided against what its own orders show: the order ${found}`, place)
  }
  return true
}

/** Whose credential was valid at the deadline may have been given another key since. */
function requireReceipt(call: Fields, digest: Uint8Array, area: number, place: Place, books: Books): void {
  const numbers = new Uint8Array(64)
  const view = new DataView(numbers.buffer)
  view.setUint32(28, call.number('position'))
  view.setUint32(60, call.number('deadline'))
  const receipt = keccak256(concat([RECEIPT_TYPE_HASH, digest, numbers]))
  const signer = signerOf(
    keccak256(concat([bytesOf('0x1901'), books.receiptDomain, receipt])),
    call.bytes('receiptSignature'),
  )
  if (signer === null || !books.credentials.heldRoleAt(signer, 'receipt-signer', area, call.number('deadline'))) {
    differ('receipts', `the receipt was signed by ${signer ?? 'nobody'}, who signs no receipts`, place)
  }
}

function isOpenedOver(order: Fields, sessions: Sessions): boolean {
  const rank = order.number('trader') * 2 + order.number('side')
  const opened = sessions.openedOf(order.number('area'), order.number('deliveryPeriod'), rank)
  return opened !== undefined && saltOf(opened) >= order.big('salt')
}

/** Whether the committed orders hold just one of the rank, in its place, valid, and with the salt or a greater one. */
function isCommittedOver(
  order: Fields,
  chunks: readonly Uint8Array[],
  {
    entries,
    gateClosure,
    area,
    period,
    check,
    books,
  }: {
    readonly entries: Uint8Array
    readonly gateClosure: number
    readonly area: number
    readonly period: number
    readonly check: SignatureCheck
    readonly books: Books
  },
): boolean {
  const trader = order.number('trader')
  const side = order.number('side')
  const own = Array.from({ length: entryCountOf(entries) }, (_, index) => index).filter(
    (index) => readEntry(entries, index).trader === trader,
  )
  const first = own[0] ?? entryCountOf(entries)
  const behind = (own.at(-1) ?? first - 1) + 1
  const found: Uint8Array[] = []
  let isPassed = false
  for (const packed of packedIn(chunks)) {
    const terms = readTerms(packed)
    if (terms.entryIndex < first) continue
    const isMembers = terms.entryIndex < behind
    if (isMembers && terms.side === side) {
      if (isPassed) return false
      found.push(packed)
    } else if (!isMembers || terms.side > side) isPassed = true
  }
  const [held] = found
  if (held === undefined || found.length > 1 || saltOf(held) < order.big('salt')) return false
  const terms = readTerms(held)
  const expiry = gateClosure + terms.life
  const entry = readEntry(entries, terms.entryIndex)
  return (
    expiry < 2 ** 32 &&
    reasonOutside(terms, { entries, period }) === null &&
    exposureOf(terms, books.areas.tariffOf(area, period)) <= entry.allowance &&
    !books.tradingDays.isKeyRevoked(area, Math.floor(period / PERIODS_PER_DAY), entry, gateClosure) &&
    check.isSignedBy({ ...terms, trader, expiry }, held.subarray(TERMS_LENGTH), keyAt(entries, terms.entryIndex))
  )
}

function* packedIn(chunks: readonly Uint8Array[]): Generator<Uint8Array> {
  for (const chunk of chunks) {
    for (let start = 0; start + PACKED_ORDER_LENGTH <= chunk.length; start += PACKED_ORDER_LENGTH) {
      yield chunk.subarray(start, start + PACKED_ORDER_LENGTH)
    }
  }
}

function termsOf(order: Fields) {
  const salt = new Uint8Array(8)
  new DataView(salt.buffer).setBigUint64(0, order.big('salt'))
  return {
    trader: order.number('trader'),
    side: order.number('side'),
    quantity: order.number('quantity'),
    tick: (order.number('limitPrice') + 500_000) / 100,
    expiry: order.number('expiry'),
    salt,
  }
}

function saltOf(terms: Uint8Array): bigint {
  return BigInt(hexOf(readTerms(terms).salt))
}
