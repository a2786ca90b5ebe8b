import { useState, type FormEvent } from 'react'
import { joining as client, type Joining } from '../../lib/joining-client.ts'
import { queryKeys } from '../../lib/query-keys.ts'
import { useChange } from '../../lib/useChange.ts'
import { HashText } from '../../ui/HashText.tsx'
import { ProblemNotice } from '../../ui/ProblemNotice.tsx'
import { SubmitButton } from '../../ui/SubmitButton.tsx'
import { TextInput } from '../../ui/TextInput.tsx'
import type { StepState } from './joining-steps.ts'
import styles from './JoiningStep.module.css'
import { StepReason } from './StepReason.tsx'

const KEYS = [queryKeys.joining()]

/** The home's meter: by the code that is printed on it. */
export function MeterStep({ joining, state }: { joining: Joining; state: StepState }) {
  const { meter } = joining
  const change = useChange()
  const [claimCode, setClaimCode] = useState('')
  if (state === 'waiting' || state === 'done') {
    return (
      <>
        {meter.address !== undefined && (
          <p>
            It signs its readings with <HashText value={meter.address} />.
          </p>
        )}
        {state === 'waiting' && (
          <StepReason step={meter}>The meter is asked over its gateway whether it is yours.</StepReason>
        )}
      </>
    )
  }
  const claim = (event: FormEvent) => {
    event.preventDefault()
    void change.run(async () => void (await client.claimMeter(claimCode)), KEYS)
  }
  return (
    <form className={styles.form} onSubmit={claim} aria-label="Your meter">
      {state === 'refused' && change.problem === null && <StepReason step={meter} />}
      <TextInput
        label="Claim code"
        type="code"
        value={claimCode}
        onChange={setClaimCode}
        note="It is printed on the meter. Capitals and dashes do not matter."
        isRequired
      />
      <SubmitButton tone="main" isDisabled={change.isUnderWay || claimCode.trim() === ''}>
        Claim this meter
      </SubmitButton>
      {change.problem !== null && <ProblemNotice problem={change.problem} />}
    </form>
  )
}
