import type { MqttClient } from 'mqtt'
import { readCallCount } from '../../services/chain/flex-orders.ts'
import { readFlexRun } from '../../services/chain/flex-settlement.ts'
import { readLatestBlock } from '../../services/chain/ledger-clock.ts'
import type { Ledger } from '../../services/chain/ledger.ts'
import { readRun } from '../../services/chain/settlement-runs.ts'
import { tradingDaysOf, type Calendar } from '../../services/domain/grid/calendar.ts'
import {
  deliveryPeriodAt,
  endOf,
  endOfDay,
  startOfDay,
  tradingDay,
  tradingDayAt,
  type DeliveryPeriod,
  type TradingDay,
} from '../../services/domain/units.ts'
import type { Store } from '../../services/store/connect.ts'
import { AREA } from '../setup/neighbourhood.ts'
import type { Until } from './driver.ts'

const GRID_OPERATOR = 'commonwatt/v1/grid-operator'
const AGGREGATOR = 'commonwatt/v1/aggregator'

/** Lets nobody be overtaken who buys or sells flexibility while the ledger's clock is moved in steps. */
export type FlexibilitySteps = {
  /** Moves the clock on to the time (unix seconds), stopping wherever somebody has something to do. */
  readonly stepTo: (time: number, advance: (time: number) => Promise<void>) => Promise<void>
  /** Resolves once all devices are told what they are to do in the period, or are given up. */
  readonly dispatchedFor: (period: DeliveryPeriod) => Promise<void>
  /** Resolves once every day is settled whose energy is paid, as far as it can be by now. */
  readonly untilSettled: () => Promise<void>
}

type Options = {
  readonly ledger: Ledger
  readonly store: Store
  readonly broker: MqttClient
  readonly calendar: Calendar
  /** Seconds before a day begins by which it is nominated; null where it is not. */
  readonly nominationLeadSeconds: number | null
  /** Resolves once the projections have all that is on the ledger. */
  readonly untilIndexed: () => Promise<void>
  readonly until: Until
}

