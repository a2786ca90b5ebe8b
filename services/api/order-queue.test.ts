import { describe, expect, test } from 'vitest'
import { createOrderQueue } from './order-queue.ts'

/** A store whose writes end when the test says so. */
function slowStore() {
  const writes: { readonly orders: readonly string[]; readonly end: () => void; readonly fail: () => void }[] = []
  const keep = (orders: readonly string[]) =>
    new Promise<readonly string[]>((resolve, reject) => {
      writes.push({
        orders,
        end: () => resolve(orders.map((order) => `kept ${order}`)),
        fail: () => reject(new Error('the database went away')),
      })
    })
  return { writes, keep }
}

const settled = () => new Promise((resolve) => setImmediate(resolve))

describe('createOrderQueue', () => {
  test('writes at once, and what arrives meanwhile together, in the sequence of arrival', async () => {
    const { writes, keep } = slowStore()
    const enqueue = createOrderQueue(keep, 10)
    const answers = [enqueue(['a']), enqueue(['b', 'c']), enqueue(['d'])]
    expect(writes.map(({ orders }) => orders)).toEqual([['a']])
    writes[0]!.end()
    await settled()
    expect(writes.map(({ orders }) => orders)).toEqual([['a'], ['b', 'c', 'd']])
    writes[1]!.end()
    expect(await Promise.all(answers)).toEqual([['kept a'], ['kept b', 'kept c'], ['kept d']])
  })

  test('writes no more at once than it may, but a large batch whole', async () => {
    const { writes, keep } = slowStore()
    const enqueue = createOrderQueue(keep, 2)
    const answers = [enqueue(['a']), enqueue(['b', 'c', 'd']), enqueue(['e']), enqueue(['f']), enqueue(['g'])]
    for (let write = 0; write < 4; write += 1) {
      writes[write]!.end()
      await settled()
    }
    expect(writes.map(({ orders }) => orders.join(''))).toEqual(['a', 'bcd', 'ef', 'g'])
    expect((await Promise.all(answers)).flat()).toHaveLength(7)
  })

  test('tells everyone of a write that failed, and goes on', async () => {
    const { writes, keep } = slowStore()
    const enqueue = createOrderQueue(keep, 10)
    const failed = expect(enqueue(['a'])).rejects.toThrow('the database went away')
    const next = enqueue(['b'])
    writes[0]!.fail()
    await failed
    await settled()
    writes[1]!.end()
    expect(await next).toEqual(['kept b'])
  })

  test('does not trouble the store for nothing', async () => {
    const { writes, keep } = slowStore()
    expect(await createOrderQueue(keep, 10)([])).toEqual([])
    expect(writes).toEqual([])
  })
})
