import { Link } from 'wouter'
import { tracePeriodAddress } from '../../lib/addresses.ts'
import { DataTable, type Column } from '../../ui/DataTable.tsx'
import { EnergyAmount } from '../../ui/EnergyAmount.tsx'
import { PeriodLabel } from '../../ui/PeriodLabel.tsx'
import { PriceLabel } from '../../ui/PriceLabel.tsx'
import { ProblemNotice } from '../../ui/ProblemNotice.tsx'
import { Skeleton } from '../../ui/Skeleton.tsx'
import { StaleNote } from '../../ui/StaleNote.tsx'
import { StatusBadge, type Tone } from '../../ui/StatusBadge.tsx'
import type { OrderOutcome, OrderRow } from './orders.ts'
import { useOrders } from './useOrders.ts'

const TONES: Record<OrderOutcome, Tone> = {
  sealed: 'plain',
  filled: 'good',
  'partly filled': 'good',
  unfilled: 'plain',
  replaced: 'plain',
  cancellation: 'plain',
  'left out': 'bad',
}

const KIND = { bid: 'bid, to buy', offer: 'offer, to sell' } as const

/** A household's latest orders and what clearing made of them. */
export function OrdersPanel({ memberId }: { memberId: number }) {
  const state = useOrders(memberId)
  switch (state.status) {
    case 'loading':
      return <Skeleton lines={6} />
    case 'failed':
      return <ProblemNotice problem={state.problem} onRetry={state.retry} />
    case 'empty':
      return <p className="soft">This home has not placed an order yet.</p>
    case 'ready':
      return (
        <>
          <StaleNote problem={state.stale} />
          <DataTable
            caption="Latest orders and their fills"
            columns={columnsOf(memberId)}
            rows={state.rows}
            keyOf={(row) => row.order?.digest ?? row.period}
          />
        </>
      )
  }
}

function columnsOf(memberId: number): readonly Column<OrderRow>[] {
  return [
    {
      key: 'period',
      title: 'Quarter-hour',
      cell: (row) => (
        <Link href={tracePeriodAddress(memberId, row.period)}>
          <PeriodLabel period={row.period} />
        </Link>
      ),
    },
    { key: 'side', title: 'Order', cell: (row) => row.order && KIND[row.order.side] },
    { key: 'outcome', title: 'Outcome', cell: (row) => <Outcome outcome={row.order?.outcome ?? 'sealed'} /> },
    {
      key: 'quantity',
      title: 'Quantity',
      align: 'end',
      cell: (row) => row.order && <EnergyAmount value={row.order.quantity} precision="exact" />,
    },
    {
      key: 'filled',
      title: 'Filled',
      align: 'end',
      cell: (row) =>
        row.order && row.order.filled !== null && <EnergyAmount value={row.order.filled} precision="exact" />,
    },
    {
      key: 'limit',
      title: 'Limit',
      align: 'end',
      cell: (row) => row.order && <PriceLabel value={row.order.limitPrice} />,
    },
  ]
}

function Outcome({ outcome }: { outcome: OrderOutcome }) {
  return <StatusBadge tone={TONES[outcome]}>{outcome}</StatusBadge>
}
