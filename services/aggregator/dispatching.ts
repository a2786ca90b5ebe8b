import { isFinal } from '../domain/devices/command-life.ts'
import { requireSourceAllowed } from '../domain/devices/device-limits.ts'
import { DomainError } from '../domain/errors.ts'
import { directionOf, powerIn } from '../domain/flexibility/flex-direction.ts'
import { movedOf } from '../domain/flexibility/pool/device-flexibility.ts'
import {
  dispatchOrder,
  type CalledAsset,
  type DeviceCall,
  type OrderToServe,
} from '../domain/flexibility/pool/order-dispatch.ts'
import { deliveryPeriod, deliveryPeriodAt, endOf, SECONDS_PER_DAY, startOf } from '../domain/units.ts'
import type { DispatchedPeriod, DispatchState, FlexDispatch } from '../store/flexibility/dispatches.ts'
import { dueCommandOf, isCommandable, releaseCommandOf, uuidOf, type DueCommand } from './due-command.ts'
import type { OwnOrder } from './market.ts'
import type { Operation } from './operation.ts'
import { readPool, readStandings, type PooledAsset } from './pool.ts'

export type Dispatching = {
  /** Resolves to false: what comes of it is seen later. */
  readonly step: () => Promise<boolean>
  /** Whether a device has not answered yet. */
  readonly isWaiting: () => boolean
}

/** So far apart are two orders that one device serves: more than a schedule is told ahead where it has to be told late. */
const PERIODS_APART = 8

const ACTIVE: ReadonlySet<DispatchState> = new Set(['planned', 'commanded', 'signalled', 'acknowledged'])
const isActive = ({ state }: Pick<FlexDispatch, 'state'>) => ACTIVE.has(state)
const endOfSchedule = ({ schedule }: Pick<FlexDispatch, 'schedule'>) => endOf(deliveryPeriod(schedule.at(-1)!.period))

/**
 * Serves the flex orders of the aggregator's portfolios: has as few devices as suffice do what is ordered, by commands or by a
 * wish to the home, as their members consented; puts others in the place of those that refuse, do not answer, or whose
 * owners opted out; and lets go who is needed no more. What a device is to do is kept before it is told.
 */
