import type { Neighbourhood } from '../../lib/api-client.ts'
import type { Problem } from '../../lib/problem.ts'
import { percentOf } from '../../lib/formats.ts'
import { useNeighbourhood } from '../../lib/useNeighbourhood.ts'

export type Saving = {
  readonly periodCount: number
  /** Micro-euro against the tariff alone; negative where the market cost more. */
  readonly saving: bigint
  readonly traded: bigint
  readonly fromGrid: bigint
  readonly toGrid: bigint
  /** Of the energy that homes took, the share that came from neighbours; null where none was taken. */
  readonly localPercent: number | null
}

export type SavingState =
  | { readonly status: 'loading' }
  | { readonly status: 'failed'; readonly problem: Problem; readonly retry: () => void }
  | { readonly status: 'empty' }
  | { readonly status: 'ready'; readonly saving: Saving; readonly stale: Problem | null }

/** What the market saved all households together over the last day of settled periods. */
export function useSaving(): SavingState {
  const fetched = useNeighbourhood(savingOf)
  if (fetched.status !== 'ready') return fetched
  return fetched.data === null ? { status: 'empty' } : { status: 'ready', saving: fetched.data, stale: fetched.stale }
}

export function savingOf({ totals }: Neighbourhood): Saving | null {
  if (totals.periodCount === 0) return null
  const traded = BigInt(totals.tradedWh)
  const fromGrid = BigInt(totals.gridImportWh)
  return {
    periodCount: totals.periodCount,
    saving: BigInt(totals.savingMicroEuro),
    traded,
    fromGrid,
    toGrid: BigInt(totals.gridExportWh),
    localPercent: percentOf(traded, traded + fromGrid),
  }
}
