import { bytesToHex, concatBytes } from '@noble/hashes/utils.js'
import { DomainError } from '../errors.ts'
import { encodeInteger } from '../metering/merkle-sum-tree.ts'
import type { Money } from '../units.ts'

/** Positive pays, negative receives. */
export type Payment = { readonly memberId: number; readonly amount: Money }

const LARGEST_AMOUNT = 2n ** 63n - 1n

/** What a run moves on the ledger: one netted payment a member, zero payments left out, ascending by member. */
export function paymentsOf(statements: readonly { readonly memberId: number; readonly payment: Money }[]): Payment[] {
  return statements
    .map(({ memberId, payment }) => ({ memberId, amount: payment }))
    .filter(({ amount }) => amount !== 0n)
    .sort((one, other) => one.memberId - other.memberId)
}

/** The payments as the ledger takes them, 0x-hex: per payment the member in 3 bytes and the signed amount in 8. */
export function encodePayments(payments: readonly Payment[]): string {
  const packed = payments.map(({ memberId, amount }) =>
    concatBytes(encodeInteger(BigInt(memberId), 3), encodeAmount(amount)),
  )
  return `0x${bytesToHex(concatBytes(...packed))}`
}

/** Signed micro-euro in 8 bytes, big-endian. Throws `amount-out-of-range` beyond 63 bits. */
export function encodeAmount(amount: Money): Uint8Array {
  if (amount > LARGEST_AMOUNT || amount < -LARGEST_AMOUNT) {
    throw new DomainError('amount-out-of-range', `${amount} micro-euro is more than one payment can carry`, { amount })
  }
  return encodeInteger(amount, 8)
}
