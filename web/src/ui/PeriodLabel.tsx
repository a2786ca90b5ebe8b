import { SECONDS_PER_PERIOD } from '../../../services/domain/units.ts'
import { formatDay, formatPeriod } from '../lib/formats.ts'
import styles from './amounts.module.css'

const SHOW = {
  time: formatPeriod,
  'day and time': (period: number) => `${formatDay(period * SECONDS_PER_PERIOD)}, ${formatPeriod(period)}`,
} as const

/** A delivery period, shown as its quarter-hour in the reader's time zone. */
export function PeriodLabel({ period, show = 'time' }: { period: number; show?: keyof typeof SHOW }) {
  return (
    <time className={styles.amount} dateTime={new Date(period * SECONDS_PER_PERIOD * 1000).toISOString()}>
      {SHOW[show](period)}
    </time>
  )
}
