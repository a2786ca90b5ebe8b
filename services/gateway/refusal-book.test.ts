import { describe, expect, test } from 'vitest'
import type { RefusedMessage } from '../store/refused-messages.ts'
import { createRefusalBook } from './refusal-book.ts'

const message: RefusedMessage = { topic: 't', code: 'c', reason: 'r', payload: new Uint8Array(), receivedAt: 0 }

function setUp() {
  const clock = { nowMs: 0 }
  let rows = 0
  let prunings = 0
  const book = createRefusalBook({
    insert: async (messages) => void (rows += messages.length),
    prune: async () => (prunings += 1),
    nowMs: () => clock.nowMs,
  })
  return { book, clock, rows: () => rows, prunings: () => prunings }
}

describe('the refusal book', () => {
  test('keeps a burst of 2,000 rows and 100 a second after that, and counts the rest', async () => {
    const { book, clock, rows } = setUp()
    for (let count = 0; count < 5_000; count += 1) book.add(message)
    await book.flush()
    expect(rows()).toBe(2_000)
    expect(book.takeSuppressed()).toBe(3_000)
    expect(book.takeSuppressed()).toBe(0)
    clock.nowMs = 1_500
    for (let count = 0; count < 5_000; count += 1) book.add(message)
    await book.flush()
    expect(rows()).toBe(2_150)
  })

  test('prunes with the first rows after a start and then every 1,000', async () => {
    const { book, clock, prunings } = setUp()
    await book.flush()
    expect(prunings()).toBe(0)
    for (let count = 1; count <= 2_001; count += 1) {
      clock.nowMs += 10
      book.add(message)
      await book.flush()
    }
    expect(prunings()).toBe(3)
  })

  test('answers each meter for itself, so that a flood in the name of one leaves the others their receipts', () => {
    const { book } = setUp()
    const answered = (meter: string | null) => {
      let count = 0
      while (book.mayAnswer(meter)) count += 1
      return count
    }
    expect(answered('0x1')).toBe(100)
    expect(answered('0x2')).toBe(100)
    expect(answered(null)).toBe(200)
  })
})
