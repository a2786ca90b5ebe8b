import { DataTable, type Column } from '../../ui/DataTable.tsx'
import { DayLabel } from '../../ui/DayLabel.tsx'
import { MoneyAmount } from '../../ui/MoneyAmount.tsx'
import { ProblemNotice } from '../../ui/ProblemNotice.tsx'
import { SessionLink } from '../../ui/SessionLink.tsx'
import { Skeleton } from '../../ui/Skeleton.tsx'
import { StaleNote } from '../../ui/StaleNote.tsx'
import { StatusBadge, type Tone } from '../../ui/StatusBadge.tsx'
import { TransactionLink } from '../../ui/TransactionLink.tsx'
import type { AreaChallenge } from './area.ts'
import { useArea } from './useArea.ts'

const OUTCOMES: Record<AreaChallenge['outcome'], { readonly name: string; readonly tone: Tone }> = {
  'statement-corrected': { name: 'statement corrected', tone: 'good' },
  'correction-paid': { name: 'correction paid', tone: 'good' },
  'order-left-out': { name: 'order was left out', tone: 'good' },
  rejected: { name: 'rejected', tone: 'bad' },
}

const COLUMNS: readonly Column<AreaChallenge>[] = [
  { key: 'about', title: 'About', cell: (row) => <About challenge={row} /> },
  {
    key: 'outcome',
    title: 'Outcome',
    cell: (row) => <StatusBadge tone={OUTCOMES[row.outcome].tone}>{OUTCOMES[row.outcome].name}</StatusBadge>,
  },
  { key: 'challenger', title: 'Challenger', cell: (row) => row.challenger },
  { key: 'amount', title: 'Moved', align: 'end', cell: (row) => <MoneyAmount value={row.amount} /> },
  { key: 'transaction', title: 'Transaction', cell: (row) => <TransactionLink hash={row.transactionHash} /> },
]

/** The latest challenges: what was proven wrong, and what was not. */
export function ChallengesPanel() {
  const state = useArea()
  switch (state.status) {
    case 'loading':
      return <Skeleton lines={3} />
    case 'failed':
      return <ProblemNotice problem={state.problem} onRetry={state.retry} />
    case 'ready':
      if (state.area.challenges.length === 0) return <p className="soft">Nobody has challenged anything yet.</p>
      return (
        <>
          <StaleNote problem={state.stale} />
          <DataTable
            caption="The latest challenges"
            columns={COLUMNS}
            rows={state.area.challenges}
            keyOf={(row) => row.key}
          />
        </>
      )
  }
}

function About({ challenge: { period, day } }: { challenge: AreaChallenge }) {
  if (period !== null) return <SessionLink period={period} show="day and time" />
  return day === null ? null : <DayLabel day={day} />
}
