import { formatAge, formatCount } from '../lib/formats.ts'
import { useLedgerTime, useLive, useWallClock } from '../lib/LiveProvider.tsx'
import styles from './Freshness.module.css'
import { TimeLabel } from './TimeLabel.tsx'

const STREAM_WORDS = { connecting: 'connecting', live: 'live', offline: 'offline' } as const

/** How fresh everything on the screen is: the connection, the latest block and the ledger's own time. */
export function Freshness() {
  const { stream, latestBlock, heardAt } = useLive()
  const ledgerTime = useLedgerTime()
  const now = useWallClock(1000)
  return (
    <div className={styles.freshness} role="group" aria-label="How fresh the data is">
      <span className={styles.state} data-state={stream}>
        {STREAM_WORDS[stream]}
      </span>
      {latestBlock !== null && heardAt !== null && (
        <span className={styles.block} title={`heard ${formatAge((now - heardAt) / 1000)}`}>
          block {formatCount(latestBlock)}
        </span>
      )}
      {ledgerTime !== null && (
        <span className={styles.time}>
          <span className="spoken">ledger time </span>
          <TimeLabel at={ledgerTime} show="day and time" />
        </span>
      )}
    </div>
  )
}
