import { expect, test } from 'vitest'
import { isFresher } from './notification-order.ts'

const TOP = 2 ** 24 - 1

// RFC 7641 section 3.4: V1 is the last, V2 the next, and the numbers are of 24 bits.
test.each([
  ['one more', 5, 6, 0, true],
  ['the same', 5, 5, 0, false],
  ['one less', 5, 4, 0, false],
  ['over the top', TOP, 0, 0, true],
  ['back over the top', 0, TOP, 0, false],
  ['just less than half ahead', 0, 2 ** 23 - 1, 0, true],
  ['half ahead', 0, 2 ** 23, 0, false],
  ['more than half back', 2 ** 23 + 1, 0, 0, true],
  ['one less after 128 seconds', 5, 4, 128_000, false],
  ['one less after more than 128 seconds', 5, 4, 128_001, true],
])('a notification with %s (%d, then %d) after %d ms is fresher: %s', (_, last, next, atMs, fresher) => {
  expect(isFresher({ sequence: next, atMs }, { sequence: last, atMs: 0 })).toBe(fresher)
})
