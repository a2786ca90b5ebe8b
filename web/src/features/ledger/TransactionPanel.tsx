import { Link } from 'wouter'
import { blockAddress, PATHS, tracePeriodAddress } from '../../lib/addresses.ts'
import { formatCount } from '../../lib/formats.ts'
import { FactList } from '../../ui/FactList.tsx'
import { HashText } from '../../ui/HashText.tsx'
import { PeriodLabel } from '../../ui/PeriodLabel.tsx'
import { ProblemNotice } from '../../ui/ProblemNotice.tsx'
import { Skeleton } from '../../ui/Skeleton.tsx'
import { StatusBadge } from '../../ui/StatusBadge.tsx'
import { TimeLabel } from '../../ui/TimeLabel.tsx'
import { EventList } from './EventsPanel.tsx'
import { useTransaction } from './useTransaction.ts'

/** One transaction: who sent it, what it did and what came of it. */
export function TransactionPanel({ hash }: { hash: string }) {
  const state = useTransaction(hash)
  switch (state.status) {
    case 'loading':
      return <Skeleton lines={6} />
    case 'failed':
      return <ProblemNotice problem={state.problem} onRetry={state.retry} />
    case 'unknown':
      return (
        <p>
          The ledger has no transaction and no order of this name, or it has not been read yet.{' '}
          <Link href={PATHS.ledger}>Back to the ledger</Link>
        </p>
      )
    case 'order':
      return (
        <p>
          This is the name of an order: {state.side === 'bid' ? 'a bid' : 'an offer'} for{' '}
          {state.memberId === null ? (
            <PeriodLabel period={state.period} show="day and time" />
          ) : (
            <Link href={tracePeriodAddress(state.memberId, state.period)}>
              <PeriodLabel period={state.period} show="day and time" />
            </Link>
          )}
          {state.memberId === null ? '.' : ', traced there from order to payment.'}
        </p>
      )
    case 'sealed order':
      return (
        <p>
          This is the name of an order for <PeriodLabel period={state.period} show="day and time" />, which stays sealed
          until its session is cleared.
        </p>
      )
    case 'ready': {
      const { transaction, events } = state
      return (
        <>
          <p>
            <HashText value={transaction.sender} /> {transaction.words}.{' '}
            {transaction.succeeded ? (
              <StatusBadge tone="good">succeeded</StatusBadge>
            ) : (
              <StatusBadge tone="bad">refused, without effect</StatusBadge>
            )}
          </p>
          <FactList
            facts={[
              {
                name: 'Block',
                value: <Link href={blockAddress(transaction.blockNumber)}>{formatCount(transaction.blockNumber)}</Link>,
              },
              { name: 'Ledger time', value: <TimeLabel at={transaction.at} show="day and time" /> },
              { name: 'Gas used', value: formatCount(transaction.gasUsed) },
            ]}
          />
          {events.length === 0 ? <p className="soft">Nothing came of it.</p> : <EventList events={events} />}
        </>
      )
    }
  }
}
