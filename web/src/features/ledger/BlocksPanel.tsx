import { Link } from 'wouter'
import { blockAddress } from '../../lib/addresses.ts'
import { formatCount } from '../../lib/formats.ts'
import { DataTable, type Column } from '../../ui/DataTable.tsx'
import { EmptyNotice } from '../../ui/EmptyNotice.tsx'
import { HashText } from '../../ui/HashText.tsx'
import { Pager } from '../../ui/Pager.tsx'
import { ProblemNotice } from '../../ui/ProblemNotice.tsx'
import { Skeleton } from '../../ui/Skeleton.tsx'
import { StaleNote } from '../../ui/StaleNote.tsx'
import { TimeLabel } from '../../ui/TimeLabel.tsx'
import { useBlocks, type BlockRow } from './useBlocks.ts'

const COLUMNS: readonly Column<BlockRow>[] = [
  {
    key: 'number',
    title: 'Block',
    cell: (block) => <Link href={blockAddress(block.number)}>{formatCount(block.number)}</Link>,
  },
  { key: 'at', title: 'Ledger time', cell: (block) => <TimeLabel at={block.at} show="day and time" /> },
  { key: 'count', title: 'Transactions', align: 'end', cell: (block) => formatCount(block.transactionCount) },
  { key: 'gas', title: 'Gas used', align: 'end', cell: (block) => formatCount(block.gasUsed) },
  { key: 'hash', title: 'Hash', cell: (block) => <HashText value={block.hash} /> },
]

/** The ledger's blocks, newest first. */
export function BlocksPanel() {
  const state = useBlocks()
  switch (state.status) {
    case 'loading':
      return <Skeleton lines={8} />
    case 'failed':
      return <ProblemNotice problem={state.problem} onRetry={state.retry} />
    case 'empty':
      return <EmptyNotice>No block has been read yet.</EmptyNotice>
    case 'ready':
      return (
        <>
          <StaleNote problem={state.stale} />
          <DataTable caption="Blocks" columns={COLUMNS} rows={state.blocks} keyOf={(block) => block.number} />
          <Pager label="Blocks" onEarlier={state.showEarlier} onLater={state.showLater} />
        </>
      )
  }
}
