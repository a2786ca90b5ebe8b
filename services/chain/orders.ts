import { keccak_256 } from '@noble/hashes/sha3.js'
import { bytesToHex, concatBytes, hexToBytes } from '@noble/hashes/utils.js'
import { DomainError } from '../domain/errors.ts'
import { CALL_AUCTION_PRODUCT, CALL_AUCTION_TERMS, type Order } from '../domain/market/order.ts'
import type { Ledger } from './ledger.ts'
import { digestOf, hashText, recoverSigner, signDigest, signingDomainOf, type SigningDomain } from './typed-data.ts'

/** An order with its signature as 0x-hex: EIP-2098, 64 bytes; of a contract account whatever its contract accepts. */
export type SignedOrder = Order & { readonly signature: string }

/** The EIP-712 type, as it is signed. */
export const ORDER_TYPE =
  'Order(uint8 product,uint32 area,uint24 trader,uint32 deliveryPeriod,uint8 side,uint32 quantity,int24 limitPrice,' +
  'uint32 expiry,uint64 salt,bytes32 terms)'

const ORDER_TYPE_HASH = hashText(ORDER_TYPE)
const COMPACT_SIGNATURE_DIGITS = 128

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

/** The address that signed, in lower case; null unless it is a canonical 64-byte signature. */
export function orderSignerOf(domain: SigningDomain, order: Order, signature: string): string | null {
  if (signature.length !== COMPACT_SIGNATURE_DIGITS + 2) return null
  return recoverSigner(digestOfOrder(domain, order), signature)
}

/** The address that signed, in lower case. Throws `order-signature-invalid` unless a canonical 64-byte signature. */
export function recoverOrderSigner(domain: SigningDomain, order: Order, signature: string): string {
  const signer = orderSignerOf(domain, order, signature)
  if (signer === null) {
    throw new DomainError('order-signature-invalid', 'the signature of the order is not a canonical EIP-2098 signature')
  }
  return signer
}

/** What a member puts on the ledger before gate closure, to open the order after it: 32 bytes, 0x-hex. */
export function orderCommitment(digest: string, signature: string): string {
  const signatureHash = keccak_256(hexToBytes(signature.slice(2)))
  return `0x${bytesToHex(keccak_256(concatBytes(hexToBytes(digest.slice(2)), signatureHash)))}`
}

/** The order as `CallAuction.openOrder` and `OrderReceipts.proveLeftOut` take it. */
export function orderArgument(order: Order): Readonly<Record<string, unknown>> {
  return {
    product: CALL_AUCTION_PRODUCT,
    area: order.area,
    trader: order.trader,
    deliveryPeriod: order.deliveryPeriod,
    side: order.side === 'bid' ? 0 : 1,
    quantity: order.quantity,
    limitPrice: order.limitPrice,
    expiry: order.expiry,
    salt: order.salt,
    terms: CALL_AUCTION_TERMS,
  }
}

function digestOfOrder(domain: SigningDomain, order: Order): Uint8Array {
  return digestOf(domain, ORDER_TYPE_HASH, [
    BigInt(CALL_AUCTION_PRODUCT),
    BigInt(order.area),
    BigInt(order.trader),
    BigInt(order.deliveryPeriod),
    order.side === 'bid' ? 0n : 1n,
    order.quantity,
    order.limitPrice,
    BigInt(order.expiry),
    order.salt,
    BigInt(CALL_AUCTION_TERMS),
  ])
}
