import { countOf } from '../../lib/formats.ts'
import { DayLabel } from '../../ui/DayLabel.tsx'
import { HeldBackWords } from '../../ui/HeldBackWords.tsx'
import { PaymentAmount } from '../../ui/PaymentAmount.tsx'
import { SettlementBadge } from '../../ui/SettlementBadge.tsx'
import { runNameOf } from '../../ui/settlement-words.ts'
import { TimeLabel } from '../../ui/TimeLabel.tsx'
import { TransactionLink } from '../../ui/TransactionLink.tsx'
import type { DayRun, SettlementDay } from './settlement-days.ts'
import styles from './SettlementDays.module.css'

/** Day by day: what it comes to, how far its settlement has come, and what each run paid. */
export function SettlementDays({ days }: { days: readonly SettlementDay[] }) {
  return (
    <ol className={styles.days} aria-label="Days and their settlement">
      {days.map((day) => (
        <li key={day.day} className={styles.day}>
          <div className={styles.head}>
            <h3>
              <DayLabel day={day.day} />
            </h3>
            <SettlementBadge state={day.state} />
            <span className={styles.total}>
              <PaymentAmount value={day.total} />
            </span>
          </div>
          <DayWords day={day} />
        </li>
      ))}
    </ol>
  )
}

function DayWords({ day }: { day: SettlementDay }) {
  return (
    <ul className={styles.runs}>
      {day.estimatedCount > 0 && (
        <li>{countOf(day.estimatedCount, 'quarter-hour rests', 'quarter-hours rest')} on an estimated reading.</li>
      )}
      {day.runs.map((run) => (
        <li key={run.run}>
          <RunSentence run={run} />
        </li>
      ))}
      {day.corrections !== 0n && (
        <li>
          Challenges corrected it: this home <PaymentAmount value={day.corrections} precision="exact" /> against the
          operator&rsquo;s bond.
        </li>
      )}
    </ul>
  )
}

/** What a settlement run has the home pay, and whether it has. */
export function RunSentence({ run }: { run: DayRun }) {
  return (
    <>
      The {runNameOf(run.run)} {run.paidAt === null ? 'is committed' : 'is paid'}: this home{' '}
      {run.payment === null ? 'is not in it' : <RunAmount payment={run.payment} />}
      {run.challengeableUntil !== null && (
        <>
          , can be challenged until <TimeLabel at={run.challengeableUntil} show="day and time" />
        </>
      )}
      {run.paidAt !== null && (
        <>
          {' '}
          on <TimeLabel at={run.paidAt} show="day and time" />
        </>
      )}
      . <HeldBackWords withheld={run.withheld} />
      <TransactionLink hash={run.paidTransaction ?? run.committedTransaction} />
    </>
  )
}

function RunAmount({ payment }: { payment: bigint }) {
  if (payment === 0n) return <>neither pays nor receives</>
  return <PaymentAmount value={payment} precision="exact" />
}
