import { Link } from 'wouter'
import { PATHS, tracePeriodAddress } from '../../lib/addresses.ts'
import { countOf } from '../../lib/formats.ts'
import { DataTable, type Column } from '../../ui/DataTable.tsx'
import { EnergyAmount } from '../../ui/EnergyAmount.tsx'
import { HashText } from '../../ui/HashText.tsx'
import { MemberLabel } from '../../ui/MemberLabel.tsx'
import { PriceLabel } from '../../ui/PriceLabel.tsx'
import { ProblemNotice } from '../../ui/ProblemNotice.tsx'
import { Section } from '../../ui/Section.tsx'
import { SESSION_WORDS } from '../../ui/session-words.ts'
import { SessionSteps } from '../../ui/SessionSteps.tsx'
import { Skeleton } from '../../ui/Skeleton.tsx'
import { StaleNote } from '../../ui/StaleNote.tsx'
import { TimeLabel } from '../../ui/TimeLabel.tsx'
import { TransactionLink } from '../../ui/TransactionLink.tsx'
import styles from './SessionPanel.module.css'
import { SessionSettlement } from './SessionSettlement.tsx'
import { useSession, type LedgerSession, type SessionFill } from './useSession.ts'

/** A delivery period on the ledger: its steps, every order with its fill, every statement and the runs that pay it. */
export function SessionPanel({ period }: { period: number }) {
  const state = useSession(period)
  switch (state.status) {
    case 'loading':
      return <Skeleton lines={8} />
    case 'failed':
      return <ProblemNotice problem={state.problem} onRetry={state.retry} />
    case 'unknown':
      return (
        <p>
          This area holds no session for that delivery period. <Link href={PATHS.ledger}>Back to the ledger</Link>
        </p>
      )
    case 'ready':
      return (
        <>
          <StaleNote problem={state.stale} />
          <div className={styles.course}>
            <p className={styles.state}>
              <SessionSteps state={state.session.state} />
              <span>
                <strong>{SESSION_WORDS[state.session.state].name}</strong>: {SESSION_WORDS[state.session.state].meaning}
              </span>
            </p>
            <Steps session={state.session} />
          </div>
          <div className={styles.pair}>
            <Section title="Orders and fills" lead="At most one bid and one offer of each home.">
              <Fills session={state.session} />
            </Section>
            <Section title="Statements" lead="They sum to zero, to the micro-euro, and are paid with all of their day.">
              <SessionSettlement session={state.session} />
            </Section>
          </div>
        </>
      )
  }
}

function Steps({ session }: { session: LedgerSession }) {
  const { transactions, readings } = session
  return (
    <ol className={styles.steps}>
      <li>
        <span>
          <GateWords session={session} />
        </span>
        <TransactionLink hash={transactions.gateClosed} />
      </li>
      <li>
        <span>
          <ClearingWords session={session} />
        </span>
        <TransactionLink hash={transactions.cleared} />
      </li>
      <li>
        <span>
          {readings === null ? (
            'Commitment of the readings'
          ) : (
            <>
              {countOf(readings.count, 'reading')} committed{readings.version > 0 && `, version ${readings.version}`}:{' '}
              <EnergyAmount value={readings.imported} precision="exact" /> in,{' '}
              <EnergyAmount value={readings.exported} precision="exact" /> out, root <HashText value={readings.root} />.
            </>
          )}
        </span>
        <TransactionLink hash={transactions.readingsCommitted} />
      </li>
    </ol>
  )
}

function GateWords({ session: { orderCount, gateClosesAt, closedInPlaceBy } }: { session: LedgerSession }) {
  if (orderCount === null) {
    return (
      <>
        The gate closes at <TimeLabel at={gateClosesAt} />.
      </>
    )
  }
  const orders = countOf(orderCount, 'order')
  if (closedInPlaceBy === null) return <>The market operator closed the gate on {orders}.</>
  return (
    <>
      <MemberLabel memberId={closedInPlaceBy.memberId} name={closedInPlaceBy.name} kind="household" /> replaced a silent
      operator, so that only orders opened on the ledger count.
    </>
  )
}

function ClearingWords({ session }: { session: LedgerSession }) {
  const { volume, price, ledgerOrderCount, voidOrderCount } = session
  if (volume === null) return <>Clearing</>
  return (
    <>
      {volume === 0n ? (
        'Nothing crossed, so nothing was traded.'
      ) : (
        <>
          <EnergyAmount value={volume} precision="exact" /> were traded at <PriceLabel value={price} />.
        </>
      )}
      {ledgerOrderCount !== null && ledgerOrderCount > 0 && (
        <> {countOf(ledgerOrderCount, 'order was', 'orders were')} opened on the ledger.</>
      )}
      {voidOrderCount !== null && voidOrderCount > 0 && (
        <> {countOf(voidOrderCount, 'order', 'orders')} of the operator broke a rule and took no part.</>
      )}
    </>
  )
}

function Fills({ session }: { session: LedgerSession }) {
  if (session.fills.length === 0) return <p className="soft">{fillsMissing(session)}</p>
  return (
    <DataTable
      caption="Orders and fills of the session"
      columns={fillColumnsOf(session.period)}
      rows={session.fills}
      keyOf={(fill) => fill.digest}
    />
  )
}

function fillsMissing({ state, orderCount, volume }: LedgerSession): string {
  if (state === 'open') return 'Orders stay sealed until the session is cleared.'
  if (orderCount === 0) return 'Nobody placed an order.'
  if (volume !== null) return 'No order counted, or the ledger does not show where they were submitted.'
  return 'The orders show once the session is cleared.'
}

function fillColumnsOf(period: number): readonly Column<SessionFill>[] {
  return [
    {
      key: 'trader',
      title: 'Trader',
      cell: ({ memberId, name }) =>
        memberId === null ? name : <Link href={tracePeriodAddress(memberId, period)}>{name}</Link>,
    },
    { key: 'side', title: 'Order', cell: (fill) => (fill.quantity === 0n ? `cancelled ${fill.side}` : fill.side) },
    {
      key: 'quantity',
      title: 'Quantity',
      align: 'end',
      cell: (fill) => <EnergyAmount value={fill.quantity} precision="exact" />,
    },
    {
      key: 'filled',
      title: 'Filled',
      align: 'end',
      cell: (fill) => <EnergyAmount value={fill.filled} precision="exact" />,
    },
    { key: 'limit', title: 'Limit', align: 'end', cell: (fill) => <PriceLabel value={fill.limitPrice} /> },
    { key: 'way', title: 'Came by', cell: (fill) => (fill.isFromLedger ? 'the ledger' : 'the operator') },
  ]
}
