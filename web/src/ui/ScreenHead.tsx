import type { ReactNode } from 'react'
import { useWindowTitle } from '../lib/useWindowTitle.ts'
import styles from './ScreenHead.module.css'

type Props = {
  /** What the browser's window is called. */
  windowTitle: string
  title: ReactNode
  lead?: ReactNode
  way?: ReactNode
  aside?: ReactNode
}

/** The head of a screen: where it belongs, its title, one sentence, and what to do there. */
export function ScreenHead({ windowTitle, title, lead, way, aside }: Props) {
  useWindowTitle(windowTitle)
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
