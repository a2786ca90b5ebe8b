import { expect, test } from 'vitest'
import { createShelf } from './shelf.ts'

test('a shelf lets the oldest go once there is too much, and never holds more', () => {
  const forgotten: string[] = []
  const shelf = createShelf(3 * (100 + 256))
  const keep = (name: string): (() => void) => shelf.keep(100, () => forgotten.push(name))
  keep('first')
  const letGo = keep('second')
  keep('third')
  letGo()
  letGo()
  keep('fourth')
  expect(forgotten).toEqual([])
  keep('fifth')
  expect(forgotten).toEqual(['first'])
  expect(shelf.keptBytes()).toBe(3 * 356)
})

test('a shelf does not hold what is larger than itself', () => {
  const shelf = createShelf(1_000)
  let isForgotten = false
  shelf.keep(1_001, () => (isForgotten = true))
  expect(isForgotten).toBe(true)
  expect(shelf.keptBytes()).toBe(0)
})
