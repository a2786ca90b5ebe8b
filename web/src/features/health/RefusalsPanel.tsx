import { mayReadRefusals } from '../../../../services/domain/identity/household-data.ts'
import { countOf } from '../../lib/formats.ts'
import { useWho } from '../../lib/useWho.ts'
import { ProblemNotice } from '../../ui/ProblemNotice.tsx'
import { Skeleton } from '../../ui/Skeleton.tsx'
import { StaleNote } from '../../ui/StaleNote.tsx'
import { TimeLabel } from '../../ui/TimeLabel.tsx'
import styles from './RefusalsPanel.module.css'
import { useRefusals } from './useRefusals.ts'

/** The only area of this version. */
const AREA = 1

/** How many meter messages were refused, and why the latest were, for whoever has to know. */
export function RefusalsPanel() {
  const who = useWho()
  if (who.status === 'loading') return <Skeleton lines={2} />
  const roles = who.status === 'ready' ? (who.data.person?.roles ?? []) : []
  if (!mayReadRefusals(roles, AREA)) {
    return <p className="soft">Shown to whoever runs the meters or the market, or audits it.</p>
  }
  return <Refusals />
}

function Refusals() {
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
