import { describe, expect, test } from 'vitest'
import { createNonces } from './nonces.ts'
import type { VerifiedBlock } from './verified-block.ts'

const block = (...sent: readonly (readonly [from: string, nonce: number, authorities?: readonly string[]])[]) => {
  const transactions = sent.map(([from, nonce, authorities = []]) => ({ from, nonce, authorities, hash: `0x${nonce}` }))
  return { number: 3, transactions } as unknown as VerifiedBlock
}

describe('createNonces', () => {
  test('counts each sender from zero, over blocks', () => {
    const nonces = createNonces()
    nonces.see(block(['0xa', 0], ['0xb', 0], ['0xa', 1]))
    nonces.see(block(['0xa', 2]))
    expect(nonces.counts()).toEqual([
      { account: '0xa', least: 3, most: 3 },
      { account: '0xb', least: 1, most: 1 },
    ])
  })

  test.each([
    ['skipped', [['0xa', 1]]],
    ['repeated', [['0xa', 0], ['0xa', 0]]], // prettier-ignore
  ] as const)('refuses a number that is %s', (_, sent) => {
    expect(() => createNonces().see(block(...sent))).toThrow('is missing')
  })

  test('lets whoever lent its account to code count that as well, once', () => {
    const nonces = createNonces()
    nonces.see(block(['0xa', 0, ['0xb']], ['0xb', 1]))
    expect(() => nonces.see(block(['0xb', 3]))).toThrow('number 2 of 0xb is missing')
  })
})
