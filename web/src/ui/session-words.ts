import type { Tone } from './StatusBadge.tsx'
import type { SessionState } from '../lib/api-client.ts'

/** A session's state in the words of the glossary, with what it means for a reader. */
export const SESSION_WORDS: Record<
  SessionState,
  { readonly name: string; readonly meaning: string; readonly tone: Tone }
> = {
  open: { name: 'open', meaning: 'orders are welcome', tone: 'plain' },
  'gate-closed': { name: 'gate closed', meaning: 'its orders are binding, its price is being found', tone: 'waiting' },
  cleared: { name: 'cleared', meaning: 'price and trades are on the ledger; waiting for the meters', tone: 'waiting' },
  metered: {
    name: 'metered',
    meaning: 'its meter readings are committed; its statements wait for the day’s payments',
    tone: 'waiting',
  },
  settled: { name: 'settled', meaning: 'its day is paid', tone: 'good' },
}

export const SESSION_STEPS: readonly SessionState[] = ['open', 'gate-closed', 'cleared', 'metered', 'settled']

/** How many steps of five a session has made. */
export function stepsMade(state: SessionState): number {
  return SESSION_STEPS.indexOf(state) + 1
}
