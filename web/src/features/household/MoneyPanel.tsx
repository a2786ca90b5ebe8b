import { useState } from 'react'
import { countOf, formatMoney } from '../../lib/formats.ts'
import { ChoiceGroup } from '../../ui/ChoiceGroup.tsx'
import { PaymentAmount } from '../../ui/PaymentAmount.tsx'
import { PeriodLabel } from '../../ui/PeriodLabel.tsx'
import { ProblemNotice } from '../../ui/ProblemNotice.tsx'
import { Skeleton } from '../../ui/Skeleton.tsx'
import { StaleNote } from '../../ui/StaleNote.tsx'
import styles from './MoneyPanel.module.css'
import { SettlementDays } from './SettlementDays.tsx'
import { useMoney, type Money } from './useMoney.ts'

const SPANS = [
  { value: '1', name: 'Day' },
  { value: '7', name: 'Week' },
  { value: '30', name: '30 days' },
] as const

/** What a household paid by line, against what the tariff alone would have cost. */
export function MoneyPanel({ memberId }: { memberId: number }) {
  const [days, setDays] = useState<'1' | '7' | '30'>('7')
  const state = useMoney(memberId, Number(days))
  return (
    <div className={styles.panel}>
      <ChoiceGroup label="Over the last" choices={SPANS} value={days} onChange={setDays} />
      {state.status === 'loading' && <Skeleton lines={5} />}
      {state.status === 'failed' && <ProblemNotice problem={state.problem} onRetry={state.retry} />}
      {state.status === 'empty' && <p className="soft">No statement has been drawn up yet.</p>}
      {state.status === 'ready' && (
        <>
          <StaleNote problem={state.stale} />
          <Bill money={state.money} />
          <SettlementDays days={state.money.days} />
        </>
      )}
    </div>
  )
}

function Bill({ money }: { money: Money }) {
  const costMore = money.saving < 0n
  return (
    <>
      <p className={styles.saving}>
        <span className={styles.figure}>{formatMoney(costMore ? -money.saving : money.saving)}</span>{' '}
        {costMore ? 'more than the tariff alone would have cost' : 'saved against the tariff alone'}, over{' '}
        {countOf(money.periodCount, 'quarter-hour')}.
        {money.periodsWithoutReading > 0 && (
          <> {countOf(money.periodsWithoutReading, 'of them has', 'of them have')} no reading and cannot be compared.</>
        )}
        {money.estimatedCount > 0 && (
          <> {countOf(money.estimatedCount, 'reading was', 'readings were')} missing and estimated.</>
        )}
      </p>
      <Provisional from={money.provisionalFrom} />
      <dl className={styles.bill}>
        <Line name="Energy" explanation="bought from and sold to neighbours" amount={money.energy} />
        <Line name="Imbalance" explanation="what the supplier delivered or took instead" amount={money.imbalance} />
        <Line name="Grid tariff" explanation="transport, to the DSO" amount={money.gridTariff} />
        <Line name="Levies" explanation="on energy taken, to the tax authority" amount={money.levies} />
        <Line name="Platform fee" explanation="on energy bought in the market" amount={money.platformFee} />
        <Line name="In sum" amount={money.total} kind="sum" />
        <Line
          name="Tariff alone"
          explanation="the same readings without the market"
          amount={money.tariffOnly}
          kind="other"
        />
      </dl>
    </>
  )
}

/** Since when amounts may still change before anything is paid. */
function Provisional({ from }: { from: number | null }) {
  if (from === null) return <p className="soft">All of it is paid. Later readings may still correct a day.</p>
  return (
    <p className="soft">
      Provisional from <PeriodLabel period={from} show="day and time" /> on: those days are not paid yet.
    </p>
  )
}

type LineProps = { name: string; explanation?: string; amount: bigint; kind?: 'line' | 'sum' | 'other' }

function Line({ name, explanation, amount, kind = 'line' }: LineProps) {
  return (
    <div className={styles.line} data-kind={kind}>
      <dt>
        {name}
        {explanation && <span className={styles.explanation}>{explanation}</span>}
      </dt>
      <dd>
        <PaymentAmount value={amount} />
      </dd>
    </div>
  )
}
