import type { WhoAmI } from '../../lib/api-client.ts'
import type { Joining } from '../../lib/joining-client.ts'
import { queryKeys } from '../../lib/query-keys.ts'
import { useChange } from '../../lib/useChange.ts'
import { ActionButton } from '../../ui/ActionButton.tsx'
import { HashText } from '../../ui/HashText.tsx'
import { ProblemNotice } from '../../ui/ProblemNotice.tsx'
import { Skeleton } from '../../ui/Skeleton.tsx'
import type { StepState } from './joining-steps.ts'
import styles from './JoiningStep.module.css'
import { delegateTrading } from './signing.ts'
import { StepReason } from './StepReason.tsx'

type Props = { joining: Joining; person: NonNullable<WhoAmI['person']>; state: StepState }

/** Lets the agent's key trade, by one signature of the person. */
export function SignatureStep({ joining, person, state }: Props) {
  const { agentKey, delegation } = joining
  const change = useChange()
  const means = person.way === 'passkey' ? 'passkey' : 'wallet'
  if (state === 'done') {
    return (
      <p>
        The key <HashText value={agentKey ?? ''} /> trades for you within your wishes. You can take it back at any time.
      </p>
    )
  }
  if (state === 'waiting' && joining.state !== 'registered') {
    return <p className="soft">Your credentials are being issued and your home is being registered on the ledger.</p>
  }
  if (state === 'waiting') return <StepReason step={delegation}>The ledger is taking what you signed.</StepReason>
  return (
    <div className={styles.form}>
      <p>
        Your home is registered. Now your {means} signs that your agent may trade for it: within your wishes, and not
        beyond.
      </p>
      {change.problem === null && <StepReason step={delegation} />}
      <ActionButton
        tone="main"
        isDisabled={change.isUnderWay}
        onPress={() => void change.run(() => delegateTrading(joining, person), [queryKeys.joining(), queryKeys.me()])}
      >
        Sign with your {means}
      </ActionButton>
      {change.isUnderWay && <Skeleton lines={1} label="Waiting for your signature and the ledger" />}
      {change.problem !== null && <ProblemNotice problem={change.problem} />}
    </div>
  )
}
