import { shortenHash } from '../lib/formats.ts'
import styles from './amounts.module.css'

/** A hash, an address or a root, shortened; the whole of it is in the tooltip. */
export function HashText({ value }: { value: string }) {
  return (
    <span className={styles.hash} title={value}>
      {shortenHash(value)}
    </span>
  )
}
