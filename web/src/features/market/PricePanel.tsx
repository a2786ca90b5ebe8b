import { lazy, useMemo } from 'react'
import type { Neighbourhood } from '../../lib/api-client.ts'
import { countOf } from '../../lib/formats.ts'
import { useNeighbourhood } from '../../lib/useNeighbourhood.ts'
import { ChartFrame } from '../../ui/ChartFrame.tsx'
import { DataTable, type Column } from '../../ui/DataTable.tsx'
import { EmptyNotice } from '../../ui/EmptyNotice.tsx'
import { EnergyAmount } from '../../ui/EnergyAmount.tsx'
import { Legend } from '../../ui/Legend.tsx'
import { PriceLabel } from '../../ui/PriceLabel.tsx'
import { ProblemNotice } from '../../ui/ProblemNotice.tsx'
import { SessionLink } from '../../ui/SessionLink.tsx'
import { Skeleton } from '../../ui/Skeleton.tsx'
import { StaleNote } from '../../ui/StaleNote.tsx'
import { chartPointsOf, meanPriceOf, type SessionPoint } from './session-points.ts'
import { useSessions } from './useSessions.ts'

const PriceChart = lazy(() => import('./PriceChart.tsx').then((module) => ({ default: module.PriceChart })))

const LEGEND = [
  { mark: 'price', name: 'clearing price' },
  { mark: 'tariff', name: 'between feed-in and retail tariff' },
  { mark: 'leaf', name: 'traded' },
] as const

const COLUMNS: readonly Column<SessionPoint>[] = [
  { key: 'period', title: 'Delivery period', cell: (row) => <SessionLink period={row.period} show="day and time" /> },
  { key: 'price', title: 'Price', align: 'end', cell: (row) => <PriceLabel value={row.price} /> },
  {
    key: 'volume',
    title: 'Traded',
    align: 'end',
    cell: (row) => <EnergyAmount value={row.volume} precision="exact" />,
  },
  { key: 'orders', title: 'Orders', align: 'end', cell: (row) => row.orderCount },
]

const tariffOf = ({ tariff }: Neighbourhood) => ({
  retail: Number(tariff.retailMicroEuroPerKwh) / 1e6,
  feedIn: Number(tariff.feedInMicroEuroPerKwh) / 1e6,
})

/** Price and volume of the last day of sessions. */
export function PricePanel() {
  const state = useSessions()
  const tariff = useNeighbourhood(tariffOf)
  const sessions = state.status === 'ready' ? state.sessions : null
  const cleared = useMemo(() => sessions?.filter(({ volume }) => volume !== null) ?? [], [sessions])
  const points = useMemo(() => chartPointsOf(cleared), [cleared])

  switch (state.status) {
    case 'loading':
      return <Skeleton lines={6} />
    case 'failed':
      return <ProblemNotice problem={state.problem} onRetry={state.retry} />
    case 'empty':
      return <EmptyNotice>No session has cleared yet. The first price appears at the first gate closure.</EmptyNotice>
    case 'ready':
      return (
        <>
          <StaleNote problem={state.stale} />
          <ChartFrame
            description={`Clearing price and traded energy of the last ${countOf(cleared.length, 'session')}.`}
            legend={<Legend items={LEGEND} />}
            chart={<PriceChart points={points} tariff={tariff.status === 'ready' ? tariff.data : null} />}
            tables={[
              {
                name: 'Table',
                table: (
                  <DataTable
                    caption="Prices of the last sessions"
                    columns={COLUMNS}
                    rows={cleared}
                    keyOf={(row) => row.period}
                  />
                ),
              },
            ]}
          />
        </>
      )
  }
}

/** The mean price of the last day, in a sentence. */
export function PriceSentence() {
  const state = useSessions()
  if (state.status !== 'ready') return null
  const mean = meanPriceOf(state.sessions)
  if (mean === null) return <>Nothing has been traded yet.</>
  return (
    <>
      On average <PriceLabel value={mean} />, over the last {countOf(state.sessions.length, 'session')}.
    </>
  )
}
