import { formatPrice } from '../lib/formats.ts'
import styles from './amounts.module.css'

const SPACE = '\u00a0'

/** Micro-euro per kWh, shown in euro per kWh. Null is a session in which nothing was traded. */
export function PriceLabel({ value }: { value: bigint | null }) {
  if (value === null) return <span className={styles.unknown}>no trade</span>
  return (
    <span className={styles.amount}>
      {formatPrice(value)}
      <span className={styles.unit}>{SPACE}/kWh</span>
    </span>
  )
}
