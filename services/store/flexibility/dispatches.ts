import type { Store } from '../connect.ts'
import type { FlexDispatch as DispatchRow } from '../generated/client.ts'
import { jsonColumnOf } from './written.ts'

export const DISPATCH_STATES = [
  /** Kept, and nothing was said to the device. */
  'planned',
  'commanded',
  /** Wished of the home, which may follow. */
  'signalled',
  'acknowledged',
  /** Refused, not answered, or opted out. */
  'failed',
  /** Needed no more. */
  'released',
  'done',
] as const
export type DispatchState = (typeof DISPATCH_STATES)[number]

/** What a device does in a period for an order. */
export type DispatchedPeriod = {
  readonly period: number
  /** Its set-point, in W, positive into the device. */
  readonly powerW: number
  /** By how much that is in the product's direction against its plan, in W; negative where it takes back. */
  readonly movedW: number
}

/** What a device is to do for a flex order, or is wished to. Times are unix seconds. */
export type FlexDispatch = {
  /** UUID. */
  readonly id: string
  readonly orderId: number
  readonly memberId: number
  readonly device: string
  readonly mode: 'commandable' | 'informational'
  readonly schedule: readonly DispatchedPeriod[]
  readonly state: DispatchState
  readonly detail: string
  /** Of the command that was sent last; null before the first. */
  readonly commandId: string | null
  /** The dispatch that this one makes good; null for none. */
  readonly replaces: string | null
  readonly createdAt: number
  readonly changedAt: number
}

/** All or none; again without effect. */
export async function keepDispatches(store: Store, dispatches: readonly FlexDispatch[]): Promise<void> {
  await store.client.flexDispatch.createMany({
    data: dispatches.map(({ schedule, ...row }) => ({ ...row, schedule: jsonColumnOf(schedule) })),
    skipDuplicates: true,
  })
}

/** Of the orders, in the sequence in which they were made. */
export async function listDispatches(store: Store, orderIds: readonly number[]): Promise<FlexDispatch[]> {
  const rows = await store.client.flexDispatch.findMany({
    where: { orderId: { in: [...orderIds] } },
    orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
  })
  return rows.map(dispatchOf)
}

/** Of the members' devices, the latest first. */
export async function listDispatchesOfMembers(
  store: Store,
  memberIds: readonly number[],
  limit: number,
): Promise<FlexDispatch[]> {
  const rows = await store.client.flexDispatch.findMany({
    where: { memberId: { in: [...memberIds] } },
    orderBy: [{ createdAt: 'desc' }, { id: 'asc' }],
    take: limit,
  })
  return rows.map(dispatchOf)
}

export async function changeDispatch(
  store: Store,
  id: string,
  { state, detail, commandId, changedAt }: Pick<FlexDispatch, 'state' | 'detail' | 'commandId' | 'changedAt'>,
): Promise<void> {
  await store.client.flexDispatch.update({ where: { id }, data: { state, detail, commandId, changedAt } })
}

/** For how many orders each device was called, by its address; those that never were are left out. */
export async function countCalls(store: Store, devices: readonly string[]): Promise<Map<string, number>> {
  const rows = await store.client.$queryRaw<{ device: string; calls: number }[]>`
    SELECT device, count(DISTINCT order_id)::int AS calls FROM flex_dispatches
    WHERE device = ANY(${[...devices]}) AND state <> 'planned' GROUP BY device`
  return new Map(rows.map(({ device, calls }) => [device, calls]))
}

function dispatchOf({ schedule, mode, state, ...row }: DispatchRow): FlexDispatch {
  return {
    ...row,
    mode: mode === 'informational' ? 'informational' : 'commandable',
    state: DISPATCH_STATES.find((known) => known === state) ?? 'failed',
    schedule: schedule as unknown as readonly DispatchedPeriod[],
  }
}
