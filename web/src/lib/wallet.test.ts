import { expect, test } from 'vitest'
import { hexOf } from './wallet.ts'

test('hexOf is the UTF-8 of the text, so that a wallet shows it as text', () => {
  expect(hexOf('Hé\n')).toBe('0x48c3a90a')
})
