import { formatMoney, type MoneyPrecision } from '../lib/formats.ts'
import styles from './amounts.module.css'

/** A payment in micro-euro by its sign: positive `pays`, negative `receives`. Null where it cannot be told. */
export function PaymentAmount({ value, precision = 'short' }: { value: bigint | null; precision?: MoneyPrecision }) {
  if (value === null) return <span className={styles.unknown}>not known</span>
  if (value === 0n) return <span className={styles.unknown}>nothing</span>
  const receives = value < 0n
  return (
    <span className={receives ? `${styles.amount} ${styles.receives}` : styles.amount}>
      <span className={styles.direction}>{receives ? 'receives' : 'pays'}</span>
      {formatMoney(receives ? -value : value, precision)}
    </span>
  )
}
