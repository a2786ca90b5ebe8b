import { expect, test } from 'vitest'
import { consentRequest } from './consents.ts'

const REQUEST = { memberId: 1, reader: `0x${'aa'.repeat(20)}`, parts: ['orders'] }

test.each([
  [null, true],
  [2 ** 31 - 1, true],
  [2 ** 31, false],
  [4_102_444_800_000, false],
])('a consent until %s is taken only where its end can be kept: %s', (until, isTaken) => {
  expect(consentRequest.safeParse({ ...REQUEST, until }).success).toBe(isTaken)
})
