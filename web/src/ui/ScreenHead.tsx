import type { ReactNode } from 'react'
import styles from './ScreenHead.module.css'

type Props = { title: ReactNode; lead?: ReactNode; way?: ReactNode; aside?: ReactNode }

/** The head of a screen: where it belongs, its title, one sentence, and what to do there. */
export function ScreenHead({ title, lead, way, aside }: Props) {
  return (
    <header className={styles.head}>
      <div>
        {way && <p className={styles.way}>{way}</p>}
        <h1>{title}</h1>
        {lead && <p className={styles.lead}>{lead}</p>}
      </div>
      {aside}
    </header>
  )
}
