import { describe, expect, test } from 'vitest'
import { sessionStateOf, type SessionSteps } from './session-state.ts'

const open: SessionSteps = { isGateClosed: false, isCleared: false, isMetered: false, isSettled: false }

describe('sessionStateOf', () => {
  test('goes from open over gate-closed, cleared and metered to settled', () => {
    const closed = { ...open, isGateClosed: true }
    const cleared = { ...closed, isCleared: true }
    const metered = { ...cleared, isMetered: true }
    const settled = { ...metered, isSettled: true }
    expect([open, closed, cleared, metered, settled].map(sessionStateOf)).toEqual([
      'open',
      'gate-closed',
      'cleared',
      'metered',
      'settled',
    ])
  })

  test('stays gate-closed while it is metered but not cleared', () => {
    expect(sessionStateOf({ ...open, isGateClosed: true, isMetered: true })).toBe('gate-closed')
  })
})
