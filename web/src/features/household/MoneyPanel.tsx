import { useState } from 'react'
import { countOf, formatMoney } from '../../lib/formats.ts'
import { ChoiceGroup } from '../../ui/ChoiceGroup.tsx'
import { PaymentAmount } from '../../ui/PaymentAmount.tsx'
import { ProblemNotice } from '../../ui/ProblemNotice.tsx'
import { Skeleton } from '../../ui/Skeleton.tsx'
import { StaleNote } from '../../ui/StaleNote.tsx'
import styles from './MoneyPanel.module.css'
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
      {state.status === 'empty' && <p className="soft">No quarter-hour of this home has been settled yet.</p>}
      {state.status === 'ready' && (
        <>
          <StaleNote problem={state.stale} />
          <Bill money={state.money} />
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
        {countOf(money.periodCount, 'settled quarter-hour')}.
        {money.periodsWithoutReading > 0 && (
          <> {countOf(money.periodsWithoutReading, 'of them has', 'of them have')} no reading and cannot be compared.</>
        )}
      </p>
      <dl className={styles.bill}>
        <Line name="Market" explanation="energy bought from and sold to neighbours" amount={money.market} />
        <Line name="Imbalance" explanation="what the supplier delivered or took instead" amount={money.imbalance} />
        <Line name="Grid tariff" explanation="transport, to the DSO" amount={money.gridTariff} />
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
