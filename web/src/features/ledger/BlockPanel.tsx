import { Link } from 'wouter'
import { blockAddress, PATHS } from '../../lib/addresses.ts'
import { formatCount } from '../../lib/formats.ts'
import { DataTable, type Column } from '../../ui/DataTable.tsx'
import { FactList } from '../../ui/FactList.tsx'
import { HashText } from '../../ui/HashText.tsx'
import { ProblemNotice } from '../../ui/ProblemNotice.tsx'
import { Skeleton } from '../../ui/Skeleton.tsx'
import { StatusBadge } from '../../ui/StatusBadge.tsx'
import { TimeLabel } from '../../ui/TimeLabel.tsx'
import { TransactionLink } from '../../ui/TransactionLink.tsx'
import { useBlock, type TransactionRow } from './useBlocks.ts'

const COLUMNS: readonly Column<TransactionRow>[] = [
  { key: 'hash', title: 'Transaction', cell: (row) => <TransactionLink hash={row.hash} /> },
  {
    key: 'words',
    title: 'What it did',
    cell: (row) => (
      <>
        <HashText value={row.sender} /> {row.words}
      </>
    ),
  },
  { key: 'gas', title: 'Gas used', align: 'end', cell: (row) => formatCount(row.gasUsed) },
  {
    key: 'state',
    title: 'Outcome',
    cell: (row) =>
      row.succeeded ? <StatusBadge tone="good">succeeded</StatusBadge> : <StatusBadge tone="bad">refused</StatusBadge>,
  },
]

/** One block with its transactions. */
export function BlockPanel({ number }: { number: number }) {
  const state = useBlock(number)
  switch (state.status) {
    case 'loading':
      return <Skeleton lines={6} />
    case 'failed':
      return <ProblemNotice problem={state.problem} onRetry={state.retry} />
    case 'unknown':
      return (
        <p>
          The ledger has no block {formatCount(number)} yet, or it has not been read.{' '}
          <Link href={PATHS.ledger}>Back to the ledger</Link>
        </p>
      )
    case 'ready': {
      const { block } = state
      return (
        <>
          <FactList
            facts={[
              { name: 'Ledger time', value: <TimeLabel at={block.at} show="day and time" /> },
              { name: 'Hash', value: <HashText value={block.hash} /> },
              { name: 'After', value: <ParentLink number={block.number} hash={block.parentHash} /> },
              { name: 'Gas used', value: formatCount(block.gasUsed) },
            ]}
          />
          {block.transactions.length === 0 ? (
            <p className="soft">A block without transactions: it only moved the ledger&rsquo;s clock.</p>
          ) : (
            <DataTable
              caption="Transactions of the block"
              columns={COLUMNS}
              rows={block.transactions}
              keyOf={(row) => row.hash}
            />
          )}
        </>
      )
    }
  }
}

function ParentLink({ number, hash }: { number: number; hash: string }) {
  if (number === 0) return <>nothing: it is the first</>
  return (
    <Link href={blockAddress(number - 1)} title={hash}>
      block {formatCount(number - 1)}
    </Link>
  )
}
