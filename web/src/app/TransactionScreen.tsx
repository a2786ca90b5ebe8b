import { Link } from 'wouter'
import { TransactionPanel } from '../features/ledger/TransactionPanel.tsx'
import { ledgerAddress } from '../lib/addresses.ts'
import { shortenHash } from '../lib/formats.ts'
import { HashText } from '../ui/HashText.tsx'
import { ScreenHead } from '../ui/ScreenHead.tsx'

/** One transaction of the ledger. */
export function TransactionScreen({ hash }: { hash: string }) {
  return (
    <>
      <ScreenHead
        windowTitle={`Transaction ${shortenHash(hash)}`}
        title={
          <>
            Transaction <HashText value={hash} />
          </>
        }
        way={<Link href={ledgerAddress()}>The ledger</Link>}
      />
      <TransactionPanel hash={hash} />
    </>
  )
}
