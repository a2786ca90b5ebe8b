import { keccak_256 } from '@noble/hashes/sha3.js'
import { bytesToHex, concatBytes, hexToBytes } from '@noble/hashes/utils.js'
import { DomainError } from '../domain/errors.ts'
import { requireValidOrder, type Order } from '../domain/market/order.ts'
import { encodeInteger } from '../domain/metering/merkle-sum-tree.ts'
import { deliveryPeriod, energyWh, price } from '../domain/units.ts'
import type { Ledger } from './ledger.ts'
import { digestOf, hashText, recoverSigner, signDigest, signingDomainOf, type SigningDomain } from './typed-data.ts'

/** An order with its EIP-2098 signature, 64 bytes as 0x-hex. */
export type SignedOrder = Order & { readonly signature: string }

export const PACKED_ORDER_BYTES = 83

/** The EIP-712 type, as it is signed. */
export const ORDER_TYPE =
  'Order(uint32 area,uint24 memberId,uint32 deliveryPeriod,uint8 side,uint32 quantity,int24 limitPrice,uint64 salt)'

const ORDER_TYPE_HASH = hashText(ORDER_TYPE)

export function orderDomain(ledger: Pick<Ledger, 'chainId' | 'addresses'>): SigningDomain {
  return signingDomainOf(ledger.chainId, ledger.addresses.callAuction)
}

/** What a member signs: the EIP-712 digest, 0x-hex. */
export function orderDigest(domain: SigningDomain, order: Order): string {
  return `0x${bytesToHex(digestOfOrder(domain, order))}`
}

/** Signs as the ledger expects it: 64 bytes, 0x-hex. */
export function signOrder(domain: SigningDomain, order: Order, privateKey: string): string {
  return signDigest(digestOfOrder(domain, order), privateKey)
}

/** The address that signed, in lower case. Throws `order-signature-invalid` unless a canonical 64-byte signature. */
export function recoverOrderSigner(domain: SigningDomain, order: Order, signature: string): string {
  const signer = signature.length === 130 ? recoverSigner(digestOfOrder(domain, order), signature) : null
  if (signer === null) {
    throw new DomainError('order-signature-invalid', 'the signature of the order is not a canonical EIP-2098 signature')
  }
  return signer
}

/** The orders as the ledger takes them, 83 bytes each, in the sequence given (see `sortOrders`). */
export function packOrders(orders: readonly SignedOrder[]): Uint8Array {
  return concatBytes(...orders.map(packOrder))
}

/** Throws `orders-malformed` where the bytes are not packed orders. */
export function unpackOrders(area: number, period: number, bytes: Uint8Array): SignedOrder[] {
  if (bytes.length % PACKED_ORDER_BYTES !== 0) {
    throw malformed(`${bytes.length} bytes are not a whole number of packed orders`)
  }
  const orders: SignedOrder[] = []
  for (let start = 0; start < bytes.length; start += PACKED_ORDER_BYTES) {
    orders.push(unpackOrder(area, period, bytes.subarray(start, start + PACKED_ORDER_BYTES)))
  }
  return orders
}

/** What the operator commits when the gate closes: `keccak256` of the packed orders, 0x-hex. */
export function hashOrders(packed: Uint8Array): string {
  return `0x${bytesToHex(keccak_256(packed))}`
}

function packOrder({ memberId, side, quantity, limitPrice, salt, signature }: SignedOrder): Uint8Array {
  return concatBytes(
    encodeInteger(BigInt(memberId), 3),
    Uint8Array.of(side === 'bid' ? 0 : 1),
    encodeInteger(quantity, 4),
    encodeInteger(limitPrice, 3),
    encodeInteger(salt, 8),
    hexToBytes(signature.slice(2)),
  )
}

function unpackOrder(area: number, period: number, bytes: Uint8Array): SignedOrder {
  const side = bytes[3]
  if (side !== 0 && side !== 1) throw malformed(`${side} is not a side`)
  const order = requireValidOrder({
    area,
    memberId: Number(integerOf(bytes.subarray(0, 3))),
    deliveryPeriod: deliveryPeriod(period),
    side: side === 0 ? 'bid' : 'offer',
    quantity: energyWh(integerOf(bytes.subarray(4, 8))),
    limitPrice: price(BigInt.asIntN(24, integerOf(bytes.subarray(8, 11)))),
    salt: integerOf(bytes.subarray(11, 19)),
  })
  return { ...order, signature: `0x${bytesToHex(bytes.subarray(19))}` }
}

function digestOfOrder(domain: SigningDomain, order: Order): Uint8Array {
  return digestOf(domain, ORDER_TYPE_HASH, [
    BigInt(order.area),
    BigInt(order.memberId),
    BigInt(order.deliveryPeriod),
    order.side === 'bid' ? 0n : 1n,
    order.quantity,
    order.limitPrice,
    order.salt,
  ])
}

function integerOf(bytes: Uint8Array): bigint {
  return BigInt(`0x${bytesToHex(bytes)}`)
}

function malformed(message: string): DomainError {
  return new DomainError('orders-malformed', message)
}
