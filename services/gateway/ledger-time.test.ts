import { describe, expect, test } from 'vitest'
import type { LedgerBlock } from '../chain/ledger-clock.ts'
import { DomainError } from '../domain/errors.ts'
import { createLedgerTime } from './ledger-time.ts'

function setUp(speed = 0) {
  let wall = 0
  const requests: { answer: (timestamp: number) => void; fail: (error: Error) => void }[] = []
  let listener: (block: LedgerBlock) => void = () => undefined
  const time = createLedgerTime(
    {
      now: () => 100,
      onBlock: (one) => {
        listener = one
        return () => undefined
      },
    },
    () =>
      new Promise((resolve, reject) =>
        requests.push({ answer: (timestamp) => resolve({ number: 1, timestamp }), fail: reject }),
      ),
    { speed, wallMs: () => wall },
  )
  const pass = (milliseconds: number) => (wall += milliseconds)
  return { time, requests, pass, block: (timestamp: number) => listener({ number: 1, timestamp }) }
}

describe('the time of the ledger', () => {
  test('follows the blocks that are seen and never runs backwards', () => {
    const { time, block } = setUp()
    const seen: number[] = []
    time.onAdvance(() => seen.push(time.now()))
    block(120)
    block(110)
    block(120)
    block(121)
    expect(time.now()).toBe(121)
    expect(seen).toEqual([120, 121])
  })

  test('goes on between two blocks as fast as it runs, never backwards, and stands still a minute after the last', () => {
    const { time, pass, block } = setUp(60)
    expect(time.nowMs()).toBe(100_000)
    pass(500)
    expect(time.nowMs()).toBe(130_000)
    block(120)
    expect([time.now(), time.nowMs()]).toEqual([120, 130_000])
    pass(250)
    expect(time.nowMs()).toBe(135_000)
    pass(60_000)
    expect(time.nowMs()).toBe(180_000)
  })

  test('moves with blocks alone where nothing drives it', () => {
    const { time, pass } = setUp(0)
    pass(1_000_000)
    expect(time.nowMs()).toBe(100_000)
  })

  test('asks once for all who ask at the same time, and again for who came after the request left', async () => {
    const { time, requests } = setUp()
    const first = time.refresh()
    const second = time.refresh()
    const third = time.refresh()
    expect(requests).toHaveLength(1)
    requests[0]?.answer(150)
    expect(await first).toBe(true)
    expect(time.now()).toBe(150)
    await Promise.resolve()
    expect(requests).toHaveLength(2)
    requests[1]?.answer(160)
    expect(await Promise.all([second, third])).toEqual([true, true])
    expect(time.now()).toBe(160)
  })

  test('says when the ledger did not answer', async () => {
    const { time, requests } = setUp()
    const asked = time.refresh()
    requests[0]?.fail(new DomainError('ledger-unreachable', 'nobody there'))
    expect(await asked).toBe(false)
    expect(time.now()).toBe(100)
  })
})
