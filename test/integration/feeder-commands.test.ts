import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { untilIndexed } from '../../scripts/platform.ts'
import { freeUdpPort } from '../../scripts/settings.ts'
import { AREA } from '../../scripts/setup/neighbourhood.ts'
import { drive, type Until } from '../../scripts/simulation/driver.ts'
import type { FeederHome } from '../../scripts/simulation/feeder/feeder-world.ts'
import { reportOf, type Report } from '../../scripts/simulation/report.ts'
import { feederHomesOf, startHomesFleet } from '../../scripts/simulation/simulated-homes.ts'
import type { CommandAction } from '../../services/domain/devices/command.ts'
import { isFinal, stateOf } from '../../services/domain/devices/command-life.ts'
import type { DeviceKind } from '../../services/domain/devices/device.ts'
import { deliveryPeriod, endOf, type DeliveryPeriod } from '../../services/domain/units.ts'
import { insertDeviceCommand, readCommandForSending } from '../../services/store/device-commands.ts'
import { listHouseholds } from '../../services/store/households.ts'
import { FIRST_PERIOD, launchForTest } from './running-platform.ts'

/** Homes with batteries and cars are told to take less in the middle of a run, by hand, over MQTT and over LwM2M. */

const PERIODS = 5
const LOAD_WH = 100
const battery = { capacityWh: 5_000, powerW: 4_000, efficiencyPermille: 1_000 }
const car = { chargerW: 7_400, stays: [{ arrival: 0, departure: 40, neededWh: 9_250 }] }
/** Of batteries as of chargers the first one speaks MQTT, the second LwM2M, the third MQTT. */
const homes = [{ battery }, { battery }, { car }, { car }, { car }].map((more, place): FeederHome => ({
  name: `home ${place}`,
  loadWh: new Array<number>(PERIODS).fill(LOAD_WH),
  pvWh: Array.from({ length: PERIODS }, (_, position) => (position < 2 && 'battery' in more ? 1_100 : 0)),
  pvCapacityW: 'battery' in more ? 4_400 : 0,
  battery: null,
  car: null,
  ...more,
}))
const IGNORING = 4
const simulated = feederHomesOf(
  { firstPeriod: FIRST_PERIOD, periods: PERIODS, homes },
  { limitPermille: 500, ignores: ({ place }) => place === IGNORING },
)
const { recording } = simulated
const feeder = simulated.feeder!

let platform: Awaited<ReturnType<typeof launchForTest>>
let report: Report
let memberIds: number[]
const refusals: unknown[] = []
const ended: string[] = []

const SET_POINTS: readonly [place: number, kind: DeviceKind, powerW: number][] = [
  [0, 'battery', -2_000],
  [1, 'battery', -1_200],
  [2, 'ev-charger', 1_000],
  [3, 'ev-charger', 0],
  [IGNORING, 'ev-charger', 0],
]

/** As an aggregator has them for an activation. */
async function tell(place: number, kind: DeviceKind, action: CommandAction, now: number): Promise<string> {
  const device = await platform.store.client.device.findFirstOrThrow({ where: { memberId: memberIds[place]!, kind } })
  const { id } = await insertDeviceCommand(platform.store, {
    ...{ id: randomUUID(), device: device.address, memberId: memberIds[place]!, source: 'activation', issuer: '' },
    ...{ action: JSON.stringify(action), signature: null, expiresAt: now + 3_600, createdAt: now },
  })
  return id
}

/** In the third period all hold a power, and from the fourth on they do as they like again. */
async function commandsBefore(period: DeliveryPeriod, until: Until): Promise<void> {
  const position = period - FIRST_PERIOD
  if (position !== 2 && position !== 3) return
  const now = endOf(deliveryPeriod(period - 2))
  const ids = await Promise.all(
    SET_POINTS.map(([place, kind, powerW]) =>
      tell(place, kind, position === 2 ? { kind: 'set-point', powerW } : { kind: 'switch', isOn: true }, now),
    ),
  )
  for (const id of ids) {
    await until(async () => {
      const command = await readCommandForSending(platform.store, id)
      const state = stateOf(command?.happenings ?? [])
      if (isFinal(state)) ended.push(state)
      return isFinal(state)
    }, `the end of command ${id}`)
  }
}

