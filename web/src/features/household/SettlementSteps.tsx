import { MoneyAmount } from '../../ui/MoneyAmount.tsx'
import { PaymentAmount } from '../../ui/PaymentAmount.tsx'
import { DayLabel } from '../../ui/DayLabel.tsx'
import { SettlementBadge } from '../../ui/SettlementBadge.tsx'
import { runNameOf, SETTLEMENT_WORDS } from '../../ui/settlement-words.ts'
import { StatusBadge } from '../../ui/StatusBadge.tsx'
import { TransactionLink } from '../../ui/TransactionLink.tsx'
import { RunSentence } from './SettlementDays.tsx'
import type { QuarterHourStatement } from './statement-lines.ts'
import styles from './TraceSteps.module.css'
import type { TracedChallenge, TracedPeriod } from './useTrace.ts'

/** What the quarter-hour costs, line by line, and by which run. */
export function StatementWords({ trace: { statement } }: { trace: TracedPeriod }) {
  if (statement === null) return <p>No statement is drawn up yet.</p>
  return (
    <>
      <p>
        <SettlementBadge state={statement.settlement} /> From the {runNameOf(statement.run)}:{' '}
        {SETTLEMENT_WORDS[statement.settlement].meaning}.
        {statement.isEstimated && <> It rests on an estimated reading.</>}
      </p>
      <Lines statement={statement} />
    </>
  )
}

function Lines({ statement }: { statement: QuarterHourStatement }) {
  return (
    <dl className={styles.lines}>
      <Line name="energy" amount={statement.energy} />
      <Line name="imbalance" amount={statement.imbalance} />
      <Line name="grid tariff" amount={statement.gridTariff} />
      <Line name="levies" amount={statement.levies} />
      <Line name="platform fee" amount={statement.platformFee} />
      <Line name="in sum" amount={statement.total} />
      <Line name="the tariff alone" amount={statement.tariffOnly} />
    </dl>
  )
}

function Line({ name, amount }: { name: string; amount: bigint | null }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <PaymentAmount value={amount} precision="exact" />
      </dd>
    </div>
  )
}

/** The runs of the day in which the quarter-hour was paid, and what challenges made of it. */
export function PaymentWords({ trace: { day, challenges } }: { trace: TracedPeriod }) {
  return (
    <>
      {(day === null || day.runs.length === 0) && <p>Nothing has been paid yet: a day is paid at once.</p>}
      {day !== null && day.runs.length > 0 && (
        <>
          <p>
            It is paid with all of <DayLabel day={day.day} />:
          </p>
          {day.runs.map((run) => (
            <p key={run.run}>
              <RunSentence run={run} />
            </p>
          ))}
        </>
      )}
      {challenges.map((challenge) => (
        <ChallengeSentence key={challenge.transactionHash} challenge={challenge} />
      ))}
    </>
  )
}

function ChallengeSentence({ challenge }: { challenge: TracedChallenge }) {
  switch (challenge.outcome) {
    case 'statement-corrected':
      return (
        <p>
          <StatusBadge tone="good">corrected</StatusBadge> {challenge.challenger} proved the statement wrong: this home{' '}
          <PaymentAmount value={challenge.amount} precision="exact" /> against the operator&rsquo;s bond
          {challenge.owed > 0n && (
            <>
              , which still owes it <MoneyAmount value={challenge.owed} />
            </>
          )}
          . <TransactionLink hash={challenge.transactionHash} />
        </p>
      )
    case 'correction-paid':
      return (
        <p>
          <StatusBadge tone="good">paid</StatusBadge> What a correction still owed was paid: this home{' '}
          <PaymentAmount value={challenge.amount} precision="exact" /> against the operator&rsquo;s bond.{' '}
          <TransactionLink hash={challenge.transactionHash} />
        </p>
      )
    case 'order-left-out':
      return (
        <p>
          <StatusBadge tone="good">proven</StatusBadge> {challenge.challenger} proved that its order was left out, and
          was paid out of the operator&rsquo;s bond. <TransactionLink hash={challenge.transactionHash} />
        </p>
      )
    case 'rejected':
      return (
        <p>
          <StatusBadge tone="bad">rejected</StatusBadge> {challenge.challenger} challenged it and was wrong: its stake
          went to the bond. <TransactionLink hash={challenge.transactionHash} />
        </p>
      )
  }
}
