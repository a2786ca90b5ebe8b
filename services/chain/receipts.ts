import { bytesToHex } from '@noble/hashes/utils.js'
import { DomainError } from '../domain/errors.ts'
import type { Ledger } from './ledger.ts'
import { digestOf, hashText, recoverSigner, signDigest, signingDomainOf, type SigningDomain } from './typed-data.ts'

/** What the operator states to whoever placed an order. */
export type OrderReceipt = {
  /** EIP-712 digest of the order, 0x-hex. */
  readonly orderDigest: string
  /** The order's number among the session's accepted orders, from 1 in the sequence of their arrival. */
  readonly position: number
  /** Gate closure, in unix seconds: the order is in the session from then on. */
  readonly deadline: number
}

/** The EIP-712 type, as it is signed. */
export const RECEIPT_TYPE = 'OrderReceipt(bytes32 orderDigest,uint32 position,uint32 deadline)'

const RECEIPT_TYPE_HASH = hashText(RECEIPT_TYPE)

export function receiptDomain(ledger: Pick<Ledger, 'chainId' | 'addresses'>): SigningDomain {
  return signingDomainOf(ledger.chainId, ledger.addresses.orderReceipts)
}

/** The EIP-712 digest, 0x-hex. */
export function receiptDigest(domain: SigningDomain, receipt: OrderReceipt): string {
  return `0x${bytesToHex(digestOfReceipt(domain, receipt))}`
}

/** 64 bytes (EIP-2098), 0x-hex; always the same for the same receipt. */
export function signReceipt(domain: SigningDomain, receipt: OrderReceipt, privateKey: string): string {
  return signDigest(digestOfReceipt(domain, receipt), privateKey)
}

/** Who signed, in lower case, from 64 or 65 bytes. Throws `receipt-signature-invalid`. */
export function recoverReceiptSigner(domain: SigningDomain, receipt: OrderReceipt, signature: string): string {
  const signer = recoverSigner(digestOfReceipt(domain, receipt), signature)
  if (signer === null) {
    throw new DomainError('receipt-signature-invalid', 'the signature of the receipt is not a canonical one')
  }
  return signer
}

function digestOfReceipt(domain: SigningDomain, { orderDigest, position, deadline }: OrderReceipt): Uint8Array {
  return digestOf(domain, RECEIPT_TYPE_HASH, [BigInt(orderDigest), BigInt(position), BigInt(deadline)])
}
