import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parseOrder, type OrderJson } from '../domain/market/order.ts'
import type { LedgerAddresses } from './ledger.ts'
import {
  orderArgument,
  orderCommitment,
  orderDigest,
  orderDomain,
  orderSignerOf,
  recoverOrderSigner,
  signOrder,
} from './orders.ts'

type Vector = {
  title: string
  order: OrderJson
  digest: string
  privateKey: string
  signer: string
  signature: string
  commitment: string
}

const vectors = JSON.parse(readFileSync(new URL('../../test/vectors/order.json', import.meta.url), 'utf8')) as {
  domain: { chainId: number; verifyingContract: string }
  cases: Vector[]
}

const addresses = { callAuction: vectors.domain.verifyingContract } as LedgerAddresses
const domain = orderDomain({ chainId: BigInt(vectors.domain.chainId), addresses })
const [first] = vectors.cases as [Vector]
const invalid: unknown = expect.objectContaining({ code: 'order-signature-invalid' })

describe('signOrder', () => {
  test.each(vectors.cases)('signs as wallets do: $title', ({ order, digest, privateKey, signer, signature }) => {
    const parsed = parseOrder(order)
    expect(orderDigest(domain, parsed)).toBe(digest)
    expect(signOrder(domain, parsed, privateKey)).toBe(signature)
    expect(recoverOrderSigner(domain, parsed, signature)).toBe(signer)
  })
})

describe('recoverOrderSigner', () => {
  test('finds somebody else where a field, the contract or the chain is another', () => {
    const order = parseOrder(first.order)
    const elsewhere = orderDomain({ chainId: 1n, addresses })
    expect(recoverOrderSigner(domain, { ...order, salt: order.salt + 1n }, first.signature)).not.toBe(first.signer)
    expect(recoverOrderSigner(domain, { ...order, expiry: order.expiry + 1 }, first.signature)).not.toBe(first.signer)
    expect(recoverOrderSigner(domain, { ...order, side: 'offer' }, first.signature)).not.toBe(first.signer)
    expect(recoverOrderSigner(elsewhere, order, first.signature)).not.toBe(first.signer)
  })

  test.each([
    ['an s in the upper half', `0x${first.signature.slice(2, 66)}7${'f'.repeat(63)}`],
    ['nothing', '0x'],
    ['no hex', `0x${'zz'.repeat(64)}`],
    ['63 bytes', `0x${'11'.repeat(63)}`],
    ['65 bytes, which do not fit into a packed order', `0x${'11'.repeat(65)}`],
    ['zeros', `0x${'00'.repeat(64)}`],
    ['r beyond the curve', `0x${'ff'.repeat(32)}${'11'.repeat(32)}`],
  ])('refuses %s', (_, signature) => {
    expect(() => recoverOrderSigner(domain, parseOrder(first.order), signature)).toThrow(invalid)
    expect(orderSignerOf(domain, parseOrder(first.order), signature)).toBeNull()
  })
})

describe('orderCommitment', () => {
  test.each(vectors.cases)('binds digest and signature: $title', ({ digest, signature, commitment }) => {
    expect(orderCommitment(digest, signature)).toBe(commitment)
    expect(orderCommitment(digest, `${signature}00`)).not.toBe(commitment)
  })
})

describe('orderArgument', () => {
  test('has every member of the type that is signed, and no other', () => {
    const signed = 'product area trader deliveryPeriod side quantity limitPrice expiry salt terms'
    const argument = orderArgument(parseOrder(first.order))
    expect(Object.keys(argument).join(' ')).toBe(signed)
    expect(argument).toMatchObject({ product: 0, side: 0, quantity: 1_200n, terms: `0x${'00'.repeat(32)}` })
  })
})
