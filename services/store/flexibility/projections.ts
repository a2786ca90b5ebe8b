import type { Prisma } from '../generated/client.ts'
import { insert, jsonOf } from '../projection-tables.ts'
import {
  AVAILABILITY,
  CONNECTIONS,
  FLEX_CHALLENGES,
  FLEX_PAYMENTS,
  LIMITS,
  MEMBERSHIPS,
  NOMINATIONS,
  OFFERS,
  ORDERS,
  POINTS,
  PORTFOLIOS,
  PREQUALIFICATIONS,
  PRODUCTS,
  RELEASES,
  REQUESTS,
  RESERVATIONS,
  RUNS,
  SETTLEMENTS,
  type AvailabilityRow,
  type ConnectionRow,
  type FlexChallengeRow,
  type FlexPaymentRow,
  type LimitRow,
  type MembershipRow,
  type NominationRow,
  type OrderRow,
  type PointRow,
  type PortfolioRow,
  type ProductRow,
  type QueuedRow,
  type ReleaseRow,
  type RequestRow,
  type ReservationRow,
  type RunRow,
  type SealedRow,
  type SettlementRow,
} from './projection-tables.ts'

type QueueKey = Pick<QueuedRow, 'portfolioId' | 'productId' | 'pointId'>
type RunKey = Pick<RunRow, 'area' | 'day'>

/** What each kind of change says; times are unix seconds. */
type Changes = {
  productDefined: ProductRow
  productRetired: { readonly id: number }
  pointRegistered: PointRow
  capacityChanged: { readonly id: number; readonly consumptionW: bigint; readonly feedInW: bigint }
  limitSet: LimitRow
  limitRemoved: Pick<LimitRow, 'pointId' | 'number'>
  connectionSet: ConnectionRow
  connectionRemoved: Pick<ConnectionRow, 'pointId' | 'connectionPoint'>
  portfolioOpened: PortfolioRow
  memberJoined: MembershipRow
  memberLeft: Pick<MembershipRow, 'portfolioId' | 'productId' | 'memberId'> & { readonly at: bigint }
  prequalificationRequested: QueuedRow
  prequalified: QueueKey & {
    readonly powerW: bigint
    readonly effectPpm: bigint
    readonly from: bigint
    readonly until: bigint
  }
  prequalificationRejected: QueueKey & { readonly reason: string }
  reservationProposed: ReservationRow
  reservationChanged: Pick<ReservationRow, 'id' | 'state'>
  reservationReleased: ReleaseRow
  requested: RequestRow
  requestCancelled: { readonly id: number }
  seedDrawn: { readonly id: number; readonly seed: string }
  offerSealed: SealedRow
  offerOpened: {
    readonly id: number
    readonly openedAt: number
    readonly expiresAt: bigint
    readonly options: readonly unknown[]
    readonly salt: string
  }
  offerRevoked: { readonly id: number }
  ordered: OrderRow & { readonly periods: readonly { readonly period: number; readonly power: bigint }[] }
  callDisplaced: { readonly orderId: number; readonly period: bigint; readonly servedW: bigint }
  orderChanged: Pick<OrderRow, 'id' | 'state'>
  pledgeReleased: { readonly id: number }
  runCommitted: {
    readonly run: RunRow
    readonly settlements: readonly SettlementRow[]
    readonly availability: readonly AvailabilityRow[]
    readonly payments: readonly FlexPaymentRow[]
  }
  runVoided: RunKey
  runPaid: RunKey & { readonly paidAt: number; readonly paidTransaction: string }
  nominated: NominationRow
  challenged: FlexChallengeRow
}

type ChangeKind = keyof Changes

/** One thing that the ledger says happened to flexibility. */
export type FlexChange = { [Kind in ChangeKind]: { readonly kind: Kind } & Changes[Kind] }[ChangeKind]

type ChangeOf<Kind extends ChangeKind> = { readonly kind: Kind } & Changes[Kind]
type Client = Prisma.TransactionClient
type Writers = { readonly [Kind in ChangeKind]: (client: Client, changes: readonly ChangeOf<Kind>[]) => Promise<void> }

