import { Link } from 'wouter'
import { transactionAddress } from '../lib/addresses.ts'
import { shortenHash } from '../lib/formats.ts'
import styles from './amounts.module.css'

/** A transaction by its shortened hash; null while the ledger does not have it. */
export function TransactionLink({ hash }: { hash: string | null }) {
  if (hash === null) return <span className={styles.unknown}>not yet</span>
  return (
    <Link
      className={styles.hash}
      href={transactionAddress(hash)}
      title={hash}
      aria-label={`Transaction ${shortenHash(hash)}`}
    >
      {shortenHash(hash)}
    </Link>
  )
}