beforeAll(async () => {
  const lwm2mPort = await freeUdpPort()
  const names = homes.map(({ name }) => name)
  platform = await launchForTest(
    names,
    { lwm2m: { port: lwm2mPort, dtlsPort: undefined, tlsPort: undefined, host: '127.0.0.1' } },
    { lastPeriod: deliveryPeriod(FIRST_PERIOD + PERIODS - 1), challengeWindowSeconds: 900 },
  )
  const registered = new Map((await listHouseholds(platform.store, AREA)).map(({ name, memberId }) => [name, memberId]))
  memberIds = names.map((name) => registered.get(name)!)
  const fleet = await startHomesFleet(platform, simulated, {
    ...{ fleet: 'mqtt', devicesPerHome: 0, lwm2mPort },
    onRefused: (refusal) => refusals.push(refusal),
  })
  try {
    await drive({
      ...platform,
      ...{ fleet, recording, homes: feeder.played, memberIds, pollMs: 20 },
      beforePeriod: commandsBefore,
      onProgress: () => undefined,
      signal: new AbortController().signal,
    })
  } finally {
    await fleet.stop()
  }
  await untilIndexed(platform.store, platform.ledger)
  report = await reportOf({
    ...platform,
    ...{ recording: feeder.recordingOfPlayed(), memberIds, forecast: 'perfect', wallSeconds: 0, limit: feeder.limit! },
  })
})
afterAll(() => platform?.stop())

/** What a home's meter counted in each period, in W; positive into the home. */
async function meteredW(place: number): Promise<number[]> {
  const readings = await platform.store.client.meterReading.findMany({
    where: { memberId: memberIds[place]! },
    orderBy: { period: 'asc' },
  })
  const registers = readings.map(({ importRegisterWh, exportRegisterWh }) =>
    Number(importRegisterWh - exportRegisterWh),
  )
  return registers.slice(1).map((register, position) => 4 * (register - registers[position]!))
}

describe('a feeder whose devices are told what to take', () => {
  const W = 4 * LOAD_WH
  test.each([
    ['a battery over MQTT', 0, [0, 0, W - 2_000, 0, 0]],
    ['a battery over LwM2M', 1, [0, 0, W - 1_200, 0, 0]],
    ['a charger over MQTT', 2, [W + 7_400, W + 7_400, W + 1_000, W + 7_400, W + 7_400]],
    ['a charger over LwM2M', 3, [W + 7_400, W + 7_400, W, W + 7_400, W + 7_400]],
    ['a charger that ignores it', IGNORING, [W + 7_400, W + 7_400, W + 7_400, W + 7_400, W + 7_400]],
  ])('meters what it told %s, in that period alone', async (_, place, expected) => {
    expect(await meteredW(place)).toEqual(expected)
  })

  test('has every command end as done, also of whom that ignores it', () => {
    expect(ended).toEqual(new Array<string>(2 * SET_POINTS.length).fill('done'))
    expect(refusals).toEqual([])
  })

  test('registers its devices for their homes, as devices that activations may command', async () => {
    const lines = report.devices.map(({ kind, protocol, devices }) => [kind, protocol, devices])
    expect(lines).toEqual([
      ['meter', 'mqtt', 5],
      ['battery', 'lwm2m', 1],
      ['battery', 'mqtt', 1],
      ['ev-charger', 'lwm2m', 1],
      ['ev-charger', 'mqtt', 2],
    ])
    for (const { delivered, expected } of report.devices) expect(delivered).toBe(expected)
    const limits = await platform.store.client.deviceLimits.findMany()
    expect(limits.map(({ sources }) => sources.includes('activation'))).toEqual(new Array<boolean>(5).fill(true))
  })

  test('reports what its meters measured against its limit', () => {
    // Two batteries give nothing to the grid unless told to; three cars charge at once.
    const carsW = 3 * (W + 7_400)
    expect(report.flexibility).toEqual({
      limitW: carsW / 2,
      overloadPeriodsUnmanaged: 5,
      overloadPeriods: 4,
      peakWUnmanaged: carsW,
      peakW: carsW,
      orderedWh: null,
      deliveredWh: null,
      costMicroEuro: null,
      leastCostMicroEuro: null,
      paidMicroEuro: null,
      worstHouseholdChangeMicroEuro: null,
      requests: null,
    })
  })

  test('trades by the rules, what was not expected being imbalance', () => {
    const broken = report.invariants.filter(({ violations }) => violations > 0)
    expect(broken.map(({ name, examples }) => [name, examples])).toEqual([])
    expect(report.moneyMicroEuro.sum).toBe(0)
  })
})
