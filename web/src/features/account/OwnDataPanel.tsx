import { useState, type FormEvent } from 'react'
import { SECONDS_PER_DAY } from '../../../../services/domain/units.ts'
import { account, type Erasure } from '../../lib/account-client.ts'
import type { WhoAmI } from '../../lib/api-client.ts'
import { downloadFrom } from '../../lib/download.ts'
import { dayKeyOf } from '../../lib/formats.ts'
import { queryKeys } from '../../lib/query-keys.ts'
import { useChange } from '../../lib/useChange.ts'
import { useFetched } from '../../lib/useFetched.ts'
import { useNeighbourhood } from '../../lib/useNeighbourhood.ts'
import { ActionButton } from '../../ui/ActionButton.tsx'
import { EmptyNotice } from '../../ui/EmptyNotice.tsx'
import { ProblemNotice } from '../../ui/ProblemNotice.tsx'
import { SelectInput } from '../../ui/SelectInput.tsx'
import { Skeleton } from '../../ui/Skeleton.tsx'
import { StatusBadge } from '../../ui/StatusBadge.tsx'
import { SubmitButton } from '../../ui/SubmitButton.tsx'
import { TextInput } from '../../ui/TextInput.tsx'
import { TimeLabel } from '../../ui/TimeLabel.tsx'
import styles from './AccountForm.module.css'
import { DOCUMENTS, exportAddress, type DocumentName } from './export-wish.ts'

type Households = NonNullable<WhoAmI['person']>['households']
type Home = Households[number]

const USUAL_DAYS = 30
const ledgerTimeOf = ({ ledgerTime }: { ledgerTime: number }) => ledgerTime
const same = (erasure: Erasure | null) => erasure

/** A home's data, to be taken along or to be erased. */
export function OwnDataPanel({ households }: { households: Households }) {
  const now = useNeighbourhood(ledgerTimeOf)
  if (households.length === 0) return <EmptyNotice>No home is yours: there is no data to take along.</EmptyNotice>
  switch (now.status) {
    case 'loading':
      return <Skeleton lines={3} />
    case 'failed':
      return <ProblemNotice problem={now.problem} onRetry={now.retry} />
    case 'ready':
      return households.map((home) => (
        <div key={home.memberId} className={styles.home}>
          <h3>{home.name}</h3>
          <ExportForm home={home} now={now.data} />
          <ErasurePart home={home} />
        </div>
      ))
  }
}

function ExportForm({ home, now }: { home: Home; now: number }) {
  const change = useChange()
  const [document, setDocument] = useState<DocumentName>('green-button')
  const [firstDay, setFirstDay] = useState(() => dayKeyOf(now - USUAL_DAYS * SECONDS_PER_DAY))
  const [lastDay, setLastDay] = useState(() => dayKeyOf(now))
  const download = (event: FormEvent) => {
    event.preventDefault()
    void change.run(async () => downloadFrom(exportAddress(home.memberId, document, firstDay, lastDay)), [])
  }
  return (
    <form className={styles.form} onSubmit={download} aria-label={`The data of ${home.name}`}>
      <SelectInput label="What to take along" choices={DOCUMENTS} value={document} onChange={setDocument} />
      <TextInput label="First day" type="date" value={firstDay} onChange={setFirstDay} isRequired />
      <TextInput label="Last day" type="date" value={lastDay} onChange={setLastDay} isRequired />
      <SubmitButton isDisabled={change.isUnderWay}>Download</SubmitButton>
      {change.problem !== null && <ProblemNotice problem={change.problem} />}
    </form>
  )
}

function ErasurePart({ home }: { home: Home }) {
  const [isAsked, setIsAsked] = useState(false)
  if (isAsked) return <Erasing home={home} onKeep={() => setIsAsked(false)} />
  return (
    <div>
      <ActionButton tone="danger" onPress={() => setIsAsked(true)}>
        Erase the data of {home.name} …
      </ActionButton>
    </div>
  )
}

function Erasing({ home, onKeep }: { home: Home; onKeep: () => void }) {
  const { memberId } = home
  const state = useFetched({
    key: queryKeys.erasure(memberId),
    fetch: (signal) => account.erasure(memberId, signal),
    select: same,
  })
  switch (state.status) {
    case 'loading':
      return <Skeleton lines={1} />
    case 'failed':
      return <ProblemNotice problem={state.problem} onRetry={state.retry} />
    case 'ready':
      return state.data === null ? <ErasureForm home={home} onKeep={onKeep} /> : <ErasureState erasure={state.data} />
  }
}

function ErasureState({ erasure }: { erasure: Erasure }) {
  const { requestedAt, isGatewayDone, isMarketOperatorDone, isAggregatorDone, isGridOperatorDone } = erasure
  return (
    <div className={styles.warning} role="status">
      <p>
        You asked on <TimeLabel at={requestedAt} show="date" /> that everything be erased.
      </p>
      <p>
        Readings: <Done isDone={isGatewayDone} /> Statements: <Done isDone={isMarketOperatorDone} /> Flexibility:{' '}
        <Done isDone={isAggregatorDone && isGridOperatorDone} />
      </p>
    </div>
  )
}

function Done({ isDone }: { isDone: boolean }) {
  return <StatusBadge tone={isDone ? 'good' : 'waiting'}>{isDone ? 'erased' : 'being erased'}</StatusBadge>
}

/** Asks again, for the home's name. */
function ErasureForm({ home, onKeep }: { home: Home; onKeep: () => void }) {
  const change = useChange()
  const [typed, setTyped] = useState('')
  const erase = () =>
    change.run(
      async () => void (await account.requestErasure(home.memberId)),
      [queryKeys.erasure(home.memberId), queryKeys.me()],
    )
  return (
    <div className={styles.warning} role="group" aria-label={`Erase the data of ${home.name}`}>
      <p>
        <strong>This cannot be undone.</strong> Readings, statements, orders, consents, your passkey and every sign-in
        of this account are erased for good; take along first what you want to keep. What is on the ledger stays there,
        under the home&rsquo;s number and without its name.
      </p>
      <p>It is possible once the home has left the market, its last day is settled and its deposit is withdrawn.</p>
      <TextInput label={`Type the home’s name, ${home.name}, to go on`} value={typed} onChange={setTyped} />
      <div className={styles.choices}>
        <ActionButton
          tone="danger"
          isDisabled={change.isUnderWay || typed.trim() !== home.name}
          onPress={() => void erase()}
        >
          Erase it for good
        </ActionButton>
        <ActionButton onPress={onKeep}>Keep it</ActionButton>
      </div>
      {change.problem !== null && <ProblemNotice problem={change.problem} />}
    </div>
  )
}
