import { differ, requireSame, type Place } from '../difference.ts'
import { concat, hexOf } from '../ledger/hex.ts'
import { keccak256, keccakHex } from '../ledger/keccak.ts'
import { entryCountOf, keyAt, readEntry } from '../market/key-entry.ts'
import { signatureCheckOf } from '../market/order-signer.ts'
import { exposureOf, readTerms, reasonOutside } from '../market/session-orders.ts'
import { fieldsOf, type Fields, type LedgerEvent } from './ledger-event.ts'
import { decodeParameters, type AbiParameter, type AbiValue } from '../abi.ts'

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
  readonly isKeyRevoked: (trader: number, key: string, time: number) => boolean
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
  const trader = event.fields.number('trader')
  const read = readTerms(terms)
  const refuse = (reason: string): never =>
    differ('opened-orders', `its order was opened on the ledger though ${reason}`, place)
  if (read.entryIndex >= entryCountOf(entries)) refuse(`entry ${read.entryIndex} does not exist`)
  const entry = readEntry(entries, read.entryIndex)
  requireSame('opened-orders', 'the trader of its entry', entry.trader, trader, place)
  requireSame('opened-orders', 'its side', read.side, event.fields.number('side'), place)
  const outside = reasonOutside(read, { entries, period })
  if (outside !== null) refuse(outside)
  if (session.isKeyRevoked(trader, entry.key, gateClosure)) refuse('its key was revoked')
  if (exposureOf(read, session) > entry.allowance) refuse('it puts more at risk than is allowed')

  const check = signatureCheckOf(session.domainSeparator, area, period)
  const signed = {
    trader,
    side: read.side,
    quantity: read.quantity,
    tick: read.tick,
    expiry: gateClosure + read.life,
    salt: read.salt,
  }
  const digest = check.digestOf(signed)
  const { isDirect, calls } = openCallsOf(event)
  const openings = calls
    .filter((fields) => {
      const order = fieldsOf(fields.value('order') as Record<string, AbiValue>)
      return (
        order.number('trader') === trader &&
        order.number('side') === read.side &&
        order.number('deliveryPeriod') === period &&
        order.big('salt') === BigInt(hexOf(read.salt))
      )
    })
    .map((fields) => {
      const signature = fields.bytes('signature')
      const commitment = keccakHex(concat([digest, keccak256(signature)]))
      return { lane: trader * 2 + fields.number('lane'), signature, commitment }
    })
  const opening = openings.find(({ lane, commitment }) => session.lanes.get(lane) === commitment)
  if (opening === undefined) {
    const [first] = openings
    if (first === undefined || !isDirect) return null
    differ(
      'opened-orders',
      `what it was committed as is ${session.lanes.get(first.lane)}, and not ${first.commitment}`,
      place,
    )
  }
  const key = keyAt(entries, read.entryIndex)
  const compact = compactOf(opening.signature)
  if (compact === null || !check.isSignedBy(signed, compact, key)) session.onContractSignature(entry.key, place)
  return opening.lane
}

const ORDER: AbiParameter = {
  name: 'order',
  type: 'tuple',
  components: [
    { name: 'product', type: 'uint8' },
    { name: 'area', type: 'uint32' },
    { name: 'trader', type: 'uint24' },
    { name: 'deliveryPeriod', type: 'uint32' },
    { name: 'side', type: 'uint8' },
    { name: 'quantity', type: 'uint32' },
    { name: 'limitPrice', type: 'int24' },
    { name: 'expiry', type: 'uint32' },
    { name: 'salt', type: 'uint64' },
    { name: 'terms', type: 'bytes32' },
  ],
}
const PARAMETERS: readonly AbiParameter[] = [
  ORDER,
  { name: 'entryIndex', type: 'uint16' },
  { name: 'lane', type: 'uint8' },
  { name: 'signature', type: 'bytes' },
]
const SELECTOR = keccak256(
  new TextEncoder().encode(`openOrder((${ORDER.components!.map(({ type }) => type).join(',')}),uint16,uint8,bytes)`),
).subarray(0, 4)

/** The calls of `openOrder` that the transaction made, or that lie somewhere in the input of a contract's. */
function openCallsOf({ calls, transaction }: LedgerEvent): { isDirect: boolean; calls: Fields[] } {
  const direct = calls.filter(({ name }) => name === 'openOrder').map(({ fields }) => fields)
  if (direct.length > 0) return { isDirect: true, calls: direct }
  const input = Buffer.from(transaction.input.buffer, transaction.input.byteOffset, transaction.input.length)
  const found: Fields[] = []
  for (let at = input.indexOf(SELECTOR); at >= 0; at = input.indexOf(SELECTOR, at + 1)) {
    try {
      found.push(fieldsOf(decodeParameters(PARAMETERS, input.subarray(at + SELECTOR.length))))
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error // it only looked like a call
    }
  }
  return { isDirect: false, calls: found }
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
