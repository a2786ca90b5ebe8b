import { describe, expect, test } from 'vitest'
import { ledgerPaceOf, ledgerTimeAt, observeLedgerTime, type Observation } from './ledger-clock.ts'

/** A ledger that runs sixty times as fast as the wall, one block a second. */
const fast = [0, 1, 2].reduce<readonly Observation[]>(
  (known, second) => observeLedgerTime(known, { ledgerTime: 9_000 + second * 60, wallMs: second * 1_000 }),
  [],
)

describe('observeLedgerTime', () => {
  test('ignores a time that was seen already', () => {
    expect(observeLedgerTime(fast, { ledgerTime: 9_120, wallMs: 5_000 })).toBe(fast)
  })

  test('starts over with a ledger that starts over', () => {
    expect(observeLedgerTime(fast, { ledgerTime: 100, wallMs: 3_000 })).toEqual([{ ledgerTime: 100, wallMs: 3_000 }])
  })

  test('keeps a bounded number, the newest', () => {
    let known: readonly Observation[] = []
    for (let second = 0; second < 100; second++)
      known = observeLedgerTime(known, { ledgerTime: second, wallMs: second * 1_000 })
    expect(known.length).toBeLessThan(20)
    expect(known.at(-1)?.ledgerTime).toBe(99)
  })
})

describe('ledgerPaceOf', () => {
  test('is how many ledger seconds pass in one of ours', () => {
    expect(ledgerPaceOf(fast)).toBe(60)
  })

  test('cannot be told from one observation', () => {
    expect(ledgerPaceOf(fast.slice(0, 1))).toBeNull()
  })
})

describe('ledgerTimeAt', () => {
  test('runs on between blocks at the pace seen', () => {
    expect(ledgerTimeAt(fast, 2_500)).toBe(9_150)
  })

  test('stands still when no block comes', () => {
    expect(ledgerTimeAt(fast, 60_000)).toBe(9_240)
  })

  test('is the block time itself while the pace is not known, and nothing before the first block', () => {
    expect(ledgerTimeAt(fast.slice(0, 1), 60_000)).toBe(9_000)
    expect(ledgerTimeAt([], 0)).toBeNull()
  })
})
