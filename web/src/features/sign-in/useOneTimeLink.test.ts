import { expect, test } from 'vitest'
import { codeOf } from './useOneTimeLink.ts'

test('a one-time link carries its code behind the hash', () => {
  expect(codeOf('#code=Ab-_9')).toBe('Ab-_9')
  expect(codeOf('')).toBeNull()
  expect(codeOf('#content')).toBeNull()
})
