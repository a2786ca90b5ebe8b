import type { SessionState } from '../lib/api-client.ts'
import { SESSION_STEPS, SESSION_WORDS, stepsMade } from './session-words.ts'
import styles from './SessionSteps.module.css'

/** Five steps from open to settled, those made filled. Beside it belongs the state in words. */
export function SessionSteps({ state }: { state: SessionState }) {
  const made = stepsMade(state)
  return (
    <span className={styles.steps} aria-hidden="true" title={SESSION_WORDS[state].meaning}>
      {SESSION_STEPS.map((step, index) => (
        <span key={step} data-made={index < made} className={styles.step} />
      ))}
    </span>
  )
}
