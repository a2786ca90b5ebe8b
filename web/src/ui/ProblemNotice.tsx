import { saysRefused, type Problem } from '../lib/problem.ts'
import { AccessNotice } from './AccessNotice.tsx'
import { ActionButton } from './ActionButton.tsx'
import styles from './ProblemNotice.module.css'

/** What went wrong, in words, and a way to try again. */
export function ProblemNotice({ problem, onRetry }: { problem: Problem; onRetry?: () => void }) {
  if (saysRefused(problem)) return <AccessNotice problem={problem} />
  return (
    <div className={styles.notice} role="alert">
      <p className={styles.title}>{problem.title}</p>
      {!repeats(problem) && <p>{problem.detail}</p>}
      {onRetry && <ActionButton onPress={onRetry}>Try again</ActionButton>}
    </div>
  )
}

function repeats({ title, detail }: Problem): boolean {
  return detail.replace(/\.$/, '') === title
}
