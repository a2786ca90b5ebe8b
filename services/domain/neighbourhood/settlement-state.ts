/**
 * How far a day's settlement has come: `drawn-up` while its statements are provisional, `committed` while the initial run
 * can be challenged, then `paid`, `corrected` and `final` by the latest run that is paid. `held-back` says that a run waits
 * for the market operator's bond to pay what challenges of it corrected.
 */
export type SettlementState = 'drawn-up' | 'committed' | 'held-back' | 'paid' | 'corrected' | 'final'

type Run = { readonly run: number; readonly isPaid: boolean; readonly isWithheld: boolean }

const PAID_STATES = ['paid', 'corrected', 'final'] as const

/** The state of a day whose runs (0 initial, 1 corrected, 2 final) are on the ledger so far. */
export function settlementStateOf(runs: readonly Run[]): SettlementState {
  if (runs.some(({ isPaid, isWithheld }) => isWithheld && !isPaid)) return 'held-back'
  const paid = runs.filter(({ isPaid }) => isPaid).map(({ run }) => run)
  if (paid.length > 0) return PAID_STATES[Math.max(...paid)] ?? 'paid'
  return runs.length > 0 ? 'committed' : 'drawn-up'
}
