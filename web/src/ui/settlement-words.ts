import type { SettlementState } from '../lib/api-client.ts'
import type { Tone } from './StatusBadge.tsx'

/** How far a day's settlement has come, in the words of the glossary, with what it means for a reader. */
export const SETTLEMENT_WORDS: Record<
  SettlementState,
  { readonly name: string; readonly meaning: string; readonly tone: Tone }
> = {
  'drawn-up': {
    name: 'provisional',
    meaning: 'statements are drawn up, and not committed to the ledger yet',
    tone: 'plain',
  },
  committed: { name: 'committed', meaning: 'statements are on the ledger and can be challenged', tone: 'waiting' },
  'held-back': {
    name: 'held back',
    meaning: 'a run is paid only after the operator’s bond pays what challenges corrected',
    tone: 'bad',
  },
  paid: { name: 'paid', meaning: 'the initial run is paid; later readings may still correct it', tone: 'good' },
  corrected: { name: 'corrected', meaning: 'the corrected run is paid; the final one may follow', tone: 'good' },
  final: { name: 'final', meaning: 'the final run is paid: nothing changes any more', tone: 'good' },
}

const RUN_NAMES = ['initial run', 'corrected run', 'final run'] as const

/** A settlement run by its number. */
export function runNameOf(run: number): string {
  return RUN_NAMES[run] ?? `run ${run}`
}
