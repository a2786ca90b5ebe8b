import { startOf, deliveryPeriod } from '../../../../services/domain/units.ts'
import type { Neighbourhood } from '../../lib/api-client.ts'
import { formatDay, formatPeriod } from '../../lib/formats.ts'
import type { Problem } from '../../lib/problem.ts'
import { useNeighbourhood } from '../../lib/useNeighbourhood.ts'

type OpenSessions = {
  readonly area: number
  /** Those that take orders now, the next one first. */
  readonly periods: readonly number[]
}

export type OpenSessionsState =
  | { readonly status: 'loading' }
  | { readonly status: 'failed'; readonly problem: Problem; readonly retry: () => void }
  | { readonly status: 'ended' }
  | { readonly status: 'ready'; readonly sessions: OpenSessions }

/** Those of the next six hours: keys of a day are on the ledger before it begins. */
const MOST = 24

/** The delivery periods for which an order may be placed now. */
export function useOpenSessions(): OpenSessionsState {
  const fetched = useNeighbourhood(openSessionsOf)
  if (fetched.status !== 'ready') return fetched
  return fetched.data.periods.length === 0 ? { status: 'ended' } : { status: 'ready', sessions: fetched.data }
}

function openSessionsOf({ area, calendar, nextGateClosure }: Neighbourhood): OpenSessions {
  if (nextGateClosure === null) return { area, periods: [] }
  const first = nextGateClosure.period
  const last = Math.min(calendar.lastPeriod, first + MOST - 1)
  return { area, periods: Array.from({ length: last - first + 1 }, (_, index) => first + index) }
}

/** `Fri 27 Nov, 14:15–14:30`. */
export function nameOfPeriod(period: number): string {
  return `${formatDay(startOf(deliveryPeriod(period)))}, ${formatPeriod(period)}`
}
