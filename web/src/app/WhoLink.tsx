import { Link, useLocation } from 'wouter'
import { wordsOfRole } from '../../../services/domain/identity/role-words.ts'
import { PATHS } from '../lib/addresses.ts'
import type { WhoAmI } from '../lib/api-client.ts'
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
      {person === null ? 'Sign in' : nameOf(person)}
    </Link>
  )
}

/** By the first home, or the first role where there is none. */
function nameOf({ households: [home], roles: [held] }: NonNullable<WhoAmI['person']>): string {
  if (home !== undefined) return home.name
  return held === undefined ? 'Your account' : wordsOfRole(held.role)
}
