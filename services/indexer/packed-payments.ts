const PAYMENT_BYTES = 11

/** The payments of a run as the ledger tells them, 0x-hex: of each the member and what it pays, or receives where negative. */
export function decodePayments(packed: string): { memberId: number; amountMicroEuro: bigint }[] {
  const payments = Buffer.from(packed.slice(2), 'hex')
  return Array.from({ length: payments.length / PAYMENT_BYTES }, (_, index) => ({
    memberId: payments.readUIntBE(index * PAYMENT_BYTES, 3),
    amountMicroEuro: payments.readBigInt64BE(index * PAYMENT_BYTES + 3),
  }))
}
