import { expect, test } from 'vitest'
import { createAccountLimit } from './account-rate.ts'

/** How often in a row it is taken. */
async function takenOf(
  limit: (account: string) => Promise<void>,
  accountOf: (attempt: number) => string,
): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    try {
      await limit(accountOf(attempt))
    } catch (error) {
      expect(error).toMatchObject({ code: 'too-many-transactions' })
      return attempt
    }
  }
  return Infinity
}

test('each account of the market has a rate of its own, and all strangers together one', async () => {
  const limit = createAccountLimit((account) => Promise.resolve(account.startsWith('home')), 'too-many-transactions')
  expect(await takenOf(limit, (attempt) => `stranger${attempt}`)).toBe(20)
  expect(await takenOf(limit, () => 'home1')).toBe(30)
  expect(await takenOf(limit, () => 'home2')).toBe(30)
  expect(await takenOf(limit, () => 'stranger-of-its-own')).toBe(0)
})
