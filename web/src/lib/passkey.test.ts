import { expect, test } from 'vitest'
import { isNamed } from './passkey.ts'

test('passkeys are for names', () => {
  expect(['localhost', 'market.example', '127.0.0.1', '[::1]'].map(isNamed)).toEqual([true, true, false, false])
})
