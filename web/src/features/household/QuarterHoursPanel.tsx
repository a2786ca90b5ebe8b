import { lazy, useMemo } from 'react'
import { Link, useLocation } from 'wouter'
import { tracePeriodAddress } from '../../lib/addresses.ts'
import { countOf } from '../../lib/formats.ts'
import { ChartFrame } from '../../ui/ChartFrame.tsx'
import { DataTable, type Column } from '../../ui/DataTable.tsx'
import { EmptyNotice } from '../../ui/EmptyNotice.tsx'
import { EnergyAmount } from '../../ui/EnergyAmount.tsx'
import { Legend } from '../../ui/Legend.tsx'
import { PaymentAmount } from '../../ui/PaymentAmount.tsx'
import { PeriodLabel } from '../../ui/PeriodLabel.tsx'
import { PriceLabel } from '../../ui/PriceLabel.tsx'
import { ProblemNotice } from '../../ui/ProblemNotice.tsx'
import { SESSION_WORDS } from '../../ui/session-words.ts'
import { SettlementBadge } from '../../ui/SettlementBadge.tsx'
import { Skeleton } from '../../ui/Skeleton.tsx'
import { StaleNote } from '../../ui/StaleNote.tsx'
import { StatusBadge } from '../../ui/StatusBadge.tsx'
import { chartQuarterHoursOf, type QuarterHour } from './quarter-hours.ts'
import { Pager } from '../../ui/Pager.tsx'
import type { StatementLines } from './statement-lines.ts'
import { useQuarterHours } from './useQuarterHours.ts'

const EnergyChart = lazy(() => import('./EnergyChart.tsx').then((module) => ({ default: module.EnergyChart })))

const LEGEND = [
  { mark: 'leaf', name: 'bought from neighbours' },
  { mark: 'grid-in', name: 'from the grid' },
  { mark: 'sun', name: 'sold to neighbours' },
  { mark: 'grid-out', name: 'to the grid' },
] as const

const STATE_COLUMN: Column<QuarterHour> = {
  key: 'state',
  title: 'State',
  cell: (row) => <StatusBadge tone={SESSION_WORDS[row.state].tone}>{SESSION_WORDS[row.state].name}</StatusBadge>,
}

const TABLES: readonly { readonly name: string; readonly columns: readonly Column<QuarterHour>[] }[] = [
  {
    name: 'Energy',
    columns: [
      {
        key: 'bought',
        title: 'Bought',
        align: 'end',
        cell: (row) => <EnergyAmount value={row.bought} precision="exact" />,
      },
      { key: 'sold', title: 'Sold', align: 'end', cell: (row) => <EnergyAmount value={row.sold} precision="exact" /> },
      { key: 'in', title: 'From the grid', align: 'end', cell: (row) => <GridEnergy row={row} flow="fromGrid" /> },
      { key: 'out', title: 'To the grid', align: 'end', cell: (row) => <GridEnergy row={row} flow="toGrid" /> },
      { key: 'price', title: 'Price', align: 'end', cell: (row) => <PriceLabel value={row.price} /> },
      {
        key: 'reading',
        title: 'Reading',
        cell: (row) => row.isEstimated && <StatusBadge tone="waiting">estimated</StatusBadge>,
      },
      STATE_COLUMN,
    ],
  },
  {
    name: 'Money',
    columns: [
      { key: 'energy', title: 'Energy', align: 'end', cell: (row) => <Settled row={row} line="energy" /> },
      { key: 'imbalance', title: 'Imbalance', align: 'end', cell: (row) => <Settled row={row} line="imbalance" /> },
      { key: 'grid', title: 'Grid tariff', align: 'end', cell: (row) => <Settled row={row} line="gridTariff" /> },
      { key: 'levies', title: 'Levies', align: 'end', cell: (row) => <Settled row={row} line="levies" /> },
      { key: 'fee', title: 'Fee', align: 'end', cell: (row) => <Settled row={row} line="platformFee" /> },
      { key: 'total', title: 'In sum', align: 'end', cell: (row) => <Settled row={row} line="total" /> },
      { key: 'tariff', title: 'Tariff alone', align: 'end', cell: (row) => <Settled row={row} line="tariffOnly" /> },
      {
        key: 'settlement',
        title: 'Settlement',
        cell: (row) => row.statement && <SettlementBadge state={row.statement.settlement} />,
      },
    ],
  },
]

type Props = {
  memberId: number
  name: string
  /** The quarter-hour whose trace is open; null for none. */
  openPeriod: number | null
}

/** A day of a household's quarter-hours, as a picture and as a table; each one opens its trace. */
export function QuarterHoursPanel({ memberId, name, openPeriod }: Props) {
  const state = useQuarterHours(memberId)
  const [, navigate] = useLocation()
  const items = state.status === 'ready' ? state.items : null
  const points = useMemo(() => chartQuarterHoursOf(items ?? []), [items])

  switch (state.status) {
    case 'loading':
      return <Skeleton lines={8} />
    case 'failed':
      return <ProblemNotice problem={state.problem} onRetry={state.retry} />
    case 'empty':
      return <EmptyNotice>This home has not taken part in a session yet.</EmptyNotice>
    case 'ready':
      return (
        <>
          <StaleNote problem={state.stale} />
          <ChartFrame
            description={`Energy into and out of ${name} in ${countOf(points.length, 'quarter-hour')}.`}
            legend={<Legend items={LEGEND} />}
            chart={
              <EnergyChart
                points={points}
                openPeriod={openPeriod}
                onOpen={(period) => navigate(tracePeriodAddress(memberId, period), { replace: openPeriod !== null })}
              />
            }
            tables={TABLES.map((kind) => ({
              name: kind.name,
              table: (
                <DataTable
                  caption={`${kind.name} of ${name} by quarter-hour`}
                  columns={[whenColumnOf(memberId), ...kind.columns]}
                  rows={state.items}
                  keyOf={(row) => row.period}
                  {...(openPeriod === null ? {} : { currentKey: openPeriod })}
                />
              ),
            }))}
          />
          <Pager label="Days" onEarlier={state.showEarlier} onLater={state.showLater} />
        </>
      )
  }
}

function GridEnergy({ row, flow }: { row: QuarterHour; flow: 'fromGrid' | 'toGrid' }) {
  if (!row.isMetered && row.flows === null) return <span className="soft">not yet</span>
  return <EnergyAmount value={row.flows?.[flow] ?? null} precision="exact" />
}

type Line = keyof StatementLines | 'tariffOnly'

function Settled({ row, line }: { row: QuarterHour; line: Line }) {
  if (row.statement === null) return <span className="soft">not yet</span>
  return <PaymentAmount value={row.statement[line]} precision="fine" />
}

function whenColumnOf(memberId: number): Column<QuarterHour> {
  return {
    key: 'period',
    title: 'Quarter-hour',
    cell: (row) => (
      <Link href={tracePeriodAddress(memberId, row.period)}>
        <PeriodLabel period={row.period} show="day and time" />
      </Link>
    ),
  }
}
