import { Link, useLocation } from 'wouter'
import { PATHS } from '../lib/addresses.ts'
import { useWho } from '../lib/useWho.ts'
import styles from './WhoLink.module.css'

/** Who is signed in, as the way to the account; or the way to sign in. */
export function WhoLink() {
  const who = useWho()
  const [path] = useLocation()
  if (who.status !== 'ready') return <span className={styles.who} />
  const { person } = who.data
  const address = person === null ? PATHS.signIn : PATHS.account
  return (
    <Link className={styles.who} href={address} aria-current={path === address ? 'page' : undefined}>
      {person === null ? 'Sign in' : (person.households[0]?.name ?? person.roles[0]?.role ?? 'Your account')}
    </Link>
  )
}
