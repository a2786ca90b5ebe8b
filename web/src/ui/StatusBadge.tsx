import type { ReactNode } from 'react'
import styles from './StatusBadge.module.css'

export type Tone = 'good' | 'waiting' | 'plain' | 'bad'

const SIGNS: Record<Tone, string> = { good: '✓', waiting: '…', plain: '·', bad: '!' }

/** A state in a word or two; the sign and the word carry the meaning, the colour only supports it. */
export function StatusBadge({ tone, children }: { tone: Tone; children: ReactNode }) {
  return (
    <span className={`${styles.badge} ${styles[tone]}`}>
      <span className={styles.sign} aria-hidden="true">
        {SIGNS[tone]}
      </span>
      {children}
    </span>
  )
}
