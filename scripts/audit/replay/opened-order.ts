import { differ, requireSame, type Place } from '../difference.ts'
import { concat, hexOf } from '../ledger/hex.ts'
import { keccak256, keccakHex } from '../ledger/keccak.ts'
import { entryCountOf, keyAt, readEntry } from '../market/key-entry.ts'
import { signatureCheckOf } from '../market/order-signer.ts'
import { exposureOf, readTerms, reasonOutside } from '../market/session-orders.ts'
import { fieldsOf, type LedgerEvent } from './ledger-event.ts'
import type { AbiValue } from '../abi.ts'

type Session = {
  readonly area: number
  readonly period: number
  readonly gateClosure: number
  readonly retail: number
  readonly feedIn: number
  readonly platformFee: number
  readonly entries: Uint8Array
  readonly domainSeparator: Uint8Array
  /** Commitments by member * 2 + lane. */
  readonly lanes: ReadonlyMap<number, string>
  readonly keyRevokedAt: (memberId: number, key: string) => number
  /** Hears of a signature that its key did not make: one that the key's contract accepted, if there is one. */
  readonly onContractSignature: (key: string, place: Place) => void
  readonly place: Place
}

/**
 * Checks an order that was opened on the ledger as one of a batch is, and that it was committed before. Returns the lane
 * (member * 2 + lane) whose commitment it was; null where a contract opened it, whose call is not to be seen.
 */
export function requireOpenable(event: LedgerEvent, terms: Uint8Array, session: Session): number | null {
  const { area, period, gateClosure, entries, place } = session
  const memberId = event.fields.number('memberId')
  const read = readTerms(terms)
  const refuse = (reason: string): never =>
    differ('opened-orders', `its order was opened on the ledger though ${reason}`, place)
  if (read.entryIndex >= entryCountOf(entries)) refuse(`entry ${read.entryIndex} does not exist`)
  const entry = readEntry(entries, read.entryIndex)
  requireSame('opened-orders', 'the member of its entry', entry.memberId, memberId, place)
  requireSame('opened-orders', 'its side', read.side, event.fields.number('side'), place)
  const outside = reasonOutside(read, { entries, period })
  if (outside !== null) refuse(outside)
  if (session.keyRevokedAt(memberId, entry.key) <= gateClosure) refuse('its key was revoked')
  if (exposureOf(read, session) > entry.allowance) refuse('it puts more at risk than is allowed')

  const call = event.calls.find(({ name, fields }) => {
    if (name !== 'openOrder') return false
    const order = fieldsOf(fields.value('order') as Record<string, AbiValue>)
    return (
      order.number('memberId') === memberId &&
      order.number('side') === read.side &&
      order.number('deliveryPeriod') === period &&
      order.big('salt') === BigInt(hexOf(read.salt))
    )
  })
  if (call === undefined) return null
  const check = signatureCheckOf(session.domainSeparator, area, period)
  const signed = {
    memberId,
    side: read.side,
    quantity: read.quantity,
    tick: read.tick,
    expiry: gateClosure + read.life,
    salt: read.salt,
  }
  const signature = call.fields.bytes('signature')
  const lane = memberId * 2 + call.fields.number('lane')
  const digest = check.digestOf(signed)
  const commitment = keccakHex(concat([digest, keccak256(signature)]))
  requireSame('opened-orders', 'what it was committed as', commitment, session.lanes.get(lane), place)
  const key = keyAt(entries, read.entryIndex)
  const compact = compactOf(signature)
  if (compact === null || !check.isSignedBy(signed, compact, key)) session.onContractSignature(entry.key, place)
  return lane
}

/** 64 bytes out of 64 or 65; null for anything else. */
function compactOf(signature: Uint8Array): Uint8Array | null {
  if (signature.length === 64) return signature
  const v = signature[64]
  if (signature.length !== 65 || (v !== 27 && v !== 28)) return null
  const compact = Uint8Array.from(signature.subarray(0, 64))
  if (v === 28) compact[32]! |= 0x80
  return compact
}
