import styles from './Skeleton.module.css'

const LINES = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'] as const

/** Holds the place of what is still loading. */
export function Skeleton({ lines = 3, label = 'Loading' }: { lines?: number; label?: string }) {
  return (
    <div className={styles.skeleton} role="status" aria-label={label}>
      {LINES.slice(0, lines).map((line) => (
        <span key={line} className={styles.line} />
      ))}
    </div>
  )
}
