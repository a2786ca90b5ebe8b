import { expect, test } from 'vitest'
import { invite } from './invite.ts'

test.each([
  ['no home', []],
  ['two homes', ['one', 'two']],
  ['a flag that there is not', ['home', '--free']],
  ['a credit line that is no whole number of euro', ['home', '--credit-line', '1.5']],
  ['a negative credit line', ['home', '--credit-line=-5']],
  ['a port that is none', ['home', '--api-port', '99999']],
])('%s is refused before anybody is asked', async (_, given) => {
  await expect(invite(given)).rejects.toMatchObject({ code: 'settings-invalid' })
})

test('without a key of the community manager nobody is invited', async () => {
  await expect(invite(['home', '--data', '/nonexistent'])).rejects.toMatchObject({ code: 'key-missing' })
})
