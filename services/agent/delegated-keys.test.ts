import { describe, expect, test } from 'vitest'
import { createDelegatedKeys } from './delegated-keys.ts'

const SECRET = `0x${'5e'.repeat(32)}`
const ACCOUNT = `0x${'Ab'.repeat(20)}`

describe("the agent's keys", () => {
  test('are the same after a restart, however the account is written', () => {
    const key = createDelegatedKeys(SECRET)(ACCOUNT, 0)
    expect(key).toMatch(/^0x[0-9a-f]{64}$/)
    expect(createDelegatedKeys(SECRET)(ACCOUNT.toLowerCase(), 0)).toBe(key)
  })

  test('are others for another account, generation and secret', () => {
    const keyOf = createDelegatedKeys(SECRET)
    const keys = [
      keyOf(ACCOUNT, 0),
      keyOf(ACCOUNT, 1),
      keyOf(`0x${'ac'.repeat(20)}`, 0),
      createDelegatedKeys(`0x${'5f'.repeat(32)}`)(ACCOUNT, 0),
    ]
    expect(new Set(keys).size).toBe(4)
  })

  test.each(['', '0x', `0x${'5e'.repeat(31)}`, '5e'.repeat(32)])('are not made of %j', (secret) => {
    expect(() => createDelegatedKeys(secret)).toThrow(expect.objectContaining({ code: 'key-invalid' }) as Error)
  })
})
