/** A block's time by the ledger, in unix seconds, and when we saw it, in wall-clock milliseconds. */
export type Observation = { readonly ledgerTime: number; readonly wallMs: number }

const MOST_OBSERVATIONS = 12
const LEAST_SPAN_MS = 400

/** Keeps the newest observations of a clock that moves; one that runs backwards (a new ledger) starts over. */
export function observeLedgerTime(known: readonly Observation[], seen: Observation): readonly Observation[] {
  const last = known.at(-1)
  if (last === undefined || seen.ledgerTime < last.ledgerTime) return [seen]
  if (seen.ledgerTime === last.ledgerTime) return known
  return [...known, seen].slice(-MOST_OBSERVATIONS)
}

/** Ledger seconds per wall second over what was observed; null before it can be told. */
export function ledgerPaceOf(known: readonly Observation[]): number | null {
  const first = known[0]
  const last = known.at(-1)
  if (first === undefined || last === undefined || last.wallMs - first.wallMs < LEAST_SPAN_MS) return null
  return ((last.ledgerTime - first.ledgerTime) * 1000) / (last.wallMs - first.wallMs)
}

/**
 * The ledger's time at an instant of the wall clock, carried on at the observed pace, in unix seconds. It runs ahead of
 * the last block by no more than two of the usual steps between blocks, so that it stands still when the ledger does.
 */
export function ledgerTimeAt(known: readonly Observation[], wallMs: number): number | null {
  const first = known[0]
  const last = known.at(-1)
  if (first === undefined || last === undefined) return null
  const pace = ledgerPaceOf(known)
  if (pace === null) return last.ledgerTime
  const usualStep = (last.ledgerTime - first.ledgerTime) / (known.length - 1)
  const ahead = (Math.max(0, wallMs - last.wallMs) / 1000) * pace
  return last.ledgerTime + Math.min(ahead, 2 * usualStep)
}
