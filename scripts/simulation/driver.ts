import type { MqttClient } from 'mqtt'
import { readCalendar } from '../../services/chain/areas.ts'
import { advanceTo } from '../../services/chain/hardhat-time.ts'
import { readLatestBlock } from '../../services/chain/ledger-clock.ts'
import type { Ledger } from '../../services/chain/ledger.ts'
import { isCommitted, readSession } from '../../services/chain/sessions.ts'
import { areKeysPublished } from '../../services/chain/trading-days.ts'
import { DomainError } from '../../services/domain/errors.ts'
import { gateClosureOf, readingDeadlineOf, tradingDaysOf, type Calendar } from '../../services/domain/grid/calendar.ts'
import {
  deliveryPeriod,
  endOf,
  PERIODS_PER_DAY,
  SECONDS_PER_DAY,
  startOf,
  tradingDayAt,
  type DeliveryPeriod,
} from '../../services/domain/units.ts'
import { presenceTopicOf, type Presence } from '../../services/runtime/presence.ts'
import type { Store } from '../../services/store/connect.ts'
import { AREA } from '../setup/neighbourhood.ts'
import type { DrivenFleet } from './driven-fleet.ts'
import { publishExpected } from './expected-messages.ts'
import type { FlexibilitySteps } from './flexibility-steps.ts'
import type { FleetReading } from './meter-fleet.ts'
import type { Recording } from './recorded-households.ts'
import { followSettlement } from './settled-days.ts'

/** Homes whose flows follow from what their devices are told meanwhile. */
export type PlayedHomes = {
  /** The period begins: what devices were told by now counts for it. */
  readonly begin: (period: DeliveryPeriod) => void
  /** What flows in a period that has begun, by the household's position, in Wh; positive into the home. */
  readonly netOf: (period: DeliveryPeriod) => readonly number[]
}

/** Waits until the condition holds; rejects with `simulation-stuck` and what was waited for. */
export type Until = (condition: () => boolean | Promise<boolean>, what: string) => Promise<void>

export type DriverOptions = {
  readonly ledger: Ledger
  readonly store: Store
  readonly broker: MqttClient
  readonly fleet: DrivenFleet
  /** What is expected of the homes; it is what flows too, but for `homes`. */
  readonly recording: Recording
  readonly homes?: PlayedHomes
  /** Where flexibility is bought and sold: nobody who does so is overtaken. */
  readonly flexibility?: ((until: Until) => Promise<FlexibilitySteps>) | undefined
  /** The period begins once it resolves: whatever has to be done before, such as commanding devices for it. */
  readonly beforePeriod?: (period: DeliveryPeriod, until: Until) => Promise<void>
  /** By the household's position in the recording. */
  readonly memberIds: readonly number[]
  readonly pollMs: number
  /** Hears how many periods are traded and metered, with statements drawn up. */
  readonly onProgress: (periods: number) => void
  readonly signal: AbortSignal
}

/** A step that takes longer than this is taken to be stuck; a process that was killed is back long before. */
const STUCK_MS = 300_000

/**
 * Plays the homes and the ledger's clock: has the fleet measure at the end of every period, and moves
 * time on as soon as everybody has done what was due, never before; after the last period until its day is settled.
 */
