import { Link, useLocation } from 'wouter'
import { wordsOfRole } from '../../../../services/domain/identity/role-words.ts'
import { account } from '../../lib/account-client.ts'
import { householdAddress, PATHS } from '../../lib/addresses.ts'
import type { WhoAmI } from '../../lib/api-client.ts'
import { useChange } from '../../lib/useChange.ts'
import { ActionButton } from '../../ui/ActionButton.tsx'
import { FactList } from '../../ui/FactList.tsx'
import { ProblemNotice } from '../../ui/ProblemNotice.tsx'
import { TimeLabel } from '../../ui/TimeLabel.tsx'
import styles from './AccountForm.module.css'

const WAYS = { wallet: 'a wallet', passkey: 'a passkey', code: 'a one-time link', 'api-key': 'an api key' } as const

/** Who is signed in, with which homes and roles, and the way out. */
export function PersonPanel({ person }: { person: NonNullable<WhoAmI['person']> }) {
  const change = useChange()
  const [, navigate] = useLocation()
  const signOut = async () => {
    if (await change.run(account.signOut)) navigate(PATHS.neighbourhood)
  }
  const { households, roles } = person
  return (
    <>
      <FactList
        facts={[
          { name: 'Identifier (DID)', value: <code className={styles.did}>{person.did}</code> },
          {
            name: 'Homes',
            value:
              households.length === 0
                ? noHomeOf(person)
                : households.map(({ memberId, name }) => (
                    <span key={memberId}>
                      <Link href={householdAddress(memberId)}>{name}</Link>{' '}
                    </span>
                  )),
          },
          { name: 'Roles', value: roles.length === 0 ? 'none' : roles.map(({ role }) => wordsOfRole(role)).join(', ') },
          { name: 'Signed in with', value: WAYS[person.way] },
          { name: 'Until at the latest', value: <TimeLabel at={person.expiresAt} show="day and time" /> },
        ]}
      />
      {change.problem !== null && <ProblemNotice problem={change.problem} />}
      <div>
        <ActionButton isDisabled={change.isUnderWay} onPress={() => void signOut()}>
          Sign out
        </ActionButton>
      </div>
    </>
  )
}

/** Whoever is nothing yet may have an invitation. */
function noHomeOf({ roles }: NonNullable<WhoAmI['person']>) {
  if (roles.length > 0) return 'none'
  return (
    <>
      none yet: <Link href={PATHS.join}>join the neighbourhood</Link>
    </>
  )
}
