import { expect, test } from 'vitest'
import { invitationCodeOf } from './invitation-code.ts'

const CODE = 'Ab-_9'.repeat(9).slice(0, 43)

test('the code of an invitation is found in its link, behind its hash and alone', () => {
  expect(invitationCodeOf(`#${CODE}`)).toBe(CODE)
  expect(invitationCodeOf(` https://market.example/join#${CODE}\n`)).toBe(CODE)
  expect(invitationCodeOf(CODE)).toBe(CODE)
})

test('nothing else is taken for a code', () => {
  for (const text of ['', '#', '#content', `#code=${CODE}`, `${CODE}x`, `#${CODE}!`]) {
    expect(invitationCodeOf(text)).toBeNull()
  }
})
