import { expect, test } from 'vitest'
import { memberNameOf } from './member-names.ts'

test('no kind of member is shown as the api names it, and a household by its name', () => {
  const kinds = ['supplier', 'dso', 'tax-authority', 'platform-operator', 'aggregator', 'tso']
  for (const shown of kinds.map(memberNameOf)) expect(shown).toMatch(/^(the|an) [A-Za-z ]+$/)
  expect(memberNameOf('Okonkwo')).toBe('Okonkwo')
})
