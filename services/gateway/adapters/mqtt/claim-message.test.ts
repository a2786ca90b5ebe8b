import { describe, expect, test } from 'vitest'
import { CLAIM_ANSWER_BYTES, formatClaim, parseClaimAnswer } from './claim-message.ts'

const NONCE = `0x${'4a'.repeat(32)}`
const SIGNATURE = `0x${'1B'.repeat(64)}`
const bytesOf = (value: unknown) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value))

test('a claim tells a meter what to sign, and not what it is called', () => {
  const claim = { meter: '0x1', account: '0x2', nonce: NONCE, deadline: 3 }
  expect(JSON.parse(formatClaim(claim))).toEqual({ account: '0x2', nonce: NONCE, deadline: 3 })
})

describe('parseClaimAnswer', () => {
  test('takes a nonce and a signature of 64 or 65 bytes', () => {
    expect(parseClaimAnswer(bytesOf({ nonce: NONCE, signature: SIGNATURE }))).toEqual({
      nonce: NONCE,
      signature: SIGNATURE.toLowerCase(),
    })
    expect(parseClaimAnswer(bytesOf({ nonce: NONCE, signature: `${SIGNATURE}1c` })).signature).toHaveLength(132)
  })

  test.each([
    ['what is not JSON', '{'],
    ['what is not UTF-8', Buffer.of(0xff)],
    ['nothing', ''],
    ['a field too many', { nonce: NONCE, signature: SIGNATURE, meter: '0x1' }],
    ['a field too few', { nonce: NONCE }],
    ['a nonce that is cut off', { nonce: NONCE.slice(0, -2), signature: SIGNATURE }],
    ['a nonce in capitals', { nonce: `0x${'4A'.repeat(32)}`, signature: SIGNATURE }],
    ['a signature that is cut off', { nonce: NONCE, signature: SIGNATURE.slice(0, -2) }],
    ['more than it may have', `${' '.repeat(CLAIM_ANSWER_BYTES)}{}`],
  ])('refuses %s', (_, value) => {
    const payload = Buffer.isBuffer(value) ? value : bytesOf(value)
    expect(() => parseClaimAnswer(payload)).toThrow(
      expect.objectContaining({ code: 'claim-answer-malformed' }) as Error,
    )
  })
})