const WRITERS: Writers = {
  productDefined: (client, rows) => insert(client, PRODUCTS, rows),
  productRetired: async (client, changes) => {
    await client.flexProduct.updateMany({
      where: { id: { in: changes.map(({ id }) => id) } },
      data: { isRetired: true },
    })
  },
  pointRegistered: (client, rows) => insert(client, POINTS, rows),
  capacityChanged: eachOf(async (client, { id, consumptionW, feedInW }) => {
    await client.congestionPoint.update({ where: { id }, data: { consumptionW, feedInW } })
  }),
  limitSet: (client, rows) => insert(client, LIMITS, rows),
  limitRemoved: eachOf(async (client, { pointId, number }) => {
    await client.congestionLimit.delete({ where: { pointId_number: { pointId, number } } })
  }),
  connectionSet: (client, rows) =>
    insert(
      client,
      CONNECTIONS,
      lastOf(rows, ({ pointId, connectionPoint }) => `${pointId}:${connectionPoint}`),
    ),
  connectionRemoved: eachOf(async (client, { pointId, connectionPoint }) => {
    await client.congestionConnection.deleteMany({ where: { pointId, connectionPoint } })
  }),
  portfolioOpened: (client, rows) => insert(client, PORTFOLIOS, rows),
  memberJoined: (client, rows) => insert(client, MEMBERSHIPS, rows),
  memberLeft: eachOf(async (client, { portfolioId, productId, memberId, at }) => {
    const where = { portfolioId, productId, memberId, until: { gt: at } }
    await client.flexMembership.updateMany({ where, data: { until: at } })
  }),
  prequalificationRequested: (client, rows) => insert(client, PREQUALIFICATIONS, lastOf(rows, queueKeyOf)),
  prequalified: eachOf(async (client, { powerW, effectPpm, from, until, ...key }) => {
    const data = { state: 'prequalified', powerW, effectPpm, from, until, reason: null }
    await client.flexPrequalification.updateMany({ where: queuePlaceOf(key), data })
  }),
  prequalificationRejected: eachOf(async (client, { reason, ...key }) => {
    const data = { state: 'rejected', powerW: 0n, effectPpm: 0n, from: 0n, until: 0n, reason }
    await client.flexPrequalification.updateMany({ where: queuePlaceOf(key), data })
  }),
  reservationProposed: (client, rows) => insert(client, RESERVATIONS, rows),
  reservationChanged: eachOf(async (client, { id, state }) => {
    await client.flexReservation.update({ where: { id }, data: { state } })
  }),
  reservationReleased: (client, rows) => insert(client, RELEASES, rows),
  requested: eachOf(writeRequest),
  requestCancelled: eachOf(async (client, { id }) => {
    await client.flexRequest.update({ where: { id }, data: { state: 'cancelled' } })
  }),
  seedDrawn: eachOf(async (client, { id, seed }) => {
    await client.flexRequest.update({ where: { id }, data: { seed } })
  }),
  offerSealed: (client, rows) => insert(client, OFFERS, rows),
  offerOpened: writeOpened,
  offerRevoked: eachOf(async (client, { id }) => {
    await client.flexOffer.update({ where: { id }, data: { state: 'revoked' } })
  }),
  ordered: writeOrders,
  callDisplaced: eachOf(async (client, { orderId, period, servedW }) => {
    await client.flexOrderPeriod.updateMany({ where: { orderId, period }, data: { servedW } })
  }),
  orderChanged: eachOf(async (client, { id, state }) => {
    await client.flexOrder.update({ where: { id }, data: { state } })
  }),
  pledgeReleased: async (client, changes) => {
    const where = { id: { in: changes.map(({ id }) => id) } }
    await client.flexOrder.updateMany({ where, data: { pledgeMicroEuro: 0n } })
  },
  runCommitted: eachOf(async (client, { run, settlements, availability, payments }) => {
    await insert(client, RUNS, [run])
    await insert(client, SETTLEMENTS, settlements)
    await insert(client, AVAILABILITY, availability)
    await insert(client, FLEX_PAYMENTS, payments)
  }),
  runVoided: eachOf(async (client, { area, day }) => {
    await client.flexRun.update({ where: { area_day: { area, day } }, data: { state: 'void' } })
    await client.flexSettlement.deleteMany({ where: { area, day } })
    await client.flexAvailability.deleteMany({ where: { area, day } })
    await client.flexPayment.deleteMany({ where: { area, day } })
  }),
  runPaid: eachOf(async (client, { area, day, paidAt, paidTransaction }) => {
    const data = { state: 'paid', paidAt, paidTransaction }
    await client.flexRun.update({ where: { area_day: { area, day } }, data })
  }),
  nominated: (client, rows) => insert(client, NOMINATIONS, rows),
  challenged: (client, rows) => insert(client, FLEX_CHALLENGES, rows),
}