export async function drive(options: DriverOptions): Promise<void> {
  const { ledger, broker, recording, store } = options
  const calendar = await readCalendar(ledger, AREA)
  const { firstPeriod, lastPeriod } = calendar
  let placedUpTo = -1
  /** So often the gateway has said that it takes readings. */
  let gatewayArrivals = 0
  broker.on('message', (topic, payload) => {
    if (topic === 'commonwatt/v1/agent/placed')
      placedUpTo = (JSON.parse(payload.toString()) as { deliveryPeriod: number }).deliveryPeriod
    if (topic === presenceTopicOf('gateway') && (JSON.parse(payload.toString()) as Presence).state === 'up')
      gatewayArrivals += 1
  })
  await broker.subscribeAsync(['commonwatt/v1/agent/placed', presenceTopicOf('gateway')], { qos: 1 })
  await publishExpectedFrom(options, 0)

  const until: Until = (condition, what) => waitUntil(condition, what, options)
  const settlement = followSettlement({ ledger, store, calendar, until })
  const flexibility = await options.flexibility?.(until)
  const advance = (time: number) => advanceTo(ledger, time)
  const stepTo = async (time: number) => {
    await (flexibility === undefined ? advance(time) : flexibility.stepTo(time, advance))
    await untilKeysArePublished(ledger, calendar, until)
  }
  const clearedBy = async (period: DeliveryPeriod) => {
    await until(() => placedUpTo >= period, `the agents' orders for ${period}`)
    await stepTo(gateClosureOf(calendar, period))
    await until(async () => (await readSession(ledger, AREA, period)).state === 'cleared', `the clearing of ${period}`)
  }
  /** A gateway that was away gives the meters a reading deadline more, so that time has to go on meanwhile. */
  const estimatedBy = async (period: DeliveryPeriod) => {
    let arrivals = gatewayArrivals
    await stepTo(readingDeadlineOf(calendar, period))
    const isEstimated = async (): Promise<boolean> => {
      if (await isCommitted(ledger, AREA, period)) return true
      if (arrivals === gatewayArrivals) return false
      arrivals = gatewayArrivals
      const { timestamp } = await readLatestBlock(ledger)
      if (period + 2 <= lastPeriod) await clearedBy(deliveryPeriod(period + 2))
      await stepTo(timestamp + calendar.readingDeadlineSeconds)
      return false
    }
    await until(isEstimated, `the estimates of ${period}`)
  }
  const drawnUpBy = async (period: DeliveryPeriod) => {
    await until(() => isCommitted(ledger, AREA, period), `the readings of ${period}`)
    await until(() => hasStatements(store, period), `the statements of ${period}`)
  }

  const begin = async (period: DeliveryPeriod) => {
    await options.beforePeriod?.(period, until)
    await flexibility?.dispatchedFor(period)
    options.homes?.begin(period)
  }

  await stepTo(startOf(deliveryPeriod(firstPeriod - 1)))
  await clearedBy(firstPeriod)
  prepareAll(options, -1)
  await begin(firstPeriod)
  await stepTo(startOf(firstPeriod))
  await options.fleet.publish(deliveryPeriod(firstPeriod - 1))
  for (let position = 0; position < recording.periods; position += 1) {
    const period = deliveryPeriod(firstPeriod + position)
    if (position > 0 && position % PERIODS_PER_DAY === 0) await publishExpectedFrom(options, position)
    if (position > 0) await drawnUpBy(deliveryPeriod(period - 1))
    if (period < lastPeriod) await clearedBy(deliveryPeriod(period + 1))
    await settlement.untilDone()
    await flexibility?.untilSettled()
    options.onProgress(position)
    const complete = prepareAll(options, position)
    if (period < lastPeriod) await begin(deliveryPeriod(period + 1))
    await stepTo(endOf(period))
    await options.fleet.publish(period)
    if (!complete) await estimatedBy(period)
  }
  await drawnUpBy(lastPeriod)
  options.onProgress(recording.periods)

  for (let due = await settlement.nextDue(); due !== null; due = await settlement.nextDue()) {
    await stepTo(due)
    await settlement.untilDone()
    await flexibility?.untilSettled()
  }
}

/** Of today, and of tomorrow: what a day's keys may put at risk is decided when they are published. */
async function untilKeysArePublished(ledger: Ledger, calendar: Calendar, until: Until): Promise<void> {
  const { timestamp } = await readLatestBlock(ledger)
  const { first, last } = tradingDaysOf(calendar)
  for (const day of [tradingDayAt(timestamp), tradingDayAt(timestamp + SECONDS_PER_DAY)]) {
    if (day < first || day > last) continue
    await until(() => areKeysPublished(ledger, AREA, day), `the trading keys of day ${day}`)
  }
}

async function hasStatements({ client }: Store, period: DeliveryPeriod): Promise<boolean> {
  return (await client.statement.findFirst({ where: { area: AREA, period, run: 0 } })) !== null
}

/** Tells the agents two days of what is recorded: tomorrow is known before today ends. */
async function publishExpectedFrom({ broker, recording, memberIds }: DriverOptions, position: number): Promise<void> {
  const end = position + 2 * PERIODS_PER_DAY
  await publishExpected(
    broker,
    recording.households.map(({ loadWh, pvWh }, household) => ({
      memberId: memberIds[household]!,
      firstPeriod: recording.firstPeriod + position,
      loadWh: loadWh.slice(position, end),
      pvWh: pvWh.slice(position, end),
    })),
  )
}

/**
 * Tells the fleet what will have flowed by the end of the period at `position` (-1: nothing before the first), and returns
 * whether all homes have a reading to send there. A home without a recorded value has none; at the end of a gap it has
 * where its registers stand and that they were interrupted, so that the next period is known and the gap is not.
 */
function prepareAll({ fleet, recording, homes, memberIds }: DriverOptions, position: number): boolean {
  const flows = new Map<number, FleetReading>()
  const period = deliveryPeriod(recording.firstPeriod + position)
  const played = position < 0 ? undefined : homes?.netOf(period)
  for (const [household, { loadWh, pvWh }] of recording.households.entries()) {
    const memberId = memberIds[household]!
    const isRecorded = (at: number) => at < 0 || (loadWh[at] ?? null) !== null
    if (!isRecorded(position)) {
      if (!isRecorded(position + 1)) continue
      fleet.interrupt(memberId)
    }
    const net = played?.[household] ?? (loadWh[position] ?? 0) - (pvWh[position] ?? 0)
    flows.set(memberId, { importWh: BigInt(Math.max(net, 0)), exportWh: BigInt(Math.max(-net, 0)) })
  }
  fleet.prepare(period, flows)
  return flows.size === recording.households.length
}

async function waitUntil(
  condition: () => boolean | Promise<boolean>,
  what: string,
  { pollMs, signal }: DriverOptions,
): Promise<void> {
  const deadline = Date.now() + STUCK_MS
  while (!(await condition())) {
    signal.throwIfAborted()
    if (Date.now() > deadline)
      throw new DomainError('simulation-stuck', `waited ${STUCK_MS / 1000} s for ${what} in vain; see the logs`)
    await new Promise((resolve) => setTimeout(resolve, pollMs))
  }
}
