import { expect, test } from 'vitest'
import { whenChanged } from './when-changed.ts'

test('reads again what has changed, also while it was read, and else says the same', async () => {
  let mark = 'a'
  let reads = 0
  let onRead = () => undefined as void
  const ask = whenChanged(
    async () => mark,
    async () => {
      reads += 1
      onRead()
      return { reads }
    },
  )
  const first = await ask()
  expect(await ask()).toBe(first)
  mark = 'b'
  onRead = () => {
    mark = 'c'
  }
  expect(await ask()).toEqual({ reads: 2 })
  onRead = () => undefined
  expect(await ask()).toEqual({ reads: 3 })
  expect(await ask()).toEqual({ reads: 3 })
})
