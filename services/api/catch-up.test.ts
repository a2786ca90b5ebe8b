import { expect, test } from 'vitest'
import { createCatchUp } from './catch-up.ts'

test('nobody is let through before the projection has come as far as the ledger was, and everybody afterwards', async () => {
  let indexed: number | null = null
  const requireCaughtUp = createCatchUp(10, async () => indexed)
  await expect(requireCaughtUp()).rejects.toMatchObject({ code: 'projection-behind' })
  indexed = 9
  await expect(requireCaughtUp()).rejects.toMatchObject({ code: 'projection-behind' })
  indexed = 10
  await expect(requireCaughtUp()).resolves.toBeUndefined()
  indexed = null
  await expect(requireCaughtUp()).resolves.toBeUndefined()
})
