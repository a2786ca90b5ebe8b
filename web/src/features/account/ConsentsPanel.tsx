import { useState, type FormEvent } from 'react'
import type { HouseholdPart } from '../../../../services/domain/identity/household-data.ts'
import { account, type Consent, type ConsentList } from '../../lib/account-client.ts'
import type { WhoAmI } from '../../lib/api-client.ts'
import { queryKeys } from '../../lib/query-keys.ts'
import { useChange, type Change } from '../../lib/useChange.ts'
import { useFetched } from '../../lib/useFetched.ts'
import { ActionButton } from '../../ui/ActionButton.tsx'
import { CheckGroup } from '../../ui/CheckGroup.tsx'
import { DataTable, type Column } from '../../ui/DataTable.tsx'
import { EmptyNotice } from '../../ui/EmptyNotice.tsx'
import { HashText } from '../../ui/HashText.tsx'
import { ProblemNotice } from '../../ui/ProblemNotice.tsx'
import { Skeleton } from '../../ui/Skeleton.tsx'
import { SubmitButton } from '../../ui/SubmitButton.tsx'
import { TextInput } from '../../ui/TextInput.tsx'
import { TimeLabel } from '../../ui/TimeLabel.tsx'
import styles from './AccountForm.module.css'
import { PART_CHOICES, partWords } from './part-words.ts'

type Households = NonNullable<WhoAmI['person']>['households']

const same = (answer: ConsentList) => answer
const KEYS = [queryKeys.consents()]

/** Whom the person's homes let read what, and what others let the person read. */
export function ConsentsPanel({ households }: { households: Households }) {
  const state = useFetched({ key: queryKeys.consents(), fetch: account.consents, select: same })
  const change = useChange()
  switch (state.status) {
    case 'loading':
      return <Skeleton lines={3} />
    case 'failed':
      return <ProblemNotice problem={state.problem} onRetry={state.retry} />
    case 'ready': {
      const { given, received } = state.data
      const columns = columnsOf(new Map(households.map(({ memberId, name }) => [memberId, name])))
      const revoke = (id: string) => void change.run(() => account.revokeConsent(id), KEYS)
      return (
        <>
          {change.problem !== null && <ProblemNotice problem={change.problem} />}
          {given.length === 0 && received.length === 0 && <EmptyNotice>There are no consents yet.</EmptyNotice>}
          {given.length > 0 && (
            <DataTable
              caption="Consents that you gave"
              columns={[...columns, revocation(revoke, change.isUnderWay)]}
              rows={given}
              keyOf={({ id }) => id}
            />
          )}
          {received.length > 0 && (
            <DataTable
              caption="Consents that you were given"
              columns={[...columns, { key: 'state', title: 'State', align: 'end', cell: stateOf }]}
              rows={received}
              keyOf={({ id }) => id}
            />
          )}
          {households.map(({ memberId, name }) => (
            <ConsentForm key={memberId} memberId={memberId} name={name} change={change} />
          ))}
        </>
      )
    }
  }
}

function columnsOf(names: ReadonlyMap<number, string>): readonly Column<Consent>[] {
  return [
    { key: 'home', title: 'Home', cell: ({ memberId }) => names.get(memberId) ?? `member ${memberId}` },
    { key: 'reader', title: 'May be read by', cell: ({ reader }) => <HashText value={reader} /> },
    { key: 'parts', title: 'What', cell: ({ parts }) => parts.map(partWords).join(', ') },
    { key: 'since', title: 'Since', cell: ({ since }) => <TimeLabel at={since} show="day and time" /> },
    {
      key: 'until',
      title: 'Until',
      cell: ({ until }) => (until === null ? 'until taken back' : <TimeLabel at={until} show="day and time" />),
    },
  ]
}

function stateOf({ isInForce, revokedAt }: Consent) {
  if (isInForce) return 'in force'
  if (revokedAt === null) return 'ended'
  return (
    <>
      taken back <TimeLabel at={revokedAt} show="day and time" />
    </>
  )
}

function revocation(revoke: (id: string) => void, isBusy: boolean): Column<Consent> {
  return {
    key: 'state',
    title: 'State',
    align: 'end',
    cell: (consent) =>
      consent.isInForce ? (
        <ActionButton isDisabled={isBusy} onPress={() => revoke(consent.id)}>
          Take back
        </ActionButton>
      ) : (
        stateOf(consent)
      ),
  }
}

function ConsentForm({ memberId, name, change }: { memberId: number; name: string; change: Change }) {
  const [reader, setReader] = useState('')
  const [parts, setParts] = useState<readonly HouseholdPart[]>([])
  const [lastDay, setLastDay] = useState('')
  const give = (event: FormEvent) => {
    event.preventDefault()
    const until = lastDay === '' ? null : endOfDay(lastDay)
    const wish = { memberId, reader: reader.trim(), parts: [...parts], until }
    void change
      .run(async () => void (await account.giveConsent(wish)), KEYS)
      .then((isDone) => {
        if (!isDone) return
        setReader('')
        setParts([])
      })
  }
  return (
    <form className={styles.form} onSubmit={give} aria-label={`A consent of ${name}`}>
      <TextInput label={`Who may read ${name} (DID or address)`} value={reader} onChange={setReader} isRequired />
      <CheckGroup label="What" choices={PART_CHOICES} values={parts} onChange={setParts} />
      <TextInput label="Last day (until taken back where empty)" type="date" value={lastDay} onChange={setLastDay} />
      <SubmitButton isDisabled={change.isUnderWay || parts.length === 0 || reader.trim() === ''}>
        Give this consent
      </SubmitButton>
    </form>
  )
}

/** The end of a day of the reader's calendar, in unix seconds. */
function endOfDay(day: string): number {
  return Math.floor(new Date(`${day}T23:59:59`).getTime() / 1_000)
}
