import { Link } from 'wouter'
import { blockAddress } from '../../lib/addresses.ts'
import { formatCount } from '../../lib/formats.ts'
import { EmptyNotice } from '../../ui/EmptyNotice.tsx'
import { Pager } from '../../ui/Pager.tsx'
import { ProblemNotice } from '../../ui/ProblemNotice.tsx'
import { Skeleton } from '../../ui/Skeleton.tsx'
import { StaleNote } from '../../ui/StaleNote.tsx'
import { TimeLabel } from '../../ui/TimeLabel.tsx'
import { TransactionLink } from '../../ui/TransactionLink.tsx'
import styles from './EventsPanel.module.css'
import type { EventKind } from './kinds.ts'
import { PhraseText } from './PhraseText.tsx'
import { daysOf, useEvents, type EventRow } from './useEvents.ts'
import { useMemberNames } from './useMemberNames.ts'

/** What happened on the ledger, newest first, in sentences. */
export function EventsPanel({ kind, memberId }: { kind: EventKind; memberId: number | null }) {
  const state = useEvents({ kind, memberId })
  switch (state.status) {
    case 'loading':
      return <Skeleton lines={8} />
    case 'failed':
      return <ProblemNotice problem={state.problem} onRetry={state.retry} />
    case 'empty':
      return <EmptyNotice>Nothing of this kind is on the ledger yet.</EmptyNotice>
    case 'ready':
      return (
        <>
          <StaleNote problem={state.stale} />
          <EventList events={state.events} />
          <Pager label="Events" onEarlier={state.showEarlier} onLater={state.showLater} />
        </>
      )
  }
}

/** Events as sentences under their days, each with its block, its time and its transaction. */
export function EventList({ events }: { events: readonly EventRow[] }) {
  const names = useMemberNames()
  return (
    <div className={styles.days}>
      {daysOf(events).map((day) => (
        <section key={day.key} aria-labelledby={`day-${day.key}`}>
          <h2 className={styles.day} id={`day-${day.key}`}>
            <TimeLabel at={day.at} show="long day" />
          </h2>
          <ol className={styles.events} aria-label="Events">
            {day.events.map((event) => (
              <EventItem key={event.key} event={event} names={names} />
            ))}
          </ol>
        </section>
      ))}
    </div>
  )
}

function EventItem({ event, names }: { event: EventRow; names: ReadonlyMap<number, string> }) {
  return (
    <li className={styles.event}>
      <span className={styles.when}>
        <TimeLabel at={event.at} show="seconds" />
        <Link href={blockAddress(event.blockNumber)} aria-label={`Block ${event.blockNumber}`}>
          {formatCount(event.blockNumber)}
        </Link>
      </span>
      <span className={styles.sentence}>
        <PhraseText phrases={event.phrases} names={names} />
      </span>
      <TransactionLink hash={event.transactionHash} />
    </li>
  )
}