/** Follows what grid operator and aggregator say that they have done. */
export async function followFlexibility(options: Options): Promise<FlexibilitySteps> {
  const { ledger, store, broker, calendar, nominationLeadSeconds, until } = options
  const unsettled = new Set(daysOf(calendar))
  const [sealed, opened, ordered] = [new Set<number>(), new Set<number>(), new Set<number>()]
  let [checkedUpTo, dispatchedUpTo, nominatedUpTo] = [-1, -1, -1]

  broker.on('message', (topic, payload) => {
    if (!topic.startsWith(GRID_OPERATOR) && !topic.startsWith(AGGREGATOR)) return
    const said = JSON.parse(payload.toString()) as Said
    switch (topic) {
      case `${GRID_OPERATOR}/checked`:
        checkedUpTo = Math.max(checkedUpTo, said.deliveryPeriod)
        break
      case `${GRID_OPERATOR}/ordered`:
        ordered.add(said.requestId)
        break
      case `${AGGREGATOR}/sealed`:
        sealed.add(said.requestId)
        break
      case `${AGGREGATOR}/opened`:
        opened.add(said.requestId)
        break
      case `${AGGREGATOR}/dispatched`:
        dispatchedUpTo = Math.max(dispatchedUpTo, said.deliveryPeriod)
        break
      case `${AGGREGATOR}/nominated`:
        nominatedUpTo = Math.max(nominatedUpTo, said.day)
    }
  })
  await broker.subscribeAsync([`${GRID_OPERATOR}/#`, `${AGGREGATOR}/#`], { qos: 1 })

  const now = async () => (await readLatestBlock(ledger)).timestamp
  const hasOffers = async (requestId: number) =>
    (await store.client.flexOffer.findFirst({ where: { requestId } })) !== null
  const hasApproved = async () =>
    (await store.client.requestProposal.findFirst({ where: { state: 'approved' } })) !== null
  const openRequests = async () => {
    const open = await store.client.flexRequest.findMany({ where: { state: 'open', id: { notIn: [...ordered] } } })
    return open.map(({ id, expiresAt, revealUntil }) => ({
      requestId: id,
      expiresAt: Number(expiresAt),
      revealUntil: Number(revealUntil),
    }))
  }

  /** Waits until everybody has done what is due, and says when the next is due that has to be stopped at. */
  const settled = async (time: number): Promise<number> => {
    const period = deliveryPeriodAt(time)
    await until(() => checkedUpTo >= period, `the grid operator's look at period ${period}`)
    await until(async () => !(await hasApproved()), 'the requests that are approved')
    await options.untilIndexed()
    let next = Infinity
    for (const { requestId, expiresAt, revealUntil } of await openRequests()) {
      if (time < expiresAt) {
        await until(() => sealed.has(requestId), `the offers for flex request ${requestId}`)
        next = Math.min(next, expiresAt)
      } else if (time <= revealUntil && !(await isOrdered(requestId))) {
        next = Math.min(next, revealUntil + 1)
      } else if (time > revealUntil) {
        await until(() => ordered.has(requestId), `the orders of flex request ${requestId}`)
        await options.untilIndexed()
      }
    }
    return next
  }

  /** Once offers are opened; false where there are none, so that there is nothing to order before the opening is over. */
  const isOrdered = async (requestId: number): Promise<boolean> => {
    await until(() => opened.has(requestId), `the opening of offers for flex request ${requestId}`)
    await options.untilIndexed()
    if (!(await hasOffers(requestId))) return false
    await until(() => ordered.has(requestId), `the orders of flex request ${requestId}`)
    await options.untilIndexed()
    return true
  }

  const nominationsBefore = async (from: number, to: number) => {
    if (nominationLeadSeconds === null) return
    const day = tradingDay(tradingDayAt(from + nominationLeadSeconds) + 1)
    if (day > tradingDaysOf(calendar).last) return
    if (from < startOfDay(day) - nominationLeadSeconds && startOfDay(day) - nominationLeadSeconds <= to) {
      await until(() => nominatedUpTo >= day, `the nominations for day ${day}`)
    }
  }

  /** Whether nothing of the day is left to be done. */
  const isSettled = async (day: TradingDay, time: number): Promise<boolean> => {
    if (endOfDay(day) > time) return false
    if ((await readCallCount(ledger, AREA, day)) === 0) return true
    const energy = await readRun(ledger, AREA, day, 0)
    if (energy?.isPaid !== true) return false
    await until(async () => (await readFlexRun(ledger, { area: AREA, day })) !== null, `the flexibility of day ${day}`)
    const run = (await readFlexRun(ledger, { area: AREA, day }))!
    if (run.committedAt + calendar.challengeWindowSeconds > time) return false
    await until(
      async () => (await readFlexRun(ledger, { area: AREA, day }))?.isPaid === true,
      `the payments for the flexibility of day ${day}`,
    )
    return true
  }

  return {
    async untilSettled() {
      const time = await now()
      for (const day of unsettled) if (await isSettled(day, time)) unsettled.delete(day)
    },
    async stepTo(time, advance) {
      for (let current = await now(); current < time; current = await now()) {
        const target = Math.min(time, await settled(current), endOf(deliveryPeriodAt(current)))
        await nominationsBefore(current, target)
        await advance(target)
      }
    },
    async dispatchedFor(period) {
      await settled(await now())
      await until(() => dispatchedUpTo >= period, `the activations of period ${period}`)
    },
  }
}

function daysOf(calendar: Calendar): TradingDay[] {
  const { first, last } = tradingDaysOf(calendar)
  return Array.from({ length: last - first + 1 }, (_, index) => tradingDay(first + index))
}

type Said = {
  readonly deliveryPeriod: number
  readonly requestId: number
  readonly day: number
}
