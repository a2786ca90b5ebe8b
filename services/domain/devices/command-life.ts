import { DomainError } from '../errors.ts'

/** Where a command stands. What is beyond `sent` is final. */
export const COMMAND_STATES = ['pending', 'sent', 'done', 'refused', 'expired', 'cancelled', 'superseded'] as const
export type CommandState = (typeof COMMAND_STATES)[number]

/** What happened to a command; `unanswered` ends an attempt, and `answered-late` is noted without being believed. */
export const COMMAND_HAPPENINGS = [
  'sent',
  'unanswered',
  'done',
  'refused',
  'expired',
  'cancelled',
  'superseded',
  'answered-late',
] as const
export type CommandHappening = (typeof COMMAND_HAPPENINGS)[number]

const FINAL: ReadonlySet<CommandState> = new Set(['done', 'refused', 'expired', 'cancelled', 'superseded'])

export function isFinal(state: CommandState): boolean {
  return FINAL.has(state)
}

/** Where a command stands after something happened to it. Throws `command-happening-impossible`. */
export function stateAfter(state: CommandState, happening: CommandHappening): CommandState {
  if (!isPossible(state, happening)) {
    throw new DomainError('command-happening-impossible', `a command that is ${state} cannot be ${happening}`)
  }
  return happening === 'unanswered' || happening === 'answered-late' ? state : happening
}

function isPossible(state: CommandState, happening: CommandHappening): boolean {
  switch (happening) {
    case 'answered-late':
      return isFinal(state)
    case 'unanswered':
    case 'done':
      return state === 'sent'
    case 'sent':
    case 'refused':
    case 'expired':
    case 'cancelled':
    case 'superseded':
      return !isFinal(state)
  }
}

/** Where a command stands after all that happened to it, in sequence. Throws `command-happening-impossible`. */
export function stateOf(happenings: readonly CommandHappening[]): CommandState {
  return happenings.reduce<CommandState>(stateAfter, 'pending')
}

/** What is to be done with a command that is not final: an end by itself, or an attempt. */
export function nextOf(
  { expiresAt, isCancelled, isLatest }: { expiresAt: number; isCancelled: boolean; isLatest: boolean },
  now: number,
): 'send' | 'expired' | 'cancelled' | 'superseded' {
  if (isCancelled) return 'cancelled'
  if (!isLatest) return 'superseded'
  return now >= expiresAt ? 'expired' : 'send'
}

const FIRST_PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = 300_000

/** How long to wait after the attempt of that number, from 1, had no answer; doubled with each, up to 5 minutes. */
export function pauseAfter(attempt: number): number {
  return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(20, attempt - 1))
}
