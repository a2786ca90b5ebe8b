import { useState, type FormEvent } from 'react'
import { joining as client, type Joining } from '../../lib/joining-client.ts'
import { queryKeys } from '../../lib/query-keys.ts'
import { useChange } from '../../lib/useChange.ts'
import { PowerLabel } from '../../ui/PowerLabel.tsx'
import { ProblemNotice } from '../../ui/ProblemNotice.tsx'
import { SubmitButton } from '../../ui/SubmitButton.tsx'
import { TextInput } from '../../ui/TextInput.tsx'
import type { StepState } from './joining-steps.ts'
import styles from './JoiningStep.module.css'
import { StepReason } from './StepReason.tsx'

const KEYS = [queryKeys.joining()]

/** Where the home's wires meet the grid: by the letter of the grid operator. */
export function ConnectionPointStep({ joining, state }: { joining: Joining; state: StepState }) {
  const { connectionPoint } = joining
  const change = useChange()
  const [identifier, setIdentifier] = useState('')
  const [confirmationCode, setConfirmationCode] = useState('')
  if (state === 'waiting' || state === 'done') {
    return (
      <>
        <p>
          {connectionPoint.identifier}
          {connectionPoint.capacityW !== undefined && (
            <>
              , which carries <PowerLabel value={BigInt(connectionPoint.capacityW)} />
            </>
          )}
          .
        </p>
        {state === 'waiting' && <StepReason step={connectionPoint}>The grid operator confirms it.</StepReason>}
      </>
    )
  }
  const name = (event: FormEvent) => {
    event.preventDefault()
    void change.run(async () => void (await client.nameConnectionPoint({ identifier, confirmationCode })), KEYS)
  }
  return (
    <form className={styles.form} onSubmit={name} aria-label="Your connection to the grid">
      <p>The letter of your grid operator has both.</p>
      {state === 'refused' && change.problem === null && <StepReason step={connectionPoint} />}
      <div className={styles.fields}>
        <TextInput label="Connection point" type="code" value={identifier} onChange={setIdentifier} isRequired />
        <TextInput
          label="Confirmation code"
          type="code"
          value={confirmationCode}
          onChange={setConfirmationCode}
          note="Capitals and dashes do not matter."
          isRequired
        />
      </div>
      <SubmitButton
        tone="main"
        isDisabled={change.isUnderWay || identifier.trim() === '' || confirmationCode.trim() === ''}
      >
        Confirm the connection
      </SubmitButton>
      {change.problem !== null && <ProblemNotice problem={change.problem} />}
    </form>
  )
}
