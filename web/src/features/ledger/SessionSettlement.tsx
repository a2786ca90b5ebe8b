import { Link } from 'wouter'
import { tracePeriodAddress } from '../../lib/addresses.ts'
import { countOf } from '../../lib/formats.ts'
import { DataTable, type Column } from '../../ui/DataTable.tsx'
import { DayLabel } from '../../ui/DayLabel.tsx'
import { HeldBackWords } from '../../ui/HeldBackWords.tsx'
import { MoneyAmount } from '../../ui/MoneyAmount.tsx'
import { PaymentAmount } from '../../ui/PaymentAmount.tsx'
import { SettlementBadge } from '../../ui/SettlementBadge.tsx'
import { runNameOf, SETTLEMENT_WORDS } from '../../ui/settlement-words.ts'
import { StatusBadge } from '../../ui/StatusBadge.tsx'
import { TimeLabel } from '../../ui/TimeLabel.tsx'
import { TransactionLink } from '../../ui/TransactionLink.tsx'
import styles from './SessionPanel.module.css'
import { useMemberNames } from './useMemberNames.ts'
import type { LedgerSession, SessionRun, SessionStatement } from './useSession.ts'

/** What everyone pays for the delivery period, and the settlement runs of its day. */
export function SessionSettlement({ session }: { session: LedgerSession }) {
  const names = useMemberNames()
  const { settlement, period } = session
  if (settlement === null) return <p className="soft">The statements show once the period is metered.</p>
  return (
    <>
      <p>
        <SettlementBadge state={settlement.state} /> <DayLabel day={settlement.day} />:{' '}
        {SETTLEMENT_WORDS[settlement.state].meaning}. <MoneyAmount value={settlement.moved} /> change hands for this
        quarter-hour.
      </p>
      {settlement.runs.length > 0 && (
        <ol className={styles.steps}>
          {settlement.runs.map((run) => (
            <li key={run.run}>
              <RunWords run={run} />
            </li>
          ))}
        </ol>
      )}
      {settlement.statements.length > 0 && (
        <DataTable
          caption="Statements of the delivery period"
          columns={columnsOf(period, names)}
          rows={settlement.statements}
          keyOf={(statement) => statement.memberId}
        />
      )}
    </>
  )
}

function RunWords({ run }: { run: SessionRun }) {
  return (
    <>
      <span>
        The {runNameOf(run.run)} of the day: {countOf(run.statementCount, 'statement')},{' '}
        <MoneyAmount value={run.total} />{' '}
        {run.paidAt === null ? (
          <>
            to be paid; can be challenged until <TimeLabel at={run.challengeableUntil} show="day and time" />.{' '}
            <HeldBackWords withheld={run.withheld} />
          </>
        ) : (
          <>
            paid on <TimeLabel at={run.paidAt} show="day and time" />.
          </>
        )}
      </span>
      <TransactionLink hash={run.paidTransaction ?? run.committedTransaction} />
    </>
  )
}

function columnsOf(period: number, names: ReadonlyMap<number, string>): readonly Column<SessionStatement>[] {
  return [
    {
      key: 'member',
      title: 'Member',
      cell: ({ memberId, name, isEstimated }) => (
        <>
          {names.has(memberId) ? <Link href={tracePeriodAddress(memberId, period)}>{name}</Link> : name}{' '}
          {isEstimated && <StatusBadge tone="waiting">estimated</StatusBadge>}
        </>
      ),
    },
    {
      key: 'amount',
      title: 'Payment',
      align: 'end',
      cell: ({ amount }) => <PaymentAmount value={amount} precision="exact" />,
    },
  ]
}
