import { Link } from 'wouter'
import { PATHS } from '../lib/addresses.ts'
import type { Problem } from '../lib/problem.ts'
import styles from './AccessNotice.module.css'

/** That something is not shown to the reader, and what to do about it. */
export function AccessNotice({ problem }: { problem: Problem }) {
  return (
    <div className={styles.notice} role="status">
      <p className={styles.title}>{problem.title}</p>
      {problem.code === 'not-signed-in' ? (
        <p>
          What belongs to one home is shown to its members alone. <Link href={PATHS.signIn}>Sign in</Link> to see yours.
        </p>
      ) : (
        <>
          <p>{problem.detail}</p>
          <p>
            Its member can let you see it, by a consent on <Link href={PATHS.account}>the account screen</Link>; you are
            signed in with another account.
          </p>
        </>
      )}
    </div>
  )
}
