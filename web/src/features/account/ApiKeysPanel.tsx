import { useState, type FormEvent } from 'react'
import type { KeyScope } from '../../../../services/domain/identity/household-data.ts'
import { account, type ApiKey, type MadeApiKey } from '../../lib/account-client.ts'
import { queryKeys } from '../../lib/query-keys.ts'
import { useChange, type Change } from '../../lib/useChange.ts'
import { useFetched } from '../../lib/useFetched.ts'
import { ActionButton } from '../../ui/ActionButton.tsx'
import { CheckGroup } from '../../ui/CheckGroup.tsx'
import { DataTable, type Column } from '../../ui/DataTable.tsx'
import { EmptyNotice } from '../../ui/EmptyNotice.tsx'
import { ProblemNotice } from '../../ui/ProblemNotice.tsx'
import { Skeleton } from '../../ui/Skeleton.tsx'
import { SubmitButton } from '../../ui/SubmitButton.tsx'
import { TextInput } from '../../ui/TextInput.tsx'
import { TimeLabel } from '../../ui/TimeLabel.tsx'
import styles from './AccountForm.module.css'
import { partWords, SCOPE_CHOICES } from './part-words.ts'

const itemsOf = ({ items }: { items: ApiKey[] }) => items
const KEYS = [queryKeys.apiKeys()]
const OVERLAP_HOURS = 24
const USUAL_DAYS = '90'

/** The keys by which machines read in the person's name. */
export function ApiKeysPanel() {
  const state = useFetched({ key: queryKeys.apiKeys(), fetch: account.apiKeys, select: itemsOf })
  const change = useChange()
  const [made, setMade] = useState<MadeApiKey | null>(null)
  const make = (act: () => Promise<MadeApiKey>) => change.run(async () => setMade(await act()), KEYS)
  switch (state.status) {
    case 'loading':
      return <Skeleton lines={3} />
    case 'failed':
      return <ProblemNotice problem={state.problem} onRetry={state.retry} />
    case 'ready': {
      const columns = columnsOf({
        isBusy: change.isUnderWay,
        rotate: (id) => void make(() => account.rotateApiKey(id, OVERLAP_HOURS)),
        revoke: (id) => void change.run(() => account.revokeApiKey(id), KEYS),
      })
      return (
        <>
          {change.problem !== null && <ProblemNotice problem={change.problem} />}
          {made !== null && <Secret made={made} />}
          {state.data.length === 0 ? (
            <EmptyNotice>There are no api keys yet.</EmptyNotice>
          ) : (
            <DataTable caption="Your api keys" columns={columns} rows={state.data} keyOf={({ id }) => id} />
          )}
          <KeyForm change={change} make={make} />
        </>
      )
    }
  }
}

function Secret({ made }: { made: MadeApiKey }) {
  return (
    <div className={styles.secret} role="status">
      <p>This is the key “{made.key.name}”. Copy it now: it is not shown again.</p>
      <code>{made.secret}</code>
    </div>
  )
}

type Actions = { isBusy: boolean; rotate: (id: string) => void; revoke: (id: string) => void }

function columnsOf({ isBusy, rotate, revoke }: Actions): readonly Column<ApiKey>[] {
  return [
    { key: 'name', title: 'Key', cell: ({ name, prefix }) => `${name} (${prefix}…)` },
    { key: 'scopes', title: 'May read', cell: ({ scopes }) => scopes.map(partWords).join(', ') },
    { key: 'expires', title: 'Until', cell: ({ expiresAt }) => <TimeLabel at={expiresAt} show="day and time" /> },
    {
      key: 'used',
      title: 'Last used',
      cell: ({ lastUsedAt }) =>
        lastUsedAt === null ? <span className="soft">never</span> : <TimeLabel at={lastUsedAt} show="day and time" />,
    },
    {
      key: 'actions',
      title: 'Change it',
      align: 'end',
      cell: ({ id, name }) => (
        <div className={styles.actions}>
          <ActionButton isDisabled={isBusy} onPress={() => rotate(id)} label={`Rotate ${name}`}>
            Rotate
          </ActionButton>
          <ActionButton isDisabled={isBusy} onPress={() => revoke(id)} label={`Revoke ${name}`}>
            Revoke
          </ActionButton>
        </div>
      ),
    },
  ]
}

type FormProps = { change: Change; make: (act: () => Promise<MadeApiKey>) => Promise<boolean> }

function KeyForm({ change, make }: FormProps) {
  const [name, setName] = useState('')
  const [days, setDays] = useState(USUAL_DAYS)
  const [scopes, setScopes] = useState<readonly KeyScope[]>([])
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const wish = { name: name.trim(), scopes: [...scopes], days: Number(days) }
    void make(() => account.makeApiKey(wish)).then((isDone) => {
      if (isDone) setName('')
    })
  }
  return (
    <form className={styles.form} onSubmit={submit} aria-label="A new api key">
      <TextInput label="Name of a new key" value={name} onChange={setName} isRequired />
      <CheckGroup label="What it may read" choices={SCOPE_CHOICES} values={scopes} onChange={setScopes} />
      <TextInput label="Days that it is valid" type="number" value={days} onChange={setDays} isRequired />
      <SubmitButton isDisabled={change.isUnderWay || scopes.length === 0 || name.trim() === ''}>
        Make this key
      </SubmitButton>
    </form>
  )
}
