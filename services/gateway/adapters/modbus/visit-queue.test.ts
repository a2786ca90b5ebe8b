import { describe, expect, test } from 'vitest'
import { createVisitQueue } from './visit-queue.ts'

/** Visits that end when they are told to. */
function visitsOf(queue: ReturnType<typeof createVisitQueue>) {
  const begun: string[] = []
  const ends = new Map<string, (error?: Error) => void>()
  const settle = () => new Promise((resolve) => setImmediate(resolve))
  return {
    begun,
    add: async (name: string, host: string) => {
      const visit = () =>
        new Promise<void>((resolve, reject) => {
          begun.push(name)
          ends.set(name, (error) => (error === undefined ? resolve() : reject(error)))
        })
      void queue.run(host, visit).catch(() => undefined)
      await settle()
    },
    end: async (name: string, error?: Error) => {
      ends.get(name)!(error)
      await settle()
    },
  }
}

describe('a visit queue', () => {
  test('lets a host that is slow hold up no other', async () => {
    const { begun, add, end } = visitsOf(createVisitQueue({ atOnce: 3, perHost: 1 }))
    await add('a1', 'a')
    await add('a2', 'a')
    await add('b1', 'b')
    expect(begun).toEqual(['a1', 'b1'])
    await end('a1')
    expect(begun).toEqual(['a1', 'b1', 'a2'])
  })

  test('lets no more go on at once than it may, and goes on after a failure', async () => {
    const { begun, add, end } = visitsOf(createVisitQueue({ atOnce: 2, perHost: 2 }))
    for (const name of ['a', 'b', 'c', 'd']) await add(name, name)
    expect(begun).toEqual(['a', 'b'])
    await end('b', new Error('no answer'))
    expect(begun).toEqual(['a', 'b', 'c'])
  })
})
