import { describe, expect, test } from 'vitest'
import { roleNumberOf } from './role.ts'
import { roleWordsOf, wordsOfRole } from './role-words.ts'

describe('a role in words', () => {
  test.each([
    ['community-manager', 'community manager'],
    ['dso', 'DSO'],
    ['pv-inverter', 'PV inverter'],
  ] as const)('is for %s the same by name and by number', (role, words) => {
    expect(wordsOfRole(role)).toBe(words)
    expect(roleWordsOf(roleNumberOf(role))).toBe(words)
  })

  test('is its number where there is no such role', () => {
    expect(roleWordsOf(99)).toBe('role 99')
  })
})