export function createDispatching(operation: Operation): Dispatching {
  const { market, records, clock, desk, settings, log } = operation
  /** When a command was sent that is not answered, in milliseconds. */
  const waiting = new Map<string, number>()

  const change = async (dispatch: FlexDispatch, state: DispatchState, more: Partial<FlexDispatch> = {}) => {
    const changed: FlexDispatch = { ...dispatch, detail: '', ...more, state, changedAt: clock.now() }
    if (changed.state === dispatch.state && changed.commandId === dispatch.commandId) return dispatch
    await records.changeDispatch(dispatch.id, changed)
    return changed
  }

  /** As the device, its owner and the time have it by now. */
  const refreshed = async (dispatch: FlexDispatch, order: OwnOrder): Promise<FlexDispatch> => {
    if (!isActive(dispatch)) return dispatch
    const isOver = clock.now() >= endOfSchedule(dispatch)
    if (dispatch.mode === 'informational') {
      if (isOver) operation.signal(dispatch.memberId, null)
      return isOver ? change(dispatch, 'done') : dispatch
    }
    const fault = isOver ? null : await optOutOf(dispatch, order)
    if (fault !== null) return failed(dispatch, fault)
    return dispatch.commandId === null ? dispatch : answered(dispatch, dispatch.commandId)
  }

  /** Why the owner does not let it go on; null where it does. */
  const optOutOf = async ({ device, memberId }: FlexDispatch, { orderedAt }: OwnOrder): Promise<string | null> => {
    const known = await desk.readDevice(device)
    if (known?.device.memberId !== memberId) return 'device-not-theirs'
    if (await desk.hasOwnerCommanded(device, memberId, orderedAt)) return 'owner-comes-first'
    try {
      requireSourceAllowed('aggregator', known.limits)
      return null
    } catch (error) {
      if (error instanceof DomainError) return error.code
      throw error
    }
  }

  const answered = async (dispatch: FlexDispatch, commandId: string): Promise<FlexDispatch> => {
    const became = await desk.stateOf(commandId)
    if (became !== null && isFinal(became.state)) waiting.delete(commandId)
    switch (became?.state) {
      case 'done':
        return change(dispatch, 'acknowledged')
      case 'refused':
      case 'expired':
      case 'cancelled':
      case 'superseded':
        return failed(dispatch, `${became.state} ${became.detail}`.trim())
      case 'pending':
      case 'sent':
      case undefined: {
        const since = waiting.get(commandId) ?? operation.nowMs()
        waiting.set(commandId, since)
        return operation.nowMs() - since < settings.patienceMs ? dispatch : failed(dispatch, 'not answered')
      }
    }
  }

  const failed = (dispatch: FlexDispatch, detail: string): Promise<FlexDispatch> => {
    if (dispatch.commandId !== null) waiting.delete(dispatch.commandId)
    const { orderId, device } = dispatch
    log.warn({ orderId, device }, `device ${device} drops out of order ${orderId}: ${detail}`)
    return change(dispatch, 'failed', { detail: detail.slice(0, 200) })
  }

  const send = async (dispatch: FlexDispatch, portfolioId: number, due: DueCommand | null, state: DispatchState) => {
    if (due === null) return change(dispatch, state === 'released' ? state : dispatch.state)
    if (due.id === dispatch.commandId) return dispatch
    const { device, orderId } = dispatch
    try {
      await desk.send({ ...due, device, portfolioId, orderId })
    } catch (error) {
      if (!(error instanceof DomainError) || LATER.has(error.code)) throw error
      return failed(dispatch, `${error.code}: ${error.message}`)
    }
    if (state !== 'released') waiting.set(due.id, operation.nowMs())
    return change(dispatch, state, { commandId: due.id })
  }

  const tell = async (dispatch: FlexDispatch, { portfolioId }: OwnOrder): Promise<FlexDispatch> => {
    if (!isActive(dispatch)) return dispatch
    if (dispatch.mode === 'informational') {
      if (dispatch.state === 'signalled') return dispatch
      operation.signal(dispatch.memberId, signalOf(dispatch))
      return change(dispatch, 'signalled')
    }
    const known = await desk.readDevice(dispatch.device)
    if (known === null) return failed(dispatch, 'device-not-theirs')
    const timing = { now: clock.now(), leadSeconds: settings.setPointLeadSeconds }
    const due = dueCommandOf(dispatch, known, timing)
    if (due === null || due.id === dispatch.commandId) {
      const isOver = clock.now() >= endOfSchedule(dispatch) && !isWaitingFor(dispatch)
      return isOver ? change(dispatch, 'done') : dispatch
    }
    return send(dispatch, portfolioId, due, 'commanded')
  }
  const isWaitingFor = ({ commandId }: FlexDispatch) => commandId !== null && waiting.has(commandId)

  const letGo = async (dispatch: FlexDispatch, { portfolioId }: OwnOrder): Promise<FlexDispatch> => {
    if (dispatch.mode === 'informational') operation.signal(dispatch.memberId, null)
    const known = dispatch.commandId === null ? null : await desk.readDevice(dispatch.device)
    const due = known === null ? null : releaseCommandOf(dispatch, known)
    if (dispatch.commandId !== null) waiting.delete(dispatch.commandId)
    return send(dispatch, portfolioId, due, 'released')
  }

  const serve = async (order: OwnOrder, all: readonly FlexDispatch[]): Promise<readonly FlexDispatch[]> => {
    const own = await inTurn(
      all.filter(({ orderId }) => orderId === order.orderId),
      (dispatch) => refreshed(dispatch, order),
    )
    const toServe = orderToServe(order, own, clock.now())
    const called = await readCalled(operation, own.filter(isActive), toServe)
    const kept = dispatchOrder(toServe, called, [], settings.targetPermille)
    const assets = kept.shortfall.size === 0 ? [] : await freeAssets(operation, order, all)
    const result = assets.length === 0 ? kept : dispatchOrder(toServe, called, assets, settings.targetPermille)
    for (const [period, missing] of result.shortfall) {
      log.warn(
        { orderId: order.orderId, period },
        `order ${order.orderId} is short of ${missing} W in period ${period}`,
      )
    }
    const added = dispatchesOf(order, own, result.calls, assets, clock.now())
    if (added.length > 0) await records.keepDispatches(added)
    const released = new Set(result.released)
    return inTurn([...own, ...added], (dispatch) => {
      const isOver = clock.now() >= endOfSchedule(dispatch)
      return isActive(dispatch) && released.has(dispatch.device) && !isOver
        ? letGo(dispatch, order)
        : tell(dispatch, order)
    })
  }

  return {
    async step() {
      const now = clock.now()
      const orderIds: number[] = []
      for (const { portfolioId } of await market.listPortfolios()) {
        // What devices take back lasts beyond the order, by a day at most.
        const orders = await market.listOrders(portfolioId, now - SECONDS_PER_DAY)
        const all = await records.listDispatches(orders.map(({ orderId }) => orderId))
        for (const order of orders) {
          const served = await serve(order, all)
          if (served.some(isActive)) orderIds.push(order.orderId)
        }
      }
      if (waiting.size === 0) {
        operation.announce.dispatched(orderIds, deliveryPeriodAt(now + settings.setPointLeadSeconds))
      }
      return false
    },
    isWaiting: () => waiting.size > 0,
  }
}

/** Refusals that say nothing of the device. */
const LATER: ReadonlySet<string> = new Set(['api-unreachable', 'too-many-requests'])

