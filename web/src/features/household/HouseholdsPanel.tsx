import { DataTable, type Column } from '../../ui/DataTable.tsx'
import { EmptyNotice } from '../../ui/EmptyNotice.tsx'
import { MemberLabel } from '../../ui/MemberLabel.tsx'
import { MoneyAmount } from '../../ui/MoneyAmount.tsx'
import { PowerLabel } from '../../ui/PowerLabel.tsx'
import { ProblemNotice } from '../../ui/ProblemNotice.tsx'
import { Skeleton } from '../../ui/Skeleton.tsx'
import { StaleNote } from '../../ui/StaleNote.tsx'
import { useHouseholds, type Home } from './useHousehold.ts'

const COLUMNS: readonly Column<Home>[] = [
  {
    key: 'name',
    title: 'Home',
    cell: (home) => <MemberLabel memberId={home.memberId} name={home.name} kind="household" />,
  },
  {
    key: 'pv',
    title: 'Solar power',
    align: 'end',
    cell: (home) =>
      home.pvCapacity === 0n ? <span className="soft">none</span> : <PowerLabel value={home.pvCapacity} />,
  },
  {
    key: 'connection',
    title: 'Connection',
    align: 'end',
    cell: (home) => <PowerLabel value={home.connectionCapacity} />,
  },
  { key: 'balance', title: 'Balance', align: 'end', cell: (home) => <MoneyAmount value={home.balance} /> },
  {
    key: 'debt',
    title: 'Debt',
    align: 'end',
    cell: (home) => (home.debt === 0n ? <span className="soft">none</span> : <MoneyAmount value={home.debt} />),
  },
]

/** Every household of the neighbourhood. */
export function HouseholdsPanel() {
  const state = useHouseholds()
  switch (state.status) {
    case 'loading':
      return <Skeleton lines={8} />
    case 'failed':
      return <ProblemNotice problem={state.problem} onRetry={state.retry} />
    case 'empty':
      return <EmptyNotice>No home is yours, and none lets you see it.</EmptyNotice>
    case 'ready':
      return (
        <>
          <StaleNote problem={state.stale} />
          <DataTable caption="Households" columns={COLUMNS} rows={state.homes} keyOf={(home) => home.memberId} />
        </>
      )
  }
}
