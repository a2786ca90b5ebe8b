import { SECONDS_PER_PERIOD } from '../../../../services/domain/units.ts'
import type { Neighbourhood } from '../../lib/api-client.ts'
import { formatDuration } from '../../lib/formats.ts'
import { useLedgerTime } from '../../lib/LiveProvider.tsx'
import type { Problem } from '../../lib/problem.ts'
import { useNeighbourhood } from '../../lib/useNeighbourhood.ts'

export type NextSession = {
  readonly period: number
  readonly gateClosure: number
  /** Ledger time until the gate closes, such as `4 min 05 s`; null while the ledger's time is not known. */
  readonly remaining: string | null
  /** Of the quarter-hour between two gate closures, how much has passed, as CSS. */
  readonly passed: string
}

export type NextSessionState =
  | { readonly status: 'loading' }
  | { readonly status: 'failed'; readonly problem: Problem; readonly retry: () => void }
  | { readonly status: 'ended' }
  | { readonly status: 'ready'; readonly session: NextSession }

const select = ({ nextGateClosure }: Neighbourhood) => ({ next: nextGateClosure })

/** The session whose gate closes next, counted down in the ledger's time. */
export function useNextSession(): NextSessionState {
  const fetched = useNeighbourhood(select)
  const ledgerTime = useLedgerTime()
  if (fetched.status !== 'ready') return fetched
  if (fetched.data.next === null) return { status: 'ended' }
  return { status: 'ready', session: nextSessionOf(fetched.data.next, ledgerTime) }
}

export function nextSessionOf(next: { period: number; time: number }, ledgerTime: number | null): NextSession {
  const left = ledgerTime === null ? SECONDS_PER_PERIOD : Math.max(0, next.time - ledgerTime)
  const passed = 1 - Math.min(1, left / SECONDS_PER_PERIOD)
  return {
    period: next.period,
    gateClosure: next.time,
    remaining: ledgerTime === null ? null : formatDuration(left),
    passed: `${Math.round(passed * 1000) / 10}%`,
  }
}
