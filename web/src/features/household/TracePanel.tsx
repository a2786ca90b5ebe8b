import { useEffect, useRef } from 'react'
import { Link } from 'wouter'
import { householdAddress, tracePeriodAddress } from '../../lib/addresses.ts'
import { PeriodLabel } from '../../ui/PeriodLabel.tsx'
import { ProblemNotice } from '../../ui/ProblemNotice.tsx'
import { SESSION_WORDS } from '../../ui/session-words.ts'
import { SessionLink } from '../../ui/SessionLink.tsx'
import { Skeleton } from '../../ui/Skeleton.tsx'
import { StaleNote } from '../../ui/StaleNote.tsx'
import styles from './TracePanel.module.css'
import { TraceSteps } from './TraceSteps.tsx'
import { useTrace, type TraceState } from './useTrace.ts'

type Props = { memberId: number; period: number }

/** One quarter-hour of a household, from order to payment. */
export function TracePanel({ memberId, period }: Props) {
  const state = useTrace(memberId, period)
  const heading = useRef<HTMLHeadingElement>(null)

  useEffect(() => {
    heading.current?.focus({ preventScroll: true })
    heading.current?.scrollIntoView({ block: 'start', behavior: 'smooth' })
  }, [period])

  return (
    <section className={styles.panel} aria-labelledby="trace">
      <div className={styles.head}>
        <h2 id="trace" ref={heading} tabIndex={-1}>
          From order to payment: <PeriodLabel period={period} show="day and time" />
        </h2>
        <nav className={styles.ways} aria-label="Quarter-hours">
          <Link href={tracePeriodAddress(memberId, period - 1)} replace>
            Before
          </Link>
          <Link href={tracePeriodAddress(memberId, period + 1)} replace>
            After
          </Link>
          <Link href={householdAddress(memberId)}>Close</Link>
        </nav>
      </div>
      <TraceContent state={state} period={period} />
    </section>
  )
}

function TraceContent({ state, period }: { state: TraceState; period: number }) {
  switch (state.status) {
    case 'loading':
      return <Skeleton lines={6} />
    case 'failed':
      return <ProblemNotice problem={state.problem} onRetry={state.retry} />
    case 'unknown':
      return <p className="soft">No session was held for this quarter-hour.</p>
    case 'ready':
      return (
        <>
          <StaleNote problem={state.stale} />
          <p className="soft">
            The session is {SESSION_WORDS[state.trace.state].name}: {SESSION_WORDS[state.trace.state].meaning}. All that
            the ledger says of it: <SessionLink period={period} />.
          </p>
          <TraceSteps trace={state.trace} />
        </>
      )
  }
}
