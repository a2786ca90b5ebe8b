import type { LedgerValues } from '../chain/events.ts'
import { unpackAvailability, unpackDeliveries } from '../chain/flex-settlement.ts'
import type { ProjectionBatch } from '../store/projections.ts'
import { decodePayments } from './packed-payments.ts'
import { addChange, type LedgerEvent } from './projection-batch.ts'

/** A day's flexibility: committed with what each order comes to, void where a challenge showed it wrong, or paid. */
export function projectFlexSettlement(batch: ProjectionBatch, event: LedgerEvent): void {
  const { name, arguments: values, block, transaction } = event
  const key = { area: Number(values.area), day: Number(values.day) }
  switch (name) {
    case 'FlexStatementsCommitted':
      batch.flexibility.push({
        kind: 'runCommitted',
        run: {
          ...key,
          state: 'committed',
          root: values.root as string,
          statementCount: values.count as bigint,
          totalMicroEuro: values.total as bigint,
          readingsAt: values.readingsAt as bigint,
          committedAt: block.timestamp,
          committedTransaction: transaction.hash,
        },
        settlements: settlementsOf(event, key),
        availability: availabilityOf(event, key),
        payments: decodePayments(values.payments as string).map((payment) => ({ ...key, ...payment })),
      })
      break
    case 'FlexRunVoided':
      batch.flexibility.push({ kind: 'runVoided', ...key })
      break
    case 'FlexRunPaid':
      batch.flexibility.push({ kind: 'runPaid', ...key, paidAt: block.timestamp, paidTransaction: transaction.hash })
      for (const { memberId, amountMicroEuro } of decodePayments(values.payments as string)) {
        addChange(batch.balanceChanges, memberId, -amountMicroEuro)
      }
      break
  }
}

/** What the deliveries come to is in events before this one, in the same transaction. */
function settlementsOf(event: LedgerEvent, key: { readonly area: number; readonly day: number }) {
  const settled = figuresOf(
    event,
    'DeliverySettled',
    ({ orderId, period }) => `${orderId as bigint}:${period as bigint}`,
  )
  return unpackDeliveries(event.arguments.deliveries as string).flatMap((delivery) => {
    const { orderId, period, moved, opposed, assetCount, assetsRoot } = delivery
    const figures = settled.get(`${orderId}:${period}`)
    if (figures === undefined) return []
    const amountOf = (name: string) => figures[name] as bigint
    return {
      ...{ orderId, period: BigInt(period), ...key },
      ...{ movedWh: moved, opposedWh: opposed, assetCount: BigInt(assetCount), assetsRoot },
      servedWh: amountOf('served'),
      deliveredWh: amountOf('delivered'),
      deficiencyWh: amountOf('deficiency'),
      priceMicroEuro: amountOf('price'),
      paymentMicroEuro: amountOf('payment'),
      penaltyMicroEuro: amountOf('penalty'),
    }
  })
}

function availabilityOf(event: LedgerEvent, key: { readonly area: number; readonly day: number }) {
  const keyOf = ({ reservationId, period }: LedgerValues) => `${reservationId as bigint}:${period as bigint}`
  const settled = figuresOf(event, 'AvailabilitySettled', keyOf)
  return unpackAvailability(event.arguments.availability as string).map(({ reservationId, period, available }) => ({
    ...{ reservationId, period: BigInt(period), ...key, availableW: available },
    paymentMicroEuro: (settled.get(`${reservationId}:${period}`)?.payment as bigint | undefined) ?? 0n,
  }))
}

/** Of the events of that name in the same transaction, before this one, the last of each key. */
function figuresOf(
  { together, logIndex }: LedgerEvent,
  name: string,
  keyOf: (values: LedgerValues) => string,
): ReadonlyMap<string, LedgerValues> {
  const before = together.filter((placed) => placed.name === name && placed.logIndex < logIndex)
  return new Map(before.map(({ arguments: values }) => [keyOf(values), values]))
}
