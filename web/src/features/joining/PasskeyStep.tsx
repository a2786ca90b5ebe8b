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
import styles from './JoiningStep.module.css'

type Props = { who: WhoAmI; code: string | null; onSignedIn: () => void }

/** Makes the passkey that is to own the home's account, and signs in with it. */
export function PasskeyStep({ who, code, onSignedIn }: Props) {
  const change = useChange()
  const [name, setName] = useState('')
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
          <SubmitButton tone="main" isDisabled={change.isUnderWay || name.trim() === ''}>
            Make a passkey
          </SubmitButton>
          <ActionButton isDisabled={change.isUnderWay} onPress={() => enter(signInWithPasskey)}>
            I have one already
          </ActionButton>
        </div>
      </form>
      {change.problem !== null && <ProblemNotice problem={change.problem} />}
      <p className="soft">
        With a wallet, <Link href={PATHS.signIn}>sign in</Link> first and come back to this page.
      </p>
    </>
  )
}
