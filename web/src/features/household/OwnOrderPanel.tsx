import { useState, type FormEvent } from 'react'
import { Link } from 'wouter'
import { PATHS } from '../../lib/addresses.ts'
import { queryKeys } from '../../lib/query-keys.ts'
import { hasTradingKey } from '../../lib/trading-key.ts'
import { useChange } from '../../lib/useChange.ts'
import { useFetched } from '../../lib/useFetched.ts'
import { ChoiceGroup } from '../../ui/ChoiceGroup.tsx'
import { HashText } from '../../ui/HashText.tsx'
import { PeriodLabel } from '../../ui/PeriodLabel.tsx'
import { ProblemNotice } from '../../ui/ProblemNotice.tsx'
import { SelectInput } from '../../ui/SelectInput.tsx'
import { Skeleton } from '../../ui/Skeleton.tsx'
import { SubmitButton } from '../../ui/SubmitButton.tsx'
import { TextInput } from '../../ui/TextInput.tsx'
import { TimeLabel } from '../../ui/TimeLabel.tsx'
import { placeOwnOrder, type OwnOrder, type PlacedOrder } from './own-order.ts'
import styles from './OwnOrderPanel.module.css'
import type { Home } from './useHousehold.ts'
import { nameOfPeriod, useOpenSessions } from './useOpenSessions.ts'

const SIDES = [
  { value: 'bid', name: 'Buy' },
  { value: 'offer', name: 'Sell' },
] as const

const same = (isHere: boolean) => isHere

/** An order by the home's member, signed by the trading key of this browser. */
export function OwnOrderPanel({ home }: { home: Home }) {
  const { memberId, tradingKey } = home
  const sessions = useOpenSessions()
  const key = useFetched({
    key: [...queryKeys.tradingKeys(), tradingKey],
    fetch: () => hasTradingKey(tradingKey),
    select: same,
  })
  if (key.status === 'failed') return <ProblemNotice problem={key.problem} onRetry={key.retry} />
  if (key.status === 'loading') return <Skeleton lines={3} />
  if (!key.data) {
    return (
      <p>
        The key that signs this home&rsquo;s orders is not in this browser. You can sign here once you give{' '}
        <Link href={PATHS.account}>this browser a key of its own</Link>.
      </p>
    )
  }
  switch (sessions.status) {
    case 'loading':
      return <Skeleton lines={3} />
    case 'failed':
      return <ProblemNotice problem={sessions.problem} onRetry={sessions.retry} />
    case 'ended':
      return <p className="soft">The area&rsquo;s calendar has ended: no more sessions open.</p>
    case 'ready': {
      const { area, periods } = sessions.sessions
      return <OrderForm memberId={memberId} area={area} periods={periods} tradingKey={tradingKey} />
    }
  }
}

type FormProps = { memberId: number; area: number; periods: readonly number[]; tradingKey: string }

function OrderForm({ memberId, area, periods, tradingKey }: FormProps) {
  const change = useChange()
  const [placed, setPlaced] = useState<PlacedOrder | null>(null)
  const [side, setSide] = useState<OwnOrder['side']>('bid')
  const [chosen, setChosen] = useState<number | null>(null)
  const [quantity, setQuantity] = useState('')
  const [limitPrice, setLimitPrice] = useState('')
  const period = chosen ?? periods[0]!
  // What was chosen stays, though its gate closes meanwhile: the refusal says so.
  const listed = periods.includes(period) ? periods : [period, ...periods]

  const place = (event: FormEvent) => {
    event.preventDefault()
    setPlaced(null)
    const wish = { memberId, area, period, side, quantity, limitPrice }
    void change.run(async () => setPlaced(await placeOwnOrder(wish, tradingKey)), [queryKeys.householdOrders(memberId)])
  }
  return (
    <form className={styles.form} onSubmit={place} aria-label="A new order">
      <ChoiceGroup label="Buy or sell" choices={SIDES} value={side} onChange={setSide} />
      <div className={styles.fields}>
        <SelectInput
          label="Quarter-hour"
          choices={listed.map((listedPeriod) => ({ value: String(listedPeriod), name: nameOfPeriod(listedPeriod) }))}
          value={String(period)}
          onChange={(value) => setChosen(Number(value))}
        />
        <TextInput
          label="Quantity in kWh"
          type="decimal"
          value={quantity}
          onChange={setQuantity}
          note="0 takes back what you wanted before."
          isRequired
        />
        <TextInput
          label={side === 'bid' ? 'At most, in euro per kWh' : 'At least, in euro per kWh'}
          type="decimal"
          value={limitPrice}
          onChange={setLimitPrice}
          isRequired
        />
      </div>
      <p className="soft">
        It counts in place of an order that your agent, or you before, placed for the same side of the quarter-hour.
      </p>
      <SubmitButton tone="main" isDisabled={change.isUnderWay}>
        Sign and place this order
      </SubmitButton>
      {change.problem !== null && <ProblemNotice problem={change.problem} />}
      {placed !== null && <Receipt placed={placed} />}
    </form>
  )
}

function Receipt({ placed }: { placed: PlacedOrder }) {
  const { digest, deliveryPeriod, gateClosesAt, receipt } = placed
  return (
    <div className={styles.receipt} role="status">
      <p>
        The order <HashText value={digest} /> for <PeriodLabel period={deliveryPeriod} show="day and time" /> is kept.
        It can be replaced until its gate closes at <TimeLabel at={gateClosesAt} />.
      </p>
      {receipt !== null && (
        <p>
          The market operator&rsquo;s receipt: number {receipt.position} of the session, signed{' '}
          <HashText value={receipt.signature} />.
        </p>
      )}
    </div>
  )
}
