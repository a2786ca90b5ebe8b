import { describe, expect, test } from 'vitest'
import { requireMeantForUs, type SignInMessage } from './sign-in-message.ts'

const HERE = { origin: 'http://127.0.0.1:8420', chainId: 31_337n, now: 10_000 }
const MESSAGE: SignInMessage = {
  domain: '127.0.0.1:8420',
  address: `0x${'11'.repeat(20)}`,
  uri: 'http://127.0.0.1:8420/sign-in',
  chainId: 31_337n,
  nonce: 'abcdefgh12345678',
  issuedAt: 9_990,
  notBefore: null,
  expirationTime: 10_290,
}

const codeOf = (change: Partial<SignInMessage>) => {
  try {
    requireMeantForUs({ ...MESSAGE, ...change }, HERE)
    return null
  } catch (error) {
    return (error as { code: string }).code
  }
}

describe('a sign-in message', () => {
  test('is taken for this site, this ledger and now', () => {
    expect(codeOf({})).toBeNull()
    expect(codeOf({ expirationTime: null })).toBeNull()
  })

  test('is refused for another site, be it in its domain, its port or its URI', () => {
    const changes = [
      { domain: 'evil.example' },
      { domain: '127.0.0.1' },
      { domain: '127.0.0.1:8421' },
      { uri: 'http://evil.example/' },
      { uri: 'https://127.0.0.1:8420/sign-in' },
      { uri: 'http://127.0.0.1:8420@evil.example/' },
      { uri: 'urn:x' },
    ]
    for (const change of changes) expect(codeOf(change), JSON.stringify(change)).toBe('sign-in-for-another-site')
  })

  test('is refused for another ledger', () => {
    expect(codeOf({ chainId: 1n })).toBe('sign-in-for-another-ledger')
  })

  test('is refused from when it expires, 300 s after it was issued at the latest', () => {
    expect(codeOf({ expirationTime: 10_001 })).toBeNull()
    expect(codeOf({ expirationTime: 10_000 })).toBe('sign-in-out-of-time')
    expect(codeOf({ issuedAt: 9_701 })).toBeNull()
    expect(codeOf({ issuedAt: 9_700 })).toBe('sign-in-out-of-time')
  })

  test('is refused before its time, but for a clock that is 60 s ahead', () => {
    expect(codeOf({ issuedAt: 10_060 })).toBeNull()
    expect(codeOf({ issuedAt: 10_061 })).toBe('sign-in-out-of-time')
    expect(codeOf({ notBefore: 10_061 })).toBe('sign-in-out-of-time')
  })
})
