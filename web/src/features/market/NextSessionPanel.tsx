import { PeriodLabel } from '../../ui/PeriodLabel.tsx'
import { Skeleton } from '../../ui/Skeleton.tsx'
import { TimeLabel } from '../../ui/TimeLabel.tsx'
import styles from './NextSessionPanel.module.css'
import { useNextSession } from './useNextSession.ts'

/** The session that takes orders now, and how long it still does. */
export function NextSessionPanel() {
  const state = useNextSession()
  switch (state.status) {
    case 'loading':
      return <Skeleton lines={2} />
    case 'failed':
      return <p className="soft">The next gate closure is not known at the moment.</p>
    case 'ended':
      return <p className="soft">The area&rsquo;s calendar has ended: no more sessions open.</p>
    case 'ready':
      return (
        <div className={styles.panel}>
          <p className={styles.title}>
            Session <PeriodLabel period={state.session.period} />
          </p>
          <p className={styles.remaining} role="timer" aria-label="Ledger time until the gate closes">
            {state.session.remaining ?? '–'}
          </p>
          <span className={styles.track} aria-hidden="true">
            <span className={styles.passed} style={{ width: state.session.passed }} />
          </span>
          <p className={styles.words}>
            until its gate closes at <TimeLabel at={state.session.gateClosure} />, by the ledger&rsquo;s clock. Its
            orders stay sealed until it is cleared.
          </p>
        </div>
      )
  }
}
