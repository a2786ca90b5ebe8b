import { useState, type FormEvent, type ReactNode } from 'react'
import { Link, useLocation } from 'wouter'
import type { WhoAmI } from '../../lib/api-client.ts'
import { PATHS } from '../../lib/addresses.ts'
import { useChange } from '../../lib/useChange.ts'
import { useWho } from '../../lib/useWho.ts'
import { ActionButton } from '../../ui/ActionButton.tsx'
import { ProblemNotice } from '../../ui/ProblemNotice.tsx'
import { Skeleton } from '../../ui/Skeleton.tsx'
import { SubmitButton } from '../../ui/SubmitButton.tsx'
import { TextInput } from '../../ui/TextInput.tsx'
import { isNamed, makePasskey, signInWithPasskey } from '../../lib/passkey.ts'
import styles from './SignInPanel.module.css'
import { useOneTimeLink } from './useOneTimeLink.ts'
import { findWallet, signInWithWallet } from '../../lib/wallet.ts'

/** The ways to sign in that this browser and this market offer. */
export function SignInPanel() {
  const who = useWho()
  const [, navigate] = useLocation()
  const change = useChange()
  const link = useOneTimeLink()

  switch (who.status) {
    case 'loading':
      return <Skeleton lines={4} />
    case 'failed':
      return <ProblemNotice problem={who.problem} onRetry={who.retry} />
    case 'ready': {
      const signIn = async (act: () => Promise<void>) => {
        if (await change.run(act)) navigate(PATHS.account)
      }
      return (
        <>
          {link.isUnderWay && <Skeleton lines={1} label="Signing in" />}
          {link.problem !== null && <ProblemNotice problem={link.problem} />}
          {change.problem !== null && <ProblemNotice problem={change.problem} />}
          <div className={styles.ways}>
            <PasskeyWay who={who.data} isBusy={change.isUnderWay} signIn={signIn} />
            <WalletWay isBusy={change.isUnderWay} signIn={signIn} />
            <Way title="One-time link">
              <p>Whoever runs this neighbourhood on a machine gets a link for one of its homes there:</p>
              <p className={styles.command}>npx commonwatt sign-in &quot;Alder 1&quot;</p>
              <p className="soft">It signs one browser in, once, within a minute.</p>
            </Way>
            <Way title="New here">
              <p>
                Your community&rsquo;s manager invites your home by a link. With it{' '}
                <Link href={PATHS.join}>you join the neighbourhood</Link>.
              </p>
            </Way>
          </div>
        </>
      )
    }
  }
}

type WayProps = { isBusy: boolean; signIn: (act: () => Promise<void>) => Promise<void> }

function PasskeyWay({ who, isBusy, signIn }: WayProps & { who: WhoAmI }) {
  const [name, setName] = useState('')
  if (!who.passkeys) {
    return (
      <Way title="Passkey">
        <p className="soft">This market has no contract accounts for passkeys yet.</p>
      </Way>
    )
  }
  if (!isNamed(location.hostname)) {
    const named = `http://localhost:${location.port}${PATHS.signIn}`
    return (
      <Way title="Passkey">
        <p>
          Browsers keep passkeys for names: <a href={named}>call this page localhost</a>.
        </p>
      </Way>
    )
  }
  const make = (event: FormEvent) => {
    event.preventDefault()
    void signIn(() => makePasskey(name.trim()))
  }
  return (
    <Way title="Passkey">
      <p>With your fingerprint, your face or the PIN of this device. You need no wallet.</p>
      <ActionButton isDisabled={isBusy} onPress={() => void signIn(signInWithPasskey)}>
        Sign in with a passkey
      </ActionButton>
      <form className={styles.form} onSubmit={make}>
        <TextInput label="Name of a new passkey" value={name} onChange={setName} isRequired />
        <SubmitButton isDisabled={isBusy || name.trim() === ''}>Make a passkey</SubmitButton>
      </form>
    </Way>
  )
}

function WalletWay({ isBusy, signIn }: WayProps) {
  const wallet = findWallet()
  if (wallet === null) {
    return (
      <Way title="Wallet">
        <p className="soft">No wallet is installed in this browser.</p>
      </Way>
    )
  }
  return (
    <Way title="Wallet">
      <p>Your wallet signs a message with the account by which your home is registered. Nothing is paid.</p>
      <ActionButton isDisabled={isBusy} onPress={() => void signIn(() => signInWithWallet(wallet))}>
        Sign in with a wallet
      </ActionButton>
    </Way>
  )
}

function Way({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className={styles.way} aria-label={title}>
      <h2>{title}</h2>
      {children}
    </section>
  )
}
