import { beforeEach, describe, expect, test } from 'vitest'
import { createHearing, type Hearing } from './hearing.ts'

describe('hearing', () => {
  let hearing: Hearing
  let now: number
  let latest: number
  let answers: boolean
  let advance: () => void

  beforeEach(() => {
    now = 100
    latest = 100
    answers = true
    hearing = createHearing({
      now: () => now,
      nowMs: () => now * 1_000,
      refresh: async () => {
        if (answers) now = latest
        return answers
      },
      onAdvance: (listener) => (advance = listener),
    })
  })

  test('begins when the broker is there, and not before', async () => {
    advance()
    expect(hearing.since()).toBeNull()
    latest = 130
    await hearing.regained('broker')
    expect(hearing.since()).toBe(130)
    now = 200
    advance()
    expect(hearing.since()).toBe(130)
  })

  test('begins anew after a loss, by the time that it is then and not by that of the loss', async () => {
    await hearing.regained('broker')
    hearing.lost('broker')
    expect(hearing.since()).toBeNull()
    latest = 90_000
    await hearing.regained('broker')
    expect(hearing.since()).toBe(90_000)
  })

  test('needs both, and waits for the next block where the ledger does not answer', async () => {
    await hearing.regained('broker')
    hearing.lost('broker')
    hearing.lost('ledger')
    await hearing.regained('broker')
    expect(hearing.since()).toBeNull()
    answers = false
    await hearing.regained('ledger')
    expect(hearing.since()).toBeNull()
    now = 5_000
    advance()
    expect(hearing.since()).toBe(5_000)
  })
})
