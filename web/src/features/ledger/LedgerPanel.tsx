import { Link, useLocation, useSearchParams } from 'wouter'
import { householdAddress, ledgerAddress } from '../../lib/addresses.ts'
import { ChoiceGroup } from '../../ui/ChoiceGroup.tsx'
import { BlocksPanel } from './BlocksPanel.tsx'
import { EventsPanel } from './EventsPanel.tsx'
import { EVENT_KINDS, parseEventKind } from './kinds.ts'
import styles from './LedgerPanel.module.css'
import { useMemberNames } from './useMemberNames.ts'

const VIEWS = [
  { value: 'events', name: 'Events' },
  { value: 'blocks', name: 'Blocks' },
] as const

/** The ledger as events in sentences or as blocks; the address says which. */
export function LedgerPanel() {
  const [parameters] = useSearchParams()
  const [, navigate] = useLocation()
  const view = parameters.get('view') === 'blocks' ? 'blocks' : 'events'
  const kind = parseEventKind(parameters.get('kind'))
  const memberId = parseMember(parameters.get('home'))
  const member = memberId === null ? {} : { memberId }

  return (
    <div className={styles.panel}>
      <div className={styles.bar}>
        <ChoiceGroup
          label="Show"
          choices={VIEWS}
          value={view}
          onChange={(chosen) => navigate(ledgerAddress({ view: chosen }), { replace: true })}
        />
        {view === 'events' && (
          <ChoiceGroup
            label="Kind of event"
            choices={EVENT_KINDS}
            value={kind}
            onChange={(chosen) => navigate(ledgerAddress({ kind: chosen, ...member }), { replace: true })}
          />
        )}
      </div>
      {memberId !== null && view === 'events' && <MemberFilter memberId={memberId} address={ledgerAddress({ kind })} />}
      {view === 'events' ? <EventsPanel kind={kind} memberId={memberId} /> : <BlocksPanel />}
    </div>
  )
}

function MemberFilter({ memberId, address }: { memberId: number; address: string }) {
  const name = useMemberNames().get(memberId) ?? `member ${memberId}`
  return (
    <p>
      Events that name <strong>{name}</strong> alone. Its orders, readings and payments are packed into those of their
      session: <Link href={householdAddress(memberId)}>trace them from its own screen</Link>, or{' '}
      <Link href={address}>show every event</Link>.
    </p>
  )
}

function parseMember(text: string | null): number | null {
  return text !== null && /^[1-9]\d{0,7}$/.test(text) ? Number(text) : null
}
