import { describe, expect, test } from 'vitest'
import { ApiError, problemBehind, problemOf, saysRefused, saysUnknown, UNREACHABLE } from './problem.ts'

describe('problemOf', () => {
  test('reads a refusal and makes its detail a sentence', () => {
    const body = {
      code: 'gate-closed',
      title: 'The gate is closed',
      detail: 'session 7 takes no more orders',
      status: 409,
    }
    expect(problemOf(body, 409)).toEqual({
      code: 'gate-closed',
      title: 'The gate is closed',
      detail: 'Session 7 takes no more orders.',
    })
  })

  test('names the status of anything else', () => {
    expect(problemOf(null, 502).code).toBe('status-502')
    expect(problemOf({ message: 'oops' }, 500).detail).toContain('500')
  })
})

test('saysUnknown tells what does not exist from what went wrong', () => {
  expect(saysUnknown(problemOf({ code: 'household-unknown', title: 'a', detail: 'b' }, 404))).toBe(true)
  expect(saysUnknown(UNREACHABLE)).toBe(false)
})

test('a failure that is no refusal becomes a problem of its own', () => {
  expect(problemBehind(new TypeError('x')).code).toBe('answer-not-understood')
  expect(problemBehind(new ApiError(UNREACHABLE))).toBe(UNREACHABLE)
})

test('saysRefused tells what signing in, or a consent, may open', () => {
  const saying = (code: string) => saysRefused({ code, title: '', detail: '' })
  expect(['not-signed-in', 'household-not-shown', 'block-unknown'].map(saying)).toEqual([true, true, false])
})
