import { expect, test } from 'vitest'
import { createHostLimit } from './host-limit.ts'

test('hosts are counted apart, and a network of IPv6 as one host', () => {
  const isWelcome = createHostLimit()
  const welcomed = (addressOf: (count: number) => string): number =>
    Array.from({ length: 3_000 }, (_, count) => isWelcome(addressOf(count), 0)).filter(Boolean).length
  expect(welcomed(() => '192.0.2.1')).toBe(2_000)
  expect(welcomed(() => '::ffff:192.0.2.2')).toBe(2_000)
  expect(welcomed((count) => `2001:db8:1:2:${count.toString(16)}:0:0:1`)).toBe(2_000)
  expect(welcomed((count) => `2001:db8:1:${(count + 3).toString(16)}::1`)).toBe(3_000)
  expect(isWelcome('192.0.2.1', 1_000)).toBe(true)
})

test('hosts that were not heard from for long are forgotten for others', () => {
  const isWelcome = createHostLimit()
  for (let count = 0; count < 2_001; count += 1) isWelcome('192.0.2.1', 0)
  expect(isWelcome('192.0.2.1', 0)).toBe(false)
  for (let count = 0; count < 4_096; count += 1) isWelcome(`10.0.${count >> 8}.${count & 255}`, 0)
  expect(isWelcome('192.0.2.1', 0)).toBe(true)
})
