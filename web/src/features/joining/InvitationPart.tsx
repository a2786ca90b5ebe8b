import { useEffect, useRef, useState, type FormEvent } from 'react'
import type { WhoAmI } from '../../lib/api-client.ts'
import { account } from '../../lib/account-client.ts'
import { joining as client } from '../../lib/joining-client.ts'
import { queryKeys } from '../../lib/query-keys.ts'
import { useChange } from '../../lib/useChange.ts'
import { ActionButton } from '../../ui/ActionButton.tsx'
import { HashText } from '../../ui/HashText.tsx'
import { ProblemNotice } from '../../ui/ProblemNotice.tsx'
import { Skeleton } from '../../ui/Skeleton.tsx'
import { SubmitButton } from '../../ui/SubmitButton.tsx'
import { TextInput } from '../../ui/TextInput.tsx'
import { invitationCodeOf } from './invitation-code.ts'
import styles from './JoiningStep.module.css'

type CodeProps = { onCode: (code: string) => void }

/** For whoever came without the link of an invitation. */
export function InvitationForm({ onCode }: CodeProps) {
  const [typed, setTyped] = useState('')
  const [isWrong, setIsWrong] = useState(false)
  const use = (event: FormEvent) => {
    event.preventDefault()
    const code = invitationCodeOf(typed)
    setIsWrong(code === null)
    if (code !== null) onCode(code)
  }
  return (
    <form className={styles.form} onSubmit={use} aria-label="Your invitation">
      <p>Your community&rsquo;s manager sends you a link. Open it, or paste it here.</p>
      <TextInput label="Link of your invitation" type="code" value={typed} onChange={setTyped} isRequired />
      <SubmitButton tone="main" isDisabled={typed.trim() === ''}>
        Go on
      </SubmitButton>
      {isWrong && (
        <ProblemNotice
          problem={{
            code: 'invitation-unreadable',
            title: 'This is no invitation',
            detail: 'Paste the whole link: it ends with # and 43 letters and digits.',
          }}
        />
      )}
    </form>
  )
}

type Props = {
  person: NonNullable<WhoAmI['person']>
  code: string
  /** Whether the person signed in for it, on this very page. */
  isMeant: boolean
  onUsed: () => void
  onAnother: () => void
}

/** Uses the invitation; asks first whoever was signed in already, since it is then bound to the account. */
export function InvitationPart({ person, code, isMeant, onUsed, onAnother }: Props) {
  const change = useChange()
  const isUsed = useRef(false)
  const use = () =>
    change.run(async () => {
      await client.redeem(code)
      onUsed()
    }, [queryKeys.joining()])
  useEffect(() => {
    if (!isMeant || isUsed.current) return
    isUsed.current = true
    void use()
  })
  if (isMeant && change.problem === null) return <Skeleton lines={3} label="Using your invitation" />
  return (
    <div className={styles.form}>
      <p>
        You are signed in as <HashText value={person.account} />
        {person.households.length > 0 && <>, with {person.households.map(({ name }) => name).join(', ')}</>}. The
        invitation is used once, by one account.
      </p>
      <div className={styles.actions}>
        <ActionButton tone="main" isDisabled={change.isUnderWay} onPress={() => void use()}>
          Join with this account
        </ActionButton>
        <ActionButton isDisabled={change.isUnderWay} onPress={() => void change.run(account.signOut)}>
          Sign out first
        </ActionButton>
        <ActionButton isDisabled={change.isUnderWay} onPress={onAnother}>
          Use another invitation
        </ActionButton>
      </div>
      {change.problem !== null && <ProblemNotice problem={change.problem} />}
    </div>
  )
}
