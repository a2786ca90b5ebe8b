import { describe, expect, test } from 'vitest'
import type { Ledger } from './ledger.ts'
import { followLedgerClock, type LedgerBlock } from './ledger-clock.ts'

/** A node whose latest block the test chooses; null stands for no answer. */
function nodeWith(first: LedgerBlock | null) {
  const node = { latest: first, reads: 0 }
  const send = async () => {
    node.reads += 1
    if (node.latest === null) throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
    return { number: `0x${node.latest.number.toString(16)}`, timestamp: `0x${node.latest.timestamp.toString(16)}` }
  }
  return Object.assign(node, { ledger: { provider: { send } } as unknown as Pick<Ledger, 'provider'> })
}

describe('followLedgerClock', () => {
  test('knows the time once it resolves', async () => {
    const clock = await followLedgerClock(nodeWith({ number: 4, timestamp: 1_000 }).ledger, 1)
    expect([clock.blockNumber(), clock.now()]).toEqual([4, 1_000])
    clock.stop()
  })

  test('tells of new blocks only', async () => {
    const node = nodeWith({ number: 4, timestamp: 1_000 })
    const clock = await followLedgerClock(node.ledger, 1)
    const seen: LedgerBlock[] = []
    clock.onBlock((block) => seen.push(block))
    const readsBefore = node.reads
    await expect.poll(() => node.reads).toBeGreaterThan(readsBefore + 3)
    node.latest = { number: 6, timestamp: 1_900 }
    await expect.poll(() => seen.length).toBeGreaterThan(0)
    expect(seen).toEqual([{ number: 6, timestamp: 1_900 }])
    expect(clock.now()).toBe(1_900)
    clock.stop()
  })

  test('stops telling who does not want to hear any more', async () => {
    const node = nodeWith({ number: 4, timestamp: 1_000 })
    const clock = await followLedgerClock(node.ledger, 1)
    const seen: number[] = []
    const stopListening = clock.onBlock((block) => seen.push(block.number))
    stopListening()
    node.latest = { number: 5, timestamp: 1_001 }
    await expect.poll(() => clock.blockNumber()).toBe(5)
    expect(seen).toEqual([])
    clock.stop()
  })

  test('waits for a node that is away, at the start and later, and says when it is back', async () => {
    const node = nodeWith(null)
    const errors: unknown[] = []
    const following = followLedgerClock(node.ledger, 1, (error) => errors.push(error))
    await expect.poll(() => errors.length).toBeGreaterThan(1)
    node.latest = { number: 1, timestamp: 10 }
    const clock = await following
    expect(errors.at(-1)).toBeNull()

    node.latest = null
    await expect.poll(() => errors.at(-1)).not.toBeNull()
    expect(clock.now()).toBe(10)
    node.latest = { number: 2, timestamp: 20 }
    await expect.poll(() => clock.now()).toBe(20)
    expect(errors.at(-1)).toBeNull()
    clock.stop()
  })
})
