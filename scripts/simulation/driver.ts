import type { MqttClient } from 'mqtt'
import { advanceTo } from '../../services/chain/hardhat-time.ts'
import type { Ledger } from '../../services/chain/ledger.ts'
import { isCommitted, isSettled, readSession } from '../../services/chain/sessions.ts'
import { DomainError } from '../../services/domain/errors.ts'
import { deliveryPeriod, endOf, PERIODS_PER_DAY, startOf, type DeliveryPeriod } from '../../services/domain/units.ts'
import { AREA, type NeighbourhoodPlan } from '../setup/neighbourhood.ts'
import { publishExpected } from './expected-messages.ts'
import type { MeterFleet } from './meter-fleet.ts'
import type { Recording } from './recorded-households.ts'

export type DriverOptions = {
  readonly ledger: Ledger
  readonly broker: MqttClient
  readonly fleet: MeterFleet
  readonly plan: NeighbourhoodPlan
  readonly recording: Recording
  /** By the household's position in the recording. */
  readonly memberIds: readonly number[]
  readonly pollMs: number
  readonly onProgress: (settledPeriods: number) => void
  readonly signal: AbortSignal
}

/** A step that takes longer than this is taken to be stuck; a process that was killed is back long before. */
const STUCK_MS = 300_000

/**
 * Plays the recorded homes and the ledger's clock: publishes what the meters read at the end of every period, and moves
 * time on as soon as everybody has done what was due, never before.
 */
export async function drive(options: DriverOptions): Promise<void> {
  const { ledger, broker, recording, plan } = options
  const { firstPeriod, lastPeriod, gateClosureLeadSeconds, readingDeadlineSeconds } = plan
  let placedUpTo = -1
  broker.on('message', (topic, payload) => {
    if (topic === 'commonwatt/v1/agent/placed')
      placedUpTo = (JSON.parse(payload.toString()) as { deliveryPeriod: number }).deliveryPeriod
  })
  await broker.subscribeAsync('commonwatt/v1/agent/placed', { qos: 1 })
  await publishExpectedFrom(options, 0)

  const until = (condition: () => boolean | Promise<boolean>, what: string) => waitUntil(condition, what, options)
  const clearedBy = async (period: DeliveryPeriod) => {
    await until(() => placedUpTo >= period, `the agents' orders for ${period}`)
    await advanceTo(ledger, startOf(period) - gateClosureLeadSeconds)
    await until(async () => (await readSession(ledger, AREA, period)).state === 'cleared', `the clearing of ${period}`)
  }

  await advanceTo(ledger, startOf(deliveryPeriod(firstPeriod - 1)))
  await clearedBy(firstPeriod)
  await advanceTo(ledger, startOf(firstPeriod))
  await publishAll(options, -1)
  for (let position = 0; position < recording.periods; position += 1) {
    const period = deliveryPeriod(firstPeriod + position)
    if (position > 0 && position % PERIODS_PER_DAY === 0) await publishExpectedFrom(options, position)
    if (position > 0) {
      await until(() => isCommitted(ledger, AREA, deliveryPeriod(period - 1)), `the readings of ${period - 1}`)
    }
    if (period < lastPeriod) await clearedBy(deliveryPeriod(period + 1))
    if (position > 0)
      await until(() => isSettled(ledger, AREA, deliveryPeriod(period - 1)), `the settlement of ${period - 1}`)
    options.onProgress(position)
    await advanceTo(ledger, endOf(period))
    const complete = await publishAll(options, position)
    if (!complete) await advanceTo(ledger, endOf(period) + readingDeadlineSeconds)
  }
  await until(() => isSettled(ledger, AREA, lastPeriod), `the settlement of ${lastPeriod}`)
  options.onProgress(recording.periods)
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
 * Publishes the readings at the end of the period at `position` (-1: where the registers stand before the first), and
 * resolves when every one has its receipt, to whether all homes had one to send. A home without a recorded value sends
 * none; at the end of a gap it sends where its registers stand and that they were interrupted, so that the next period
 * is known and the gap is not.
 */
async function publishAll({ fleet, recording, memberIds }: DriverOptions, position: number): Promise<boolean> {
  const sent = recording.households.map(({ loadWh, pvWh }, household) => {
    const memberId = memberIds[household]!
    const isRecorded = (at: number) => at < 0 || (loadWh[at] ?? null) !== null
    if (!isRecorded(position)) {
      if (!isRecorded(position + 1)) return null
      fleet.interrupt(memberId)
    }
    const net = (loadWh[position] ?? 0) - (pvWh[position] ?? 0)
    const energy = { importWh: BigInt(Math.max(net, 0)), exportWh: BigInt(Math.max(-net, 0)) }
    return fleet.publishReading(memberId, deliveryPeriod(recording.firstPeriod + position), energy)
  })
  const sending = sent.filter((reading) => reading !== null)
  await Promise.all(sending)
  return sending.length === sent.length
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
