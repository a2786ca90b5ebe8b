import { Link } from 'wouter'
import { PATHS, tracePeriodAddress } from '../../lib/addresses.ts'
import { countOf } from '../../lib/formats.ts'
import { DataTable, type Column } from '../../ui/DataTable.tsx'
import { EnergyAmount } from '../../ui/EnergyAmount.tsx'
import { HashText } from '../../ui/HashText.tsx'
import { MoneyAmount } from '../../ui/MoneyAmount.tsx'
import { PaymentAmount } from '../../ui/PaymentAmount.tsx'
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
import { useMemberNames } from './useMemberNames.ts'
import { useSession, type LedgerSession, type SessionFill, type SessionPayment } from './useSession.ts'

/** A delivery period on the ledger: its four steps, every order with its fill, every payment. */
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
            <Section title="Payments" lead="They sum to zero, to the micro-euro.">
              <Payments session={state.session} />
            </Section>
          </div>
        </>
      )
  }
}

function Steps({ session }: { session: LedgerSession }) {
  const { transactions, readings, payments } = session
  return (
    <ol className={styles.steps}>
      <li>
        <span>
          {session.orderCount === null ? (
            <>
              The gate closes at <TimeLabel at={session.gateClosesAt} />.
            </>
          ) : (
            <>The gate closed on {countOf(session.orderCount, 'order')}.</>
          )}
        </span>
        <TransactionLink hash={transactions.gateClosed} />
      </li>
      <li>
        <span>
          {session.volume === null && 'Clearing'}
          {session.volume === 0n && 'Nothing crossed, so nothing was traded.'}
          {session.volume !== null && session.volume > 0n && (
            <>
              <EnergyAmount value={session.volume} precision="exact" /> were traded at{' '}
              <PriceLabel value={session.price} />.
            </>
          )}
        </span>
        <TransactionLink hash={transactions.cleared} />
      </li>
      <li>
        <span>
          {readings === null ? (
            'Commitment of the readings'
          ) : (
            <>
              {countOf(readings.count, 'reading')} committed:{' '}
              <EnergyAmount value={readings.imported} precision="exact" /> in,{' '}
              <EnergyAmount value={readings.exported} precision="exact" /> out, root <HashText value={readings.root} />.
            </>
          )}
        </span>
        <TransactionLink hash={transactions.readingsCommitted} />
      </li>
      <li>
        <span>
          {payments === null ? (
            'Settlement'
          ) : (
            <>
              {countOf(payments.length, 'payment')} moved <MoneyAmount value={session.moved} />.
            </>
          )}
        </span>
        <TransactionLink hash={transactions.settled} />
      </li>
    </ol>
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

function fillsMissing({ state, orderCount }: LedgerSession): string {
  if (state === 'open') return 'Orders stay sealed until the gate closes.'
  if (orderCount === 0) return 'Nobody placed an order.'
  return 'The orders show once the session is cleared.'
}

function fillColumnsOf(period: number): readonly Column<SessionFill>[] {
  return [
    {
      key: 'member',
      title: 'Home',
      cell: (fill) => <Link href={tracePeriodAddress(fill.memberId, period)}>{fill.name}</Link>,
    },
    { key: 'side', title: 'Order', cell: (fill) => fill.side },
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
  ]
}

function Payments({ session }: { session: LedgerSession }) {
  const names = useMemberNames()
  if (session.payments === null) return <p className="soft">The payments show once the period is settled.</p>
  if (session.payments.length === 0) return <p className="soft">Nobody had anything to pay or to receive.</p>
  const columns: readonly Column<SessionPayment>[] = [
    {
      key: 'member',
      title: 'Member',
      cell: (payment) =>
        names.has(payment.memberId) ? (
          <Link href={tracePeriodAddress(payment.memberId, session.period)}>{payment.name}</Link>
        ) : (
          payment.name
        ),
    },
    {
      key: 'amount',
      title: 'Payment',
      align: 'end',
      cell: (payment) => <PaymentAmount value={payment.amount} precision="exact" />,
    },
  ]
  return (
    <DataTable
      caption="Payments of the session"
      columns={columns}
      rows={session.payments}
      keyOf={(payment) => payment.memberId}
    />
  )
}
