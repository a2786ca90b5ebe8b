import { useState, type FormEvent } from 'react'
import { joinAddress } from '../../lib/addresses.ts'
import { parseDecimal } from '../../lib/amount-input.ts'
import { invitations as client } from '../../lib/joining-client.ts'
import { queryKeys } from '../../lib/query-keys.ts'
import { useChange } from '../../lib/useChange.ts'
import { ActionButton } from '../../ui/ActionButton.tsx'
import { ChoiceGroup } from '../../ui/ChoiceGroup.tsx'
import { ProblemNotice } from '../../ui/ProblemNotice.tsx'
import { SubmitButton } from '../../ui/SubmitButton.tsx'
import { TextInput } from '../../ui/TextInput.tsx'
import { TimeLabel } from '../../ui/TimeLabel.tsx'
import styles from './InvitationsPanel.module.css'

const MEMBERSHIPS = [
  { value: 'prosumer', name: 'Prosumer' },
  { value: 'consumer', name: 'Consumer' },
] as const

type Membership = (typeof MEMBERSHIPS)[number]['value']
type Made = { readonly name: string; readonly link: string; readonly expiresAt: number }

const EURO_DIGITS = 6
const USUAL_CREDIT = '500'

/** Makes an invitation, and shows its link this once. */
export function InvitationForm() {
  const change = useChange()
  const [name, setName] = useState('')
  const [membership, setMembership] = useState<Membership>('prosumer')
  const [credit, setCredit] = useState(USUAL_CREDIT)
  const [made, setMade] = useState<Made | null>(null)
  const invite = (event: FormEvent) => {
    event.preventDefault()
    setMade(null)
    const make = async () => {
      const wish = { name: name.trim(), membership, creditLineMicroEuro: microEuroOf(credit) }
      const { code, expiresAt } = await client.make(wish)
      setMade({ name: wish.name, link: joinAddress(location.origin, code), expiresAt })
      setName('')
    }
    void change.run(make, [queryKeys.invitations()])
  }
  return (
    <form className={styles.form} onSubmit={invite} aria-label="A new invitation">
      <div className={styles.fields}>
        <TextInput label="Name of the home" value={name} onChange={setName} isRequired />
        <TextInput
          label="Credit line in euro"
          type="decimal"
          value={credit}
          onChange={setCredit}
          note="How far the home may trade beyond its deposit."
          isRequired
        />
      </div>
      <ChoiceGroup label="It joins as a" choices={MEMBERSHIPS} value={membership} onChange={setMembership} />
      <p className="soft">A consumer only buys, a prosumer sells as well.</p>
      <SubmitButton tone="main" isDisabled={change.isUnderWay || name.trim() === ''}>
        Make an invitation
      </SubmitButton>
      {change.problem !== null && <ProblemNotice problem={change.problem} />}
      {made !== null && <Link key={made.link} made={made} />}
    </form>
  )
}

function Link({ made }: { made: Made }) {
  const change = useChange()
  const [isCopied, setIsCopied] = useState(false)
  const copy = async () => setIsCopied(await change.run(() => navigator.clipboard.writeText(made.link), []))
  return (
    <div className={styles.made} role="status">
      <p>
        This is the link for {made.name}. Send it to them now: it is not shown again, and works until{' '}
        <TimeLabel at={made.expiresAt} show="day and time" />.
      </p>
      <code>{made.link}</code>
      <ActionButton onPress={() => void copy()}>{isCopied ? 'Copied' : 'Copy the link'}</ActionButton>
      {change.problem !== null && <ProblemNotice problem={change.problem} />}
    </div>
  )
}

function microEuroOf(typed: string): string {
  const microEuro = parseDecimal(typed, EURO_DIGITS)
  if (microEuro === null || microEuro < 0n) throw new Error('The credit line is a number of euro: 0 or more.')
  return microEuro.toString()
}
