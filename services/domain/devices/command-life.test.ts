import { describe, expect, test } from 'vitest'
import { COMMAND_HAPPENINGS, isFinal, nextOf, pauseAfter, stateAfter, stateOf } from './command-life.ts'

const impossible = expect.objectContaining({ code: 'command-happening-impossible' }) as Error

describe('stateOf', () => {
  test('follows a command that is sent twice before it is answered', () => {
    expect(stateOf([])).toBe('pending')
    expect(stateOf(['sent', 'unanswered'])).toBe('sent')
    expect(stateOf(['sent', 'unanswered', 'sent', 'done'])).toBe('done')
  })

  test('leaves what expired expired, whatever is answered later', () => {
    expect(stateOf(['sent', 'unanswered', 'expired', 'answered-late'])).toBe('expired')
  })

  test('lets a command be refused before it is sent, as where it is beyond the limits by now', () => {
    expect(stateOf(['refused'])).toBe('refused')
  })

  test('lets nothing but a late answer happen after the end', () => {
    for (const end of ['done', 'refused', 'expired', 'cancelled', 'superseded'] as const) {
      expect(isFinal(end)).toBe(true)
      for (const happening of COMMAND_HAPPENINGS) {
        if (happening === 'answered-late') expect(stateAfter(end, happening)).toBe(end)
        else expect(() => stateAfter(end, happening)).toThrow(impossible)
      }
    }
  })

  test('believes no answer to what was never sent', () => {
    expect(() => stateOf(['done'])).toThrow(impossible)
    expect(() => stateOf(['unanswered'])).toThrow(impossible)
    expect(() => stateOf(['answered-late'])).toThrow(impossible)
  })
})

describe('nextOf', () => {
  const open = { expiresAt: 100, isCancelled: false, isLatest: true }

  test('sends until the second of its expiry', () => {
    expect(nextOf(open, 99)).toBe('send')
    expect(nextOf(open, 100)).toBe('expired')
  })

  test('ends what was cancelled or has a later one after it', () => {
    expect(nextOf({ ...open, isCancelled: true }, 99)).toBe('cancelled')
    expect(nextOf({ ...open, isLatest: false }, 200)).toBe('superseded')
  })
})

test('pauseAfter doubles up to five minutes', () => {
  expect([1, 2, 3, 9, 10, 1_000].map(pauseAfter)).toEqual([1_000, 2_000, 4_000, 256_000, 300_000, 300_000])
})
