import { expect, test } from 'vitest'
import { wholeNumberOf } from './route-numbers.ts'

test('wholeNumberOf reads a plain whole number', () => {
  expect(wholeNumberOf('0')).toBe(0)
  expect(wholeNumberOf('1994640')).toBe(1_994_640)
})

test.each(['', '007', '1e3', '-1', '1.5', '0x10', '4294967296', 'home'])('%j is no number of an address', (text) => {
  expect(wholeNumberOf(text)).toBeNull()
})
