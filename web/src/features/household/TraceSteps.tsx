import type { ReactNode } from 'react'
import { countOf } from '../../lib/formats.ts'
import { EnergyAmount } from '../../ui/EnergyAmount.tsx'
import { HashText } from '../../ui/HashText.tsx'
import { PriceLabel } from '../../ui/PriceLabel.tsx'
import { TimeLabel } from '../../ui/TimeLabel.tsx'
import { TransactionLink } from '../../ui/TransactionLink.tsx'
import type { TracedOrder } from './orders.ts'
import { ReadingStep } from './ReadingStep.tsx'
import { PaymentWords, StatementWords } from './SettlementSteps.tsx'
import styles from './TraceSteps.module.css'
import type { TracedPeriod } from './useTrace.ts'

/** Key, order, clearing, reading, statement, payment: what is done, and what is waited for. */
export function TraceSteps({ trace }: { trace: TracedPeriod }) {
  return (
    <ol className={styles.steps}>
      <Step name="Key" isDone={trace.keys !== null}>
        <KeyWords trace={trace} />
      </Step>
      <Step name="Order" isDone={trace.orders.length > 0}>
        <OrderWords trace={trace} />
      </Step>
      <Step name="Clearing" isDone={trace.clearing !== null}>
        <ClearingWords trace={trace} />
      </Step>
      <Step name="Reading" isDone={trace.commitment !== null}>
        <ReadingStep trace={trace} />
      </Step>
      <Step name="Statement" isDone={trace.statement !== null}>
        <StatementWords trace={trace} />
      </Step>
      <Step name="Payment" isDone={trace.state === 'settled'}>
        <PaymentWords trace={trace} />
      </Step>
    </ol>
  )
}

function Step({ name, isDone, children }: { name: string; isDone: boolean; children: ReactNode }) {
  return (
    <li className={styles.step} data-done={isDone}>
      <h3>{name}</h3>
      <div className={styles.words}>{children}</div>
    </li>
  )
}

function KeyWords({ trace: { keys } }: { trace: TracedPeriod }) {
  if (keys === null) return <p>The trading keys of that day are not published yet for this home.</p>
  return (
    <p>
      Its trading key was published for the day at <TimeLabel at={keys.at} show="day and time" />, with what it may put
      at risk, among {countOf(keys.entryCount, 'key')} of that page. <TransactionLink hash={keys.transactionHash} />
    </p>
  )
}

function OrderWords({ trace }: { trace: TracedPeriod }) {
  if (trace.isSealed) return <p>Orders stay sealed until the session is cleared.</p>
  if (trace.orders.length === 0) return <p>This home placed no order for this quarter-hour.</p>
  return trace.orders.map((order) => <OrderSentence key={order.digest} order={order} />)
}

function OrderSentence({ order }: { order: TracedOrder }) {
  return (
    <p>
      <OrderTerms order={order} />
      {order.receivedAt !== null && (
        <>
          , received at <TimeLabel at={order.receivedAt} show="seconds" />
        </>
      )}
      {order.position !== null && <> as number {order.position} of the session, says its receipt</>}.
      {order.outcome === 'replaced' && <> Another one replaced it.</>} Order <HashText value={order.digest} />.
    </p>
  )
}

function OrderTerms({ order }: { order: TracedOrder }) {
  const isBid = order.side === 'bid'
  if (order.outcome === 'cancellation') return <>Took its {order.side} back</>
  return (
    <>
      {isBid ? 'Bid for ' : 'Offered '}
      <EnergyAmount value={order.quantity} precision="exact" /> at <PriceLabel value={order.limitPrice} />
      {isBid ? ' or less' : ' or more'}
    </>
  )
}

function ClearingWords({ trace: { gateClosure, clearing, orders } }: { trace: TracedPeriod }) {
  return (
    <>
      {gateClosure ? (
        <p>
          The gate closed at <TimeLabel at={gateClosure.at} show="seconds" /> on{' '}
          {countOf(gateClosure.orderCount, 'order')}
          {gateClosure.closedInPlaceBy !== null && (
            <>: {gateClosure.closedInPlaceBy} replaced a silent operator, so that only orders on the ledger count</>
          )}
          . <TransactionLink hash={gateClosure.transactionHash} />
        </p>
      ) : (
        <p>The gate has not closed yet.</p>
      )}
      {gateClosure && !clearing && <p>Its price is being found.</p>}
      {clearing && (
        <p>
          {clearing.price === null ? (
            'Nothing crossed, so nothing was traded.'
          ) : (
            <>
              <EnergyAmount value={clearing.volume} precision="exact" /> were traded at{' '}
              <PriceLabel value={clearing.price} />.
            </>
          )}{' '}
          <TransactionLink hash={clearing.transactionHash} />
        </p>
      )}
      {clearing && orders.map((order) => <FillSentence key={order.digest} order={order} />)}
    </>
  )
}

function FillSentence({ order }: { order: TracedOrder }) {
  switch (order.outcome) {
    case 'replaced':
    case 'cancellation':
      return null
    case 'left out':
      return (
        <p>
          This home&rsquo;s {order.side} was not in the session: it broke a rule, its operator was replaced, or it was
          left out, which its receipt proves on the ledger.
        </p>
      )
    case 'unfilled':
      return <p>This home&rsquo;s {order.side} was not filled.</p>
    case 'sealed':
    case 'filled':
    case 'partly filled':
      return (
        <p>
          This home {order.side === 'bid' ? 'bought' : 'sold'} <EnergyAmount value={order.filled} precision="exact" />:{' '}
          {order.outcome}.
        </p>
      )
  }
}
