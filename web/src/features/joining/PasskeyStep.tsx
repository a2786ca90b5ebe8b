import { useState, type FormEvent } from 'react'
import { Link } from 'wouter'
import { joinAddress, PATHS } from '../../lib/addresses.ts'
import type { WhoAmI } from '../../lib/api-client.ts'
import { isNamed, makePasskey, signInWithPasskey } from '../../lib/passkey.ts'
import { useChange } from '../../lib/useChange.ts'
import { ActionButton } from '../../ui/ActionButton.tsx'
import { ProblemNotice } from '../../ui/ProblemNotice.tsx'
import { SubmitButton } from '../../ui/SubmitButton.tsx'
import { TextInput } from '../../ui/TextInput.tsx'
import { InvitationForm } from './InvitationPart.tsx'
import styles from './JoiningStep.module.css'

type Props = { who: WhoAmI; code: string | null; onCode: (code: string) => void; onSignedIn: () => void }

/** Makes the passkey that is to own the home's account, and signs in with it; or with one that was made before. */
export function PasskeyStep({ who, code, onCode, onSignedIn }: Props) {
  const change = useChange()
  if (!who.passkeys) return <p>This market has no contract accounts for passkeys yet: ask its manager.</p>
  if (!isNamed(location.hostname)) {
    const origin = `http://localhost:${location.port}`
    return (
      <p>
        Browsers keep passkeys for names:{' '}
        <a href={code === null ? `${origin}${PATHS.join}` : joinAddress(origin, code)}>call this page localhost</a>.
      </p>
    )
  }
  const enter = (act: () => Promise<void>) =>
    void change.run(async () => {
      await act()
      onSignedIn()
    })
  return (
    <>
      {code === null ? (
        <>
          <p>You began already? Go on where you were.</p>
          <div>
            <ActionButton isDisabled={change.isUnderWay} onPress={() => enter(signInWithPasskey)}>
              Sign in with your passkey
            </ActionButton>
          </div>
          <InvitationForm onCode={onCode} />
        </>
      ) : (
        <NewPasskey isBusy={change.isUnderWay} enter={enter} />
      )}
      {change.problem !== null && <ProblemNotice problem={change.problem} />}
      <p className="soft">
        With a wallet, <Link href={PATHS.signIn}>sign in</Link> first and come back to this page.
      </p>
    </>
  )
}

function NewPasskey({ isBusy, enter }: { isBusy: boolean; enter: (act: () => Promise<void>) => void }) {
  const [name, setName] = useState('')
  const make = (event: FormEvent) => {
    event.preventDefault()
    enter(() => makePasskey(name.trim()))
  }
  return (
    <>
      <p>
        Your fingerprint, your face or the PIN of this device is your key to the market. It stays on the device; nobody
        asks you for a password.
      </p>
      <form className={styles.form} onSubmit={make} aria-label="A new passkey">
        <TextInput
          label="Name of your passkey"
          value={name}
          onChange={setName}
          note="By which you find it again, such as your own name."
          isRequired
        />
        <div className={styles.actions}>
          <SubmitButton tone="main" isDisabled={isBusy || name.trim() === ''}>
            Make a passkey
          </SubmitButton>
          <ActionButton isDisabled={isBusy} onPress={() => enter(signInWithPasskey)}>
            I have one already
          </ActionButton>
        </div>
      </form>
    </>
  )
}
