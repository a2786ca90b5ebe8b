import { countOf } from '../../lib/formats.ts'
import { EmptyNotice } from '../../ui/EmptyNotice.tsx'
import { EnergyAmount } from '../../ui/EnergyAmount.tsx'
import { PriceLabel } from '../../ui/PriceLabel.tsx'
import { ProblemNotice } from '../../ui/ProblemNotice.tsx'
import { SESSION_WORDS } from '../../ui/session-words.ts'
import { SessionLink } from '../../ui/SessionLink.tsx'
import { SessionSteps } from '../../ui/SessionSteps.tsx'
import { Skeleton } from '../../ui/Skeleton.tsx'
import type { SessionPoint } from './session-points.ts'
import styles from './SettlingPanel.module.css'
import { useSessions } from './useSessions.ts'

const SHOWN = 8

/** The latest delivery periods on their way from gate closure to payment. */
export function SettlingPanel() {
  const state = useSessions()
  switch (state.status) {
    case 'loading':
      return <Skeleton lines={8} />
    case 'failed':
      return <ProblemNotice problem={state.problem} onRetry={state.retry} />
    case 'empty':
      return <EmptyNotice>No gate has closed yet.</EmptyNotice>
    case 'ready':
      return (
        <ol className={styles.sessions}>
          {state.sessions.slice(0, SHOWN).map((session) => (
            <SessionRow key={session.period} session={session} />
          ))}
        </ol>
      )
  }
}

function SessionRow({ session }: { session: SessionPoint }) {
  return (
    <li className={styles.session}>
      <SessionLink period={session.period} />
      <SessionSteps state={session.state} />
      <span className={styles.state}>{SESSION_WORDS[session.state].name}</span>
      <span className={styles.figures}>
        {session.volume === null && session.orderCount !== null && countOf(session.orderCount, 'order')}
        {session.volume === 0n && 'no trade'}
        {session.volume !== null && session.volume > 0n && (
          <>
            <EnergyAmount value={session.volume} /> at <PriceLabel value={session.price} />
          </>
        )}
      </span>
    </li>
  )
}
