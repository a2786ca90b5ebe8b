import type { ReactNode } from 'react'
import styles from './EmptyNotice.module.css'

/** Says that there is nothing yet, and what will bring it. */
export function EmptyNotice({ children }: { children: ReactNode }) {
  return <p className={styles.empty}>{children}</p>
}
