import { useEffect, useRef, type ReactNode } from 'react'
import { StatusBadge, type Tone } from '../../ui/StatusBadge.tsx'
import type { StepState } from './joining-steps.ts'
import styles from './JoiningStep.module.css'

type Props = { number: number; title: string; state: StepState; children?: ReactNode }

const WORDS: Readonly<Record<StepState, { readonly name: string; readonly tone: Tone } | null>> = {
  later: null,
  open: null,
  refused: { name: 'refused', tone: 'bad' },
  waiting: { name: 'under way', tone: 'waiting' },
  done: { name: 'done', tone: 'good' },
}

/** One step on the way into the market. When it opens because the one before is done, it is read from its title on. */
export function JoiningStep({ number, title, state, children }: Props) {
  const heading = useRef<HTMLHeadingElement>(null)
  const former = useRef(state)
  useEffect(() => {
    const hasOpened = former.current === 'later' && state === 'open'
    former.current = state
    // Somebody who is elsewhere on the page is not called away.
    if (hasOpened && document.activeElement === document.body) heading.current?.focus()
  }, [state])

  const words = WORDS[state]
  return (
    <li className={styles.step} data-state={state} data-number={number}>
      <div className={styles.head}>
        <h2 ref={heading} tabIndex={-1} className={styles.title}>
          {title}
        </h2>
        <span role="status">{words !== null && <StatusBadge tone={words.tone}>{words.name}</StatusBadge>}</span>
      </div>
      {state !== 'later' && children}
    </li>
  )
}
