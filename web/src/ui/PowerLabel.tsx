import { formatPower } from '../lib/formats.ts'
import styles from './amounts.module.css'

const SPACE = '\u00a0'

/** Power in W, shown in kW. */
export function PowerLabel({ value }: { value: bigint }) {
  return (
    <span className={styles.amount}>
      {formatPower(value)}
      <span className={styles.unit}>{SPACE}kW</span>
    </span>
  )
}
