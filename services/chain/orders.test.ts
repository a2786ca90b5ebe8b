import { readFileSync } from 'node:fs'
import { bytesToHex, concatBytes, hexToBytes } from '@noble/hashes/utils.js'
import { describe, expect, test } from 'vitest'
import { parseOrder, type OrderJson } from '../domain/market/order.ts'
import {
  hashOrders,
  orderDigest,
  orderDomain,
  packOrders,
  recoverOrderSigner,
  signOrder,
  unpackOrders,
  type SignedOrder,
} from './orders.ts'
import type { LedgerAddresses } from './ledger.ts'

type Vector = {
  title: string
  order: OrderJson
  digest: string
  privateKey: string
  signer: string
  signature: string
  packed: string
}

const vectors = JSON.parse(readFileSync(new URL('../../test/vectors/order.json', import.meta.url), 'utf8')) as {
  domain: { chainId: number; verifyingContract: string }
  cases: Vector[]
}

const addresses = { callAuction: vectors.domain.verifyingContract } as LedgerAddresses
const domain = orderDomain({ chainId: BigInt(vectors.domain.chainId), addresses })
const [first, second] = vectors.cases as [Vector, Vector]
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
    expect(recoverOrderSigner(domain, { ...order, side: 'offer' }, first.signature)).not.toBe(first.signer)
    expect(recoverOrderSigner(elsewhere, order, first.signature)).not.toBe(first.signer)
  })

  test('refuses an s in the upper half of its range', () => {
    const upper = `0x${first.signature.slice(2, 66)}7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff`
    expect(() => recoverOrderSigner(domain, parseOrder(first.order), upper)).toThrow(invalid)
  })

  test.each([
    ['nothing', '0x'],
    ['no hex', `0x${'zz'.repeat(64)}`],
    ['63 bytes', `0x${'11'.repeat(63)}`],
    ['65 bytes, which do not fit into a packed order', `0x${'11'.repeat(65)}`],
    ['zeros', `0x${'00'.repeat(64)}`],
    ['r beyond the curve', `0x${'ff'.repeat(32)}${'11'.repeat(32)}`],
  ])('refuses %s', (_, signature) => {
    expect(() => recoverOrderSigner(domain, parseOrder(first.order), signature)).toThrow(invalid)
  })
})

describe('packOrders', () => {
  const signed = vectors.cases.map(({ order, signature }): SignedOrder => ({
    ...parseOrder(order),
    signature,
  }))

  test.each(vectors.cases)('packs 83 bytes: $title', ({ order, signature, packed }) => {
    expect(`0x${bytesToHex(packOrders([{ ...parseOrder(order), signature }]))}`).toBe(packed)
  })

  test('is undone by unpackOrders', () => {
    const { area, deliveryPeriod } = signed[0]!
    const session = signed.map((order) => ({ ...order, area, deliveryPeriod }))
    expect(unpackOrders(area, deliveryPeriod, packOrders(session))).toEqual(session)
    expect(unpackOrders(area, deliveryPeriod, packOrders([]))).toEqual([])
  })

  test('refuses bytes that are no orders', () => {
    const malformed: unknown = expect.objectContaining({ code: 'orders-malformed' })
    const packed = packOrders([signed[0]!])
    expect(() => unpackOrders(1, 1, packed.subarray(1))).toThrow(malformed)
    expect(() =>
      unpackOrders(
        1,
        1,
        Uint8Array.from(packed, (byte, index) => (index === 3 ? 2 : byte)),
      ),
    ).toThrow(malformed)
  })
})

describe('hashOrders', () => {
  test('is keccak256 of the bytes', () => {
    expect(hashOrders(packOrders([]))).toBe('0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470')
    const packed = hexToBytes(first.packed.slice(2))
    expect(hashOrders(packed)).not.toBe(hashOrders(concatBytes(packed, hexToBytes(second.packed.slice(2)))))
  })
})
