import { account, type SignIn } from '../../lib/account-client.ts'
import { queryKeys } from '../../lib/query-keys.ts'
import { useChange } from '../../lib/useChange.ts'
import { useFetched } from '../../lib/useFetched.ts'
import { ActionButton } from '../../ui/ActionButton.tsx'
import { DataTable, type Column } from '../../ui/DataTable.tsx'
import { ProblemNotice } from '../../ui/ProblemNotice.tsx'
import { Skeleton } from '../../ui/Skeleton.tsx'
import { TimeLabel } from '../../ui/TimeLabel.tsx'
import styles from './AccountForm.module.css'

const itemsOf = ({ items }: { items: SignIn[] }) => items
const WAYS = { wallet: 'Wallet', passkey: 'Passkey', code: 'One-time link', 'api-key': 'Api key' } as const

/** The browsers in which the person is signed in. */
export function SignInsPanel() {
  const state = useFetched({ key: queryKeys.signIns(), fetch: account.signIns, select: itemsOf })
  const change = useChange()
  switch (state.status) {
    case 'loading':
      return <Skeleton lines={3} />
    case 'failed':
      return <ProblemNotice problem={state.problem} onRetry={state.retry} />
    case 'ready': {
      const end = (id: string) => void change.run(() => account.endSignIn(id), [queryKeys.signIns()])
      return (
        <>
          {change.problem !== null && <ProblemNotice problem={change.problem} />}
          <DataTable
            caption="Your browsers"
            columns={columnsOf(end, change.isUnderWay)}
            rows={state.data}
            keyOf={({ id }) => id}
          />
          <div>
            <ActionButton isDisabled={change.isUnderWay} onPress={() => void change.run(account.endSignIns)}>
              Sign out everywhere
            </ActionButton>
          </div>
        </>
      )
    }
  }
}

function columnsOf(end: (id: string) => void, isBusy: boolean): readonly Column<SignIn>[] {
  return [
    { key: 'way', title: 'With', cell: ({ way }) => WAYS[way] },
    { key: 'since', title: 'Since', cell: ({ createdAt }) => <TimeLabel at={createdAt} show="day and time" /> },
    { key: 'used', title: 'Last used', cell: ({ lastUsedAt }) => <TimeLabel at={lastUsedAt} show="day and time" /> },
    {
      key: 'end',
      title: 'End it',
      align: 'end',
      cell: ({ id, isThisOne }) =>
        isThisOne ? (
          <span className="soft">this browser</span>
        ) : (
          <div className={styles.actions}>
            <ActionButton isDisabled={isBusy} onPress={() => end(id)}>
              Sign out
            </ActionButton>
          </div>
        ),
    },
  ]
}
