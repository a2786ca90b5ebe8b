import { createHash, createPrivateKey, sign } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { typedDataDigest } from './dids.ts'
import { encodeAssertion, encodeSecureElementSignature, executionData, passkeyAccountOf } from './passkey-accounts.ts'

const vectors = JSON.parse(readFileSync(new URL('../../test/vectors/passkey.json', import.meta.url), 'utf8')) as {
  privateKey: string
  x: string
  y: string
  hash: string
  passkey: { authenticatorData: string; clientDataJson: string; signature: string; encoded: string }
  secureElement: { signature: string; encoded: string }
  relyingParty: string
  account: {
    chainId: number
    passkeyAccounts: string
    account: string
    calls: { target: string; data: string }[]
    nonce: number
    deadline: number
    digest: string
  }
}

const HALF_ORDER = 0x7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8n
const bytesOf = (hex: string) => Uint8Array.from(Buffer.from(hex.slice(2), 'hex'))
const assertion = {
  authenticatorData: bytesOf(vectors.passkey.authenticatorData),
  clientDataJson: new TextEncoder().encode(vectors.passkey.clientDataJson),
  signature: bytesOf(vectors.passkey.signature),
}

describe('passkeyAccountOf', () => {
  test('is where the contract makes it, and elsewhere for another key', () => {
    const { passkeyAccounts, account } = vectors.account
    expect(passkeyAccountOf(passkeyAccounts, vectors).toLowerCase()).toBe(account)
    const other = { ...vectors, relyingParty: `0x${'00'.repeat(32)}` }
    expect(passkeyAccountOf(passkeyAccounts, other).toLowerCase()).not.toBe(account)
  })
})

describe('executionData', () => {
  test('is what the account takes for its calls', () => {
    const { chainId, account, calls, nonce, deadline, digest } = vectors.account
    const turn = { nonce: BigInt(nonce), deadline: BigInt(deadline) }
    expect(typedDataDigest(executionData(BigInt(chainId), account, calls, turn))).toBe(digest)
    expect(typedDataDigest(executionData(1n, account, calls, turn))).not.toBe(digest)
  })
})

describe('encodeAssertion', () => {
  test('makes of an authenticator’s answer what accounts take', () => {
    expect(encodeAssertion(assertion)).toBe(vectors.passkey.encoded)
  })

  test.each([
    ['no signature', new Uint8Array()],
    ['a raw signature', new Uint8Array(64).fill(1)],
    ['a signature that is cut off', assertion.signature.subarray(0, 40)],
    ['a signature with something behind it', Uint8Array.of(...assertion.signature, 0)],
    ['an r of zero', Uint8Array.of(0x30, 6, 2, 1, 0, 2, 1, 1)],
    ['a negative s', Uint8Array.of(0x30, 6, 2, 1, 1, 2, 1, 0x81)],
    ['an s beyond the curve', Uint8Array.of(0x30, 38, 2, 1, 1, 2, 33, 0, ...new Uint8Array(32).fill(0xff))],
    ['an s that is longer than its signature', Uint8Array.of(0x30, 6, 2, 1, 1, 2, 9, 1)],
  ])('refuses %s', (_, signature) => {
    expect(() => encodeAssertion({ ...assertion, signature })).toThrow(
      expect.objectContaining({ code: 'passkey-assertion-invalid' }) as Error,
    )
  })

  test.each([
    ['no challenge', '{"type":"webauthn.get"}'],
    ['another type', '{"type":"webauthn.create","challenge":"AA"}'],
  ])('refuses client data with %s', (_, text) => {
    expect(() => encodeAssertion({ ...assertion, clientDataJson: new TextEncoder().encode(text) })).toThrow('lacks')
  })
})

describe('encodeSecureElementSignature', () => {
  test('is r and the lower s behind the kind', () => {
    expect(encodeSecureElementSignature(bytesOf(vectors.secureElement.signature))).toBe(vectors.secureElement.encoded)
  })

  test('takes the lower s, whichever the key made', () => {
    const base64 = (hex: string) => Buffer.from(hex.slice(2), 'hex').toString('base64url')
    const key = createPrivateKey({
      format: 'jwk',
      key: { kty: 'EC', crv: 'P-256', d: base64(vectors.privateKey), x: base64(vectors.x), y: base64(vectors.y) },
    })
    for (let count = 0; count < 16; count += 1) {
      const hash = createHash('sha256').update(String(count)).digest()
      const encoded = encodeSecureElementSignature(sign('sha256', hash, key))
      expect(encoded).toMatch(/^0x02[0-9a-f]{128}$/)
      expect(BigInt(`0x${encoded.slice(-64)}`) <= HALF_ORDER).toBe(true)
    }
  })
})
