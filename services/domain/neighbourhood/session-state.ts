export type SessionState = 'open' | 'gate-closed' | 'cleared' | 'metered' | 'settled'

export type SessionSteps = {
  readonly isGateClosed: boolean
  readonly isCleared: boolean
  /** Whether the period's readings are committed. */
  readonly isMetered: boolean
  readonly isSettled: boolean
}

/**
 * Whether what its orders say is nobody's to see yet. The gate's closure is not enough: until the session is cleared an
 * operator could still be replaced, and whoever saw the orders could choose among its own.
 */
export function isSealedIn(state: SessionState): boolean {
  return state === 'open' || state === 'gate-closed'
}

/** How far a session has come. Readings that are committed before the session is cleared do not make it metered yet. */
export function sessionStateOf({ isGateClosed, isCleared, isMetered, isSettled }: SessionSteps): SessionState {
  if (!isCleared) return isGateClosed ? 'gate-closed' : 'open'
  if (isSettled) return 'settled'
  return isMetered ? 'metered' : 'cleared'
}
