import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { LedgerAddresses } from './ledger.ts'
import { receiptDigest, receiptDomain, recoverReceiptSigner, signReceipt } from './receipts.ts'

type Vector = {
  title: string
  digest: string
  privateKey: string
  signer: string
  receipt: { position: number; deadline: number; digest: string; signature: string }
}

const vectors = JSON.parse(readFileSync(new URL('../../test/vectors/order.json', import.meta.url), 'utf8')) as {
  domain: { chainId: number; receiptContract: string }
  cases: Vector[]
}
const domain = receiptDomain({
  chainId: BigInt(vectors.domain.chainId),
  addresses: { orderReceipts: vectors.domain.receiptContract } as LedgerAddresses,
})

describe('signReceipt', () => {
  test.each(vectors.cases)('signs as wallets do: $title', ({ digest, privateKey, signer, receipt }) => {
    const { position, deadline } = receipt
    const stated = { orderDigest: digest, position, deadline }
    expect(receiptDigest(domain, stated)).toBe(receipt.digest)
    expect(signReceipt(domain, stated, privateKey)).toBe(receipt.signature)
    expect(recoverReceiptSigner(domain, stated, receipt.signature)).toBe(signer)
    const another = { ...stated, position: position + 1 }
    expect(recoverReceiptSigner(domain, another, receipt.signature)).not.toBe(signer)
  })

  test('refuses what is no signature', () => {
    const stated = { orderDigest: vectors.cases[0]!.digest, position: 1, deadline: 2 }
    expect(() => recoverReceiptSigner(domain, stated, '0x1234')).toThrow(
      expect.objectContaining({ code: 'receipt-signature-invalid' }),
    )
  })
})