/** Writes the changes in their sequence, those of one kind that follow one another together. */
export async function writeFlexibility(client: Client, changes: readonly FlexChange[]): Promise<void> {
  for (let from = 0; from < changes.length;) {
    const { kind } = changes[from]!
    let to = from + 1
    while (changes[to]?.kind === kind) to += 1
    await WRITERS[kind](client, changes.slice(from, to) as never)
    from = to
  }
}

function eachOf<Change>(
  write: (client: Client, change: Change) => Promise<void>,
): (client: Client, changes: readonly Change[]) => Promise<void> {
  return async (client, changes) => {
    for (const change of changes) await write(client, change)
  }
}

/** The request in whose place it is, is superseded by it, and its revision is one more. */
async function writeRequest(client: Client, row: ChangeOf<'requested'>): Promise<void> {
  await insert(client, REQUESTS, [row])
  if (row.supersedes === null) return
  const { revision } = await client.flexRequest.update({
    where: { id: row.supersedes },
    data: { state: 'superseded' },
    select: { revision: true },
  })
  await client.flexRequest.update({ where: { id: row.id }, data: { revision: revision + 1 } })
}

async function writeOpened(client: Client, changes: readonly ChangeOf<'offerOpened'>[]): Promise<void> {
  await client.$executeRaw`
    UPDATE flex_offers SET state = 'opened', opened_at = opened."openedAt", expires_at = opened."expiresAt",
                           options = opened.options, salt = opened.salt
    FROM jsonb_to_recordset(${jsonOf(changes)}::jsonb)
      AS opened(id int, "openedAt" int, "expiresAt" bigint, options jsonb, salt text)
    WHERE flex_offers.id = opened.id`
}

/** What is owed of a period is its power in the product's direction; the rest is rebound. */
async function writeOrders(client: Client, changes: readonly ChangeOf<'ordered'>[]): Promise<void> {
  await insert(client, ORDERS, changes)
  const offers = changes.flatMap(({ offerId }) => (offerId === null ? [] : [offerId]))
  await client.flexOffer.updateMany({ where: { id: { in: offers } }, data: { state: 'ordered' } })
  const periods = changes.flatMap(({ id, periods: all }) => all.map((one) => ({ orderId: id, ...one })))
  await client.$executeRaw`
    INSERT INTO flex_order_periods (order_id, period, power_w, ordered_w, served_w)
    SELECT called."orderId", called.period, called.power, along.power, along.power
    FROM jsonb_to_recordset(${jsonOf(periods)}::jsonb) AS called("orderId" int, period bigint, power bigint)
    JOIN flex_orders AS one ON one.id = called."orderId"
    JOIN flex_products AS product ON product.id = one.product_id
    CROSS JOIN LATERAL (
      SELECT greatest(CASE product.direction WHEN 'consume-less' THEN -called.power ELSE called.power END, 0) AS power
    ) AS along`
}

function queueKeyOf({ portfolioId, productId, pointId }: QueueKey): string {
  return `${portfolioId}:${productId}:${pointId}`
}

function queuePlaceOf({ portfolioId, productId, pointId }: QueueKey): QueueKey {
  return { portfolioId, productId, pointId }
}

/** Of rows with the same key the last one: a statement writes each row once. */
function lastOf<Row>(rows: readonly Row[], keyOf: (row: Row) => string): Row[] {
  return [...new Map(rows.map((row) => [keyOf(row), row])).values()]
}
