import { useState } from 'react'
import { account } from '../../lib/account-client.ts'
import { joining as client, type Joining } from '../../lib/joining-client.ts'
import { useChange } from '../../lib/useChange.ts'
import { ActionButton } from '../../ui/ActionButton.tsx'
import { ProblemNotice } from '../../ui/ProblemNotice.tsx'
import styles from './JoiningStep.module.css'

/** Ends the joining, as long as the home is no member: asks once more before it does. */
export function GiveUpPart({ joining: { name } }: { joining: Joining }) {
  const change = useChange()
  const [isAsked, setIsAsked] = useState(false)
  const giveUp = async () => {
    await client.giveUp()
    await account.signOut()
  }
  if (!isAsked) return <ActionButton onPress={() => setIsAsked(true)}>Give this joining up …</ActionButton>
  return (
    <div className={styles.form} role="group" aria-label={`Give up joining as ${name}`}>
      <p>
        <strong>This cannot be undone.</strong> What you said of {name} is erased, with your passkey and every sign-in
        of this account. Its connection point and its meter are free for somebody else; whoever wants to join after all
        needs another invitation.
      </p>
      <div className={styles.actions}>
        <ActionButton tone="danger" isDisabled={change.isUnderWay} onPress={() => void change.run(giveUp)}>
          Give it up for good
        </ActionButton>
        <ActionButton onPress={() => setIsAsked(false)}>Go on joining</ActionButton>
      </div>
      {change.problem !== null && <ProblemNotice problem={change.problem} />}
    </div>
  )
}