async function inTurn<Item, Result>(items: readonly Item[], work: (item: Item) => Promise<Result>): Promise<Result[]> {
  const results: Result[] = []
  for (const item of items) results.push(await work(item))
  return results
}

/** What is left of the order: periods that have not begun, and the room that nobody takes yet. */
function orderToServe(order: OwnOrder, own: readonly FlexDispatch[], now: number): OrderToServe {
  const { direction } = order.product
  const ahead = order.periods.filter(({ period }) => startOf(period) > now)
  const taken = (period: number) =>
    own
      .filter(isActive)
      .flatMap(({ schedule }) => schedule)
      .reduce((sum, one) => (one.period === period && one.movedW < 0 ? sum - one.movedW : sum), 0)
  return {
    direction,
    servedW: new Map(
      ahead.flatMap(({ period, power, served }) =>
        powerIn(direction, power) > 0n ? [[period, order.isBinding ? Number(served) : 0]] : [],
      ),
    ),
    roomW: new Map(
      ahead.flatMap(({ period, power }) => {
        const isAgainst = directionOf(power) !== null && directionOf(power) !== direction
        const size = Number(power < 0n ? -power : power)
        return [[period, isAgainst ? Math.max(0, size - taken(period)) : 0]]
      }),
    ),
    lastPeriod: order.lastPeriod,
  }
}

async function readCalled(
  operation: Operation,
  active: readonly FlexDispatch[],
  { servedW }: OrderToServe,
): Promise<readonly CalledAsset[]> {
  const standingOf = await readStandings(operation, active)
  return active.map(({ device, memberId, schedule }) => ({
    ...{ id: device, ...standingOf({ device, memberId }) },
    movedW: new Map(
      schedule.flatMap(({ period, movedW }) => (movedW > 0 && servedW.has(period) ? [[period, movedW]] : [])),
    ),
  }))
}

/** Devices that have not been called for this order, and are not busy with another. */
async function freeAssets(
  operation: Operation,
  order: OwnOrder,
  all: readonly FlexDispatch[],
): Promise<readonly PooledAsset[]> {
  const { portfolioId, productId, pointId, orderId } = order
  const time = operation.clock.now()
  const members = await operation.market.listMembers(portfolioId, productId, time, pointId)
  const firstPeriod = order.periods[0]!.period
  const pool = await readPool(operation, { portfolioId, productId, members, firstPeriod })
  const [first, last] = [order.periods[0]!.period, order.periods.at(-1)!.period]
  // A schedule takes the place of the one before, so it is told only once that one is over.
  const isNear = ({ schedule }: FlexDispatch) =>
    schedule[0]!.period - PERIODS_APART <= last && first <= schedule.at(-1)!.period + PERIODS_APART
  const used = new Set(
    all.filter((one) => one.orderId === orderId || (isActive(one) && isNear(one))).map(({ device }) => device),
  )
  const free = pool.filter(({ flexibility }) => !used.has(flexibility.device))
  const known = await Promise.all(free.map(({ flexibility }) => operation.desk.readDevice(flexibility.device)))
  return free.filter(({ mode }, place) => {
    const device = known[place]?.device
    return mode === 'informational' || (device !== undefined && isCommandable(device))
  })
}

function dispatchesOf(
  order: OwnOrder,
  own: readonly FlexDispatch[],
  calls: readonly DeviceCall[],
  assets: readonly PooledAsset[],
  now: number,
): readonly FlexDispatch[] {
  const assetOf = new Map(assets.map((asset) => [asset.flexibility.device, asset]))
  const replaced = own.filter(({ state }) => state === 'failed').map(({ id }) => id)
  return calls.map((call, index): FlexDispatch => ({
    id: uuidOf(`dispatch ${order.orderId} ${call.device.device}`),
    orderId: order.orderId,
    memberId: call.device.memberId,
    device: call.device.device,
    mode: assetOf.get(call.device.device)!.mode,
    schedule: scheduleOf(call, order),
    ...{ state: 'planned', detail: '', commandId: null },
    replaces: replaced[index] ?? null,
    ...{ createdAt: now, changedAt: now },
  }))
}

function scheduleOf({ device, powersW }: DeviceCall, { product }: OwnOrder): readonly DispatchedPeriod[] {
  const whole = device.planW.map((planW, position) => powersW.get(device.firstPeriod + position) ?? planW)
  const moved = movedOf(device, product.direction, whole)
  return [...powersW].map(([period, powerW]) => ({ period, powerW, movedW: moved[period - device.firstPeriod]! }))
}

/** What a home is told that may follow it: set-points of its device, each from its unix second on. */
function signalOf({ orderId, device, schedule }: FlexDispatch): object {
  const steps = schedule.map(({ period, powerW }) => ({ from: startOf(deliveryPeriod(period)), powerW }))
  return { orderId, devices: [{ device, steps }], until: endOfSchedule({ schedule }) }
}
