import { useEffect, useState } from 'react'
import type { WhoAmI } from '../../lib/api-client.ts'
import { downloadJson } from '../../lib/download.ts'
import { joining as client } from '../../lib/joining-client.ts'
import { sentenceOf } from '../../lib/problem.ts'
import { useChange } from '../../lib/useChange.ts'
import { useWho } from '../../lib/useWho.ts'
import { ActionButton } from '../../ui/ActionButton.tsx'
import { HashText } from '../../ui/HashText.tsx'
import { ProblemNotice } from '../../ui/ProblemNotice.tsx'
import { Skeleton } from '../../ui/Skeleton.tsx'
import { StaleNote } from '../../ui/StaleNote.tsx'
import { ConnectionPointStep } from './ConnectionPointStep.tsx'
import { FirstTradeStep } from './FirstTradeStep.tsx'
import { GiveUpPart } from './GiveUpPart.tsx'
import { keepInvitationCode, takeInvitationCode } from './invitation-code.ts'
import { InvitationForm, InvitationPart } from './InvitationPart.tsx'
import { joiningStepsOf } from './joining-steps.ts'
import { JoiningStep } from './JoiningStep.tsx'
import styles from './JoiningStep.module.css'
import { MeterStep } from './MeterStep.tsx'
import { PasskeyStep } from './PasskeyStep.tsx'
import { SignatureStep } from './SignatureStep.tsx'
import { useJoining } from './useJoining.ts'
import { WishesStep } from './WishesStep.tsx'

type Person = NonNullable<WhoAmI['person']>
type Code = { readonly code: string | null; readonly keep: (code: string | null) => void }

/** The way of a new home from its invitation to its first trade. */
export function JoiningPanel() {
  const who = useWho()
  const invitation = useInvitationCode()
  const [isMeant, setIsMeant] = useState(false)
  switch (who.status) {
    case 'loading':
      return <Skeleton lines={6} />
    case 'failed':
      return <ProblemNotice problem={who.problem} onRetry={who.retry} />
    case 'ready': {
      const { person } = who.data
      if (person !== null) return <PersonsJoining person={person} invitation={invitation} isMeant={isMeant} />
      return (
        <ol className={styles.steps}>
          <JoiningStep number={1} title="Your passkey" state="open">
            <PasskeyStep
              who={who.data}
              code={invitation.code}
              onCode={invitation.keep}
              onSignedIn={() => setIsMeant(true)}
            />
          </JoiningStep>
          <LaterSteps />
        </ol>
      )
    }
  }
}

function useInvitationCode(): Code {
  const [code, setCode] = useState(takeInvitationCode)
  useEffect(() => {
    const take = () => setCode(takeInvitationCode())
    window.addEventListener('hashchange', take)
    return () => window.removeEventListener('hashchange', take)
  }, [])
  return {
    code,
    keep: (another) => {
      keepInvitationCode(another)
      setCode(another)
    },
  }
}

type PersonProps = { person: Person; invitation: Code; isMeant: boolean }

function PersonsJoining({ person, invitation, isMeant }: PersonProps) {
  const state = useJoining('once')
  const { code, keep } = invitation
  const isJoining = state.status === 'ready'
  useEffect(() => {
    // A link that is opened again leads to where its home is by now.
    if (isJoining) keepInvitationCode(null)
  }, [isJoining])
  switch (state.status) {
    case 'loading':
      return <Skeleton lines={6} />
    case 'failed':
      return <ProblemNotice problem={state.problem} onRetry={state.retry} />
    case 'none':
      return code === null ? (
        <InvitationForm onCode={keep} />
      ) : (
        <InvitationPart
          person={person}
          code={code}
          isMeant={isMeant}
          onUsed={() => keep(null)}
          onAnother={() => keep(null)}
        />
      )
    case 'ready':
      return <Steps person={person} />
  }
}

function Steps({ person }: { person: Person }) {
  const state = useJoining('each second')
  if (state.status !== 'ready') return null
  const { joining, stale } = state
  const steps = joiningStepsOf(joining)
  return (
    <>
      <StaleNote problem={stale} />
      {joining.state === 'failed' && (
        <ProblemNotice
          problem={{
            code: 'joining-failed',
            title: `${joining.name} could not join`,
            detail: `${sentenceOf(joining.reason ?? 'nobody says why')} It is tried again by itself.`,
          }}
        />
      )}
      <ol className={styles.steps}>
        <JoiningStep number={1} title="Your passkey" state="done">
          <p>
            {joining.name} joins as a {joining.membership}, with the account <HashText value={joining.account} />.
          </p>
        </JoiningStep>
        <JoiningStep number={2} title="Your connection to the grid" state={steps.connectionPoint}>
          <ConnectionPointStep joining={joining} state={steps.connectionPoint} />
        </JoiningStep>
        <JoiningStep number={3} title="Your meter" state={steps.meter}>
          <MeterStep joining={joining} state={steps.meter} />
        </JoiningStep>
        <JoiningStep number={4} title="Your wishes" state={steps.wishes}>
          <WishesStep joining={joining} state={steps.wishes} />
        </JoiningStep>
        <JoiningStep number={5} title="Your signature" state={steps.signature}>
          <SignatureStep joining={joining} person={person} state={steps.signature} />
        </JoiningStep>
        <JoiningStep number={6} title="Your first trade" state={steps.firstTrade}>
          <FirstTradeStep joining={joining} />
        </JoiningStep>
      </ol>
      {joining.state === 'registered' && <Credentials name={joining.name} />}
      {(joining.state === 'open' || joining.state === 'failed') && <GiveUpPart joining={joining} />}
    </>
  )
}

function LaterSteps() {
  return (
    <>
      <JoiningStep number={2} title="Your connection to the grid" state="later" />
      <JoiningStep number={3} title="Your meter" state="later" />
      <JoiningStep number={4} title="Your wishes" state="later" />
      <JoiningStep number={5} title="Your signature" state="later" />
      <JoiningStep number={6} title="Your first trade" state="later" />
    </>
  )
}

/** The documents stay with their holder: they are there for a while to be taken. */
function Credentials({ name }: { name: string }) {
  const change = useChange()
  const take = async () =>
    downloadJson(`credentials-${name}.json`, await client.credentials(new AbortController().signal))
  return (
    <section className={styles.form} aria-label="Your credentials">
      <p>
        Your credentials were issued to you. Keep them: they say who you are to whom you show them, and are removed here
        soon after you took them.
      </p>
      <ActionButton isDisabled={change.isUnderWay} onPress={() => void change.run(take, [])}>
        Download your credentials
      </ActionButton>
      {change.problem !== null && <ProblemNotice problem={change.problem} />}
    </section>
  )
}
