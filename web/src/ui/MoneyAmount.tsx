import { formatMoney, type MoneyPrecision } from '../lib/formats.ts'
import styles from './amounts.module.css'

/** An amount of money without a direction, such as a balance or a saving, in micro-euro. */
export function MoneyAmount({ value, precision = 'short' }: { value: bigint; precision?: MoneyPrecision }) {
  return <span className={styles.amount}>{formatMoney(value, precision)}</span>
}
