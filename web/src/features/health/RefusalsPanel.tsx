import { countOf } from '../../lib/formats.ts'
import { ProblemNotice } from '../../ui/ProblemNotice.tsx'
import { Skeleton } from '../../ui/Skeleton.tsx'
import { StaleNote } from '../../ui/StaleNote.tsx'
import { TimeLabel } from '../../ui/TimeLabel.tsx'
import styles from './RefusalsPanel.module.css'
import { useRefusals } from './useRefusals.ts'

/** How many meter messages were refused, and why the latest were. */
export function RefusalsPanel() {
  const state = useRefusals()
  switch (state.status) {
    case 'loading':
      return <Skeleton lines={2} />
    case 'failed':
      return <ProblemNotice problem={state.problem} onRetry={state.retry} />
    case 'empty':
      return <p className="soft">No meter message has been refused.</p>
    case 'ready':
      return (
        <>
          <StaleNote problem={state.stale} />
          <p>
            {state.refusals.hasMore && 'More than '}
            {countOf(state.refusals.count, 'meter message was', 'meter messages were')} refused, without effect. The
            latest:
          </p>
          <ul className={styles.refusals} aria-label="Latest refused messages">
            {state.refusals.latest.map((refusal) => (
              <li key={refusal.id} className={styles.refusal}>
                <TimeLabel at={refusal.receivedAt} show="day and time" />
                <span className={styles.reason}>{refusal.reason}</span>
              </li>
            ))}
          </ul>
        </>
      )
  }
}
