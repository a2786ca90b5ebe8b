import type { ReactNode } from 'react'
import { countOf } from '../../lib/formats.ts'
import { EnergyAmount } from '../../ui/EnergyAmount.tsx'
import { HashText } from '../../ui/HashText.tsx'
import { PaymentAmount } from '../../ui/PaymentAmount.tsx'
import { PriceLabel } from '../../ui/PriceLabel.tsx'
import { StatusBadge } from '../../ui/StatusBadge.tsx'
import { TimeLabel } from '../../ui/TimeLabel.tsx'
import { TransactionLink } from '../../ui/TransactionLink.tsx'
import type { PlacedOrder } from './orders.ts'
import { ReadingStep } from './ReadingStep.tsx'
import styles from './TraceSteps.module.css'
import type { TracedPeriod } from './useTrace.ts'

/** Order, clearing, reading, settlement, payment: what is done, and what is waited for. */
export function TraceSteps({ trace }: { trace: TracedPeriod }) {
  return (
    <ol className={styles.steps}>
      <Step name="Order" isDone={trace.orders.length > 0}>
        <OrderWords trace={trace} />
      </Step>
      <Step name="Clearing" isDone={trace.clearing !== null}>
        <ClearingWords trace={trace} />
      </Step>
      <Step name="Reading" isDone={trace.commitment !== null}>
        <ReadingStep trace={trace} />
      </Step>
      <Step name="Settlement" isDone={trace.settlement !== null}>
        <SettlementWords trace={trace} />
      </Step>
      <Step name="Payment" isDone={trace.settlement !== null}>
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

function OrderWords({ trace }: { trace: TracedPeriod }) {
  if (trace.isSealed) return <p>The gate is open: orders stay sealed until it closes.</p>
  if (trace.orders.length === 0) return <p>This home placed no order for this quarter-hour.</p>
  return trace.orders.map((order) => <OrderSentence key={order.digest} order={order} />)
}

function OrderSentence({ order }: { order: PlacedOrder }) {
  const isBid = order.side === 'bid'
  return (
    <p>
      {isBid ? 'Bid for ' : 'Offered '}
      <EnergyAmount value={order.quantity} precision="exact" /> at <PriceLabel value={order.limitPrice} />
      {isBid ? ' or less' : ' or more'}
      {order.receivedAt !== null && (
        <>
          , received at <TimeLabel at={order.receivedAt} show="seconds" />
        </>
      )}
      . Order <HashText value={order.digest} />.
    </p>
  )
}

function ClearingWords({ trace: { gateClosure, clearing, orders } }: { trace: TracedPeriod }) {
  return (
    <>
      {gateClosure ? (
        <p>
          The gate closed at <TimeLabel at={gateClosure.at} show="seconds" /> on{' '}
          {countOf(gateClosure.orderCount, 'order')}. <TransactionLink hash={gateClosure.transactionHash} />
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

function FillSentence({ order }: { order: PlacedOrder }) {
  if (order.filled === null || order.filled === 0n) return <p>This home&rsquo;s {order.side} was not filled.</p>
  return (
    <p>
      This home {order.side === 'bid' ? 'bought' : 'sold'} <EnergyAmount value={order.filled} precision="exact" />:{' '}
      {order.outcome}.
    </p>
  )
}

function SettlementWords({ trace: { settlement, statement } }: { trace: TracedPeriod }) {
  return (
    <>
      {settlement === null && <p>Not settled yet.</p>}
      {settlement !== null && (
        <p>
          Settled at <TimeLabel at={settlement.at} show="seconds" />.{' '}
          <TransactionLink hash={settlement.transactionHash} />
        </p>
      )}
      {settlement !== null && statement === null && <p>There is no statement for this home.</p>}
      {statement && (
        <dl className={styles.lines}>
          <Line name="market" amount={statement.market} />
          <Line name="imbalance" amount={statement.imbalance} />
          <Line name="grid tariff" amount={statement.gridTariff} />
          <Line name="in sum" amount={statement.total} />
          <Line name="the tariff alone" amount={statement.tariffOnly} />
        </dl>
      )}
    </>
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

function PaymentWords({ trace: { payment, settlement } }: { trace: TracedPeriod }) {
  if (settlement === null) return <p>Nothing has been paid yet.</p>
  if (payment === null) return <p>Nothing was to be paid or received.</p>
  return (
    <p>
      <StatusBadge tone="good">on the ledger</StatusBadge> This home{' '}
      <PaymentAmount value={payment.amount} precision="exact" />. <TransactionLink hash={payment.transactionHash} />
    </p>
  )
}
