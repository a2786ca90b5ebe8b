import { formatUtcDay } from '../lib/formats.ts'
import styles from './amounts.module.css'

/** A UTC day, counted from the epoch: what is settled at once. */
export function DayLabel({ day }: { day: number }) {
  return <span className={styles.amount}>{formatUtcDay(day)}</span>
}
