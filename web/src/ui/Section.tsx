import { useId, type ReactNode } from 'react'
import styles from './Section.module.css'

type Props = {
  title: string
  /** One sentence under the title. */
  lead?: ReactNode
  /** Beside the title: a switch, a link. */
  aside?: ReactNode
  children: ReactNode
}

/** A part of a screen: a landmark named by its heading. */
export function Section({ title, lead, aside, children }: Props) {
  const id = useId()
  return (
    <section className={styles.section} aria-labelledby={id}>
      <div className={styles.head}>
        <div>
          <h2 id={id}>{title}</h2>
          {lead && <p className={styles.lead}>{lead}</p>}
        </div>
        {aside && <div className={styles.aside}>{aside}</div>}
      </div>
      {children}
    </section>
  )
}
