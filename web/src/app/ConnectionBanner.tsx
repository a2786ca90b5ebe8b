import { useLive } from '../lib/LiveProvider.tsx'
import { sentenceOf } from '../lib/problem.ts'
import styles from './ConnectionBanner.module.css'

/** Says so when the page does not hear from the service, or when the service is not well. */
export function ConnectionBanner() {
  const { stream, health } = useLive()
  if (stream === 'offline') {
    return (
      <p className={styles.banner} role="status" data-kind="offline">
        <strong>Offline.</strong> The live connection is lost and is being tried again. What you see is the last that
        was known.
      </p>
    )
  }
  if (health !== null && health.status !== 'ok') {
    return (
      <p className={styles.banner} role="status" data-kind="unwell">
        <strong>Not all is well.</strong> {health.problems.map(sentenceOf).join(' ')} Figures may lag behind the ledger.
      </p>
    )
  }
  return <span />
}
