import { ProblemNotice } from '../../ui/ProblemNotice.tsx'
import { Skeleton } from '../../ui/Skeleton.tsx'
import { StaleNote } from '../../ui/StaleNote.tsx'
import { StatusBadge } from '../../ui/StatusBadge.tsx'
import styles from './HealthPanel.module.css'
import { STATE_WORDS, type Part } from './parts.ts'
import { useHealth } from './useHealth.ts'

/** Each part of the system with its state; what is not well comes first, in words. */
export function HealthPanel() {
  const state = useHealth()
  switch (state.status) {
    case 'loading':
      return <Skeleton lines={5} />
    case 'failed':
      return <ProblemNotice problem={state.problem} onRetry={state.retry} />
    case 'well':
      return (
        <>
          <StaleNote problem={state.stale} />
          <Parts parts={state.parts} />
        </>
      )
    case 'unwell':
      return (
        <>
          <StaleNote problem={state.stale} />
          <ul className={styles.problems} aria-label="What is not well">
            {state.problems.map((problem) => (
              <li key={problem}>{problem}</li>
            ))}
          </ul>
          <Parts parts={state.parts} />
        </>
      )
  }
}

function Parts({ parts }: { parts: readonly Part[] }) {
  return (
    <ul className={styles.parts} aria-label="Parts of the system">
      {parts.map((part) => (
        <li key={part.name} className={styles.part} title={part.detail}>
          <span>
            <span className={styles.name}>{part.name}</span> <span className="soft">{part.does}</span>
          </span>
          <StatusBadge tone={STATE_WORDS[part.state].tone}>{STATE_WORDS[part.state].name}</StatusBadge>
        </li>
      ))}
    </ul>
  )
}
