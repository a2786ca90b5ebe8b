import { invitations as client, type Invitation } from '../../lib/joining-client.ts'
import { queryKeys } from '../../lib/query-keys.ts'
import { useChange } from '../../lib/useChange.ts'
import { useFetched } from '../../lib/useFetched.ts'
import { ActionButton } from '../../ui/ActionButton.tsx'
import { DataTable, type Column } from '../../ui/DataTable.tsx'
import { EmptyNotice } from '../../ui/EmptyNotice.tsx'
import { ProblemNotice } from '../../ui/ProblemNotice.tsx'
import { Section } from '../../ui/Section.tsx'
import { Skeleton } from '../../ui/Skeleton.tsx'
import { StaleNote } from '../../ui/StaleNote.tsx'
import { StatusBadge, type Tone } from '../../ui/StatusBadge.tsx'
import { TimeLabel } from '../../ui/TimeLabel.tsx'
import { InvitationForm } from './InvitationForm.tsx'

const same = (answer: Invitation[]) => answer
const KEYS = [queryKeys.invitations()]
/** Somebody else uses them: no event tells it. */
const EVERY_MS = 5_000

const TONES: Readonly<Record<Invitation['state'], Tone>> = {
  open: 'waiting',
  used: 'good',
  expired: 'plain',
  withdrawn: 'plain',
}

/** The community's invitations, and how to make one. */
export function InvitationsPanel() {
  const state = useFetched({ key: queryKeys.invitations(), fetch: client.list, select: same, everyMs: EVERY_MS })
  const change = useChange()
  switch (state.status) {
    case 'loading':
      return <Skeleton lines={6} />
    case 'failed':
      return <ProblemNotice problem={state.problem} onRetry={state.retry} />
    case 'ready': {
      const withdraw = (id: string) => void change.run(() => client.withdraw(id), KEYS)
      return (
        <>
          <Section title="Invite a home">
            <InvitationForm />
          </Section>
          <Section title="Whom you invited">
            <StaleNote problem={state.stale} />
            {change.problem !== null && <ProblemNotice problem={change.problem} />}
            {state.data.length === 0 ? (
              <EmptyNotice>Nobody is invited yet.</EmptyNotice>
            ) : (
              <DataTable
                caption="Invitations"
                columns={columnsOf(withdraw, change.isUnderWay)}
                rows={state.data}
                keyOf={({ invitationId }) => invitationId}
              />
            )}
          </Section>
        </>
      )
    }
  }
}

function columnsOf(withdraw: (id: string) => void, isBusy: boolean): readonly Column<Invitation>[] {
  return [
    { key: 'name', title: 'Home', cell: ({ name }) => name },
    { key: 'membership', title: 'As a', cell: ({ membership }) => membership },
    { key: 'state', title: 'State', cell: ({ state }) => <StatusBadge tone={TONES[state]}>{state}</StatusBadge> },
    { key: 'made', title: 'Made', cell: ({ createdAt }) => <TimeLabel at={createdAt} show="day and time" /> },
    { key: 'expires', title: 'Until', cell: ({ expiresAt }) => <TimeLabel at={expiresAt} show="day and time" /> },
    {
      key: 'withdraw',
      title: 'Take it back',
      align: 'end',
      cell: ({ invitationId, name, state }) =>
        state === 'open' && (
          <ActionButton
            isDisabled={isBusy}
            onPress={() => withdraw(invitationId)}
            label={`Withdraw the one for ${name}`}
          >
            Withdraw
          </ActionButton>
        ),
    },
  ]
}
