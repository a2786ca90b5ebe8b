import { formatDate, formatDay, formatLongDay, formatTime, formatTimeWithSeconds } from '../lib/formats.ts'
import styles from './amounts.module.css'

const SHOW = {
  time: formatTime,
  seconds: formatTimeWithSeconds,
  day: formatDay,
  'long day': formatLongDay,
  date: formatDate,
  'day and time': (at: number) => `${formatDay(at)}, ${formatTime(at)}`,
} as const

/** An instant of the ledger's clock, in unix seconds, shown in the reader's time zone. */
export function TimeLabel({ at, show = 'time' }: { at: number; show?: keyof typeof SHOW }) {
  return (
    <time className={styles.amount} dateTime={new Date(at * 1000).toISOString()}>
      {SHOW[show](at)}
    </time>
  )
}
