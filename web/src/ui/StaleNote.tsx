import type { Problem } from '../lib/problem.ts'
import styles from './StaleNote.module.css'

/** Says that what is shown is the last that was known, and why. Nothing where all is fresh. */
export function StaleNote({ problem }: { problem: Problem | null }) {
  if (problem === null) return null
  return (
    <p className={styles.note} role="status">
      These are the last known figures. {problem.title}.
    </p>
  )
}
