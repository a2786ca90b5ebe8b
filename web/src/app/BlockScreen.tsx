import { Link } from 'wouter'
import { BlockPanel } from '../features/ledger/BlockPanel.tsx'
import { ledgerAddress } from '../lib/addresses.ts'
import { formatCount } from '../lib/formats.ts'
import { ScreenHead } from '../ui/ScreenHead.tsx'

/** One block of the ledger. */
export function BlockScreen({ number }: { number: number }) {
  return (
    <>
      <ScreenHead
        windowTitle={`Block ${formatCount(number)}`}
        title={`Block ${formatCount(number)}`}
        way={<Link href={ledgerAddress({ view: 'blocks' })}>All blocks</Link>}
      />
      <BlockPanel number={number} />
    </>
  )
}
