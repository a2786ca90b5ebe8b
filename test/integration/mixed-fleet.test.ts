import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { untilIndexed } from '../../scripts/platform.ts'
import { freeUdpPort } from '../../scripts/settings.ts'
import { AREA } from '../../scripts/setup/neighbourhood.ts'
import { drive } from '../../scripts/simulation/driver.ts'
import { reportOf, type Report } from '../../scripts/simulation/report.ts'
import { startSimulatedFleet } from '../../scripts/simulation/simulated-fleet.ts'
import { deliveryPeriod } from '../../services/domain/units.ts'
import { listHouseholds } from '../../services/store/households.ts'
import { FIRST_PERIOD, launchForTest } from './running-platform.ts'

/** Twelve homes whose meters and devices speak every protocol trade, while the gateway is killed in between. */

const PERIODS = 5
const KILLED_AFTER = 2
const HOMES = 12
const names = Array.from({ length: HOMES }, (_, position) => `home ${position}`)
/** The last home has nothing recorded in the second period. */
const recording = {
  firstPeriod: FIRST_PERIOD,
  periods: PERIODS,
  zone: 'Z',
  gaps: [{ household: names[HOMES - 1]!, firstPeriod: deliveryPeriod(FIRST_PERIOD + 1), periods: 1 }],
  households: names.map((name, position) => {
    const isKnown = (period: number) => position < HOMES - 1 || period !== 1
    const each = (energyOf: (period: number) => number) =>
      Array.from({ length: PERIODS }, (_, period) => (isKnown(period) ? energyOf(period) : null))
    return {
      name,
      loadWh: each((period) => 100 + 10 * position + period),
      pvWh: each((period) => (position % 2 === 0 ? 500 + period : 0)),
      pvCapacityW: 4_000,
      connectionCapacityW: 17_250,
    }
  }),
}

let platform: Awaited<ReturnType<typeof launchForTest>>
let report: Report
let memberIds: number[]
const refusals: unknown[] = []

beforeAll(async () => {
  const lwm2mPort = await freeUdpPort()
  platform = await launchForTest(
    names,
    { lwm2m: { port: lwm2mPort, dtlsPort: undefined, tlsPort: undefined, host: '127.0.0.1' } },
    { lastPeriod: deliveryPeriod(FIRST_PERIOD + PERIODS - 1), challengeWindowSeconds: 900 },
  )
  const registered = new Map((await listHouseholds(platform.store, AREA)).map(({ name, memberId }) => [name, memberId]))
  memberIds = names.map((name) => registered.get(name)!)
  const fleet = await startSimulatedFleet(platform, {
    ...{ fleet: 'mixed', devicesPerHome: 3, recording, lwm2mPort },
    onRefused: (refusal) => refusals.push(refusal),
  })
  try {
    await drive({
      ...platform,
      ...{ fleet, recording, memberIds, pollMs: 20 },
      onProgress: (settled) => {
        if (settled === KILLED_AFTER) process.kill(platform.supervisor.pidOf('gateway')!, 'SIGKILL')
      },
      signal: new AbortController().signal,
    })
  } finally {
    await fleet.stop()
  }
  await untilIndexed(platform.store, platform.ledger)
  report = await reportOf({ ...platform, recording, memberIds, forecast: 'perfect', wallSeconds: 0 })
})
afterAll(() => platform?.stop())

describe('a mixed fleet', () => {
  test('is metered by what was recorded, whatever its meters speak and though the gateway was killed', async () => {
    const readings = await platform.store.client.meterReading.findMany({ orderBy: { period: 'asc' } })
    for (const [position, { loadWh, pvWh, name }] of recording.households.entries()) {
      const own = readings.filter(({ memberId }) => memberId === memberIds[position])
      const at = (period: number) => own.find((reading) => reading.period === FIRST_PERIOD + period)!
      for (let period = 0; period < PERIODS; period += 1) {
        if (loadWh[period] === null) continue
        const net = loadWh[period]! - pvWh[period]!
        const flowed = [
          at(period).importRegisterWh - at(period - 1).importRegisterWh,
          at(period).exportRegisterWh - at(period - 1).exportRegisterWh,
        ]
        expect(flowed, `${name}, period ${period}`).toEqual([BigInt(Math.max(net, 0)), BigInt(Math.max(-net, 0))])
      }
    }
    expect(refusals).toEqual([])
  })

  test('is signed for by the gateway where its meters do not sign', async () => {
    const { client } = platform.store
    const ways = new Map(
      (await client.device.findMany({ where: { kind: 'meter' } })).map(({ memberId, isSigning }) => [
        memberId,
        isSigning ? 'meter' : 'gateway',
      ]),
    )
    const readings = await client.meterReading.findMany({ where: { period: { gte: FIRST_PERIOD } } })
    expect(readings.filter(({ memberId, signedBy }) => ways.get(memberId) !== signedBy)).toEqual([])
    expect(new Set(readings.map(({ signedBy }) => signedBy))).toEqual(new Set(['meter', 'gateway']))
  })

  test('trades by the rules', () => {
    const broken = report.invariants.filter(({ violations }) => violations > 0)
    expect(broken.map(({ name, examples }) => [name, examples])).toEqual([])
    expect(report.energyWh.traded).toBeGreaterThan(0)
    expect(report.moneyMicroEuro.sum).toBe(0)
  })

  // After a gap a meter says where it stands as well.
  test('delivers every reading in time, by each protocol', () => {
    const meters = report.devices.filter(({ kind }) => kind === 'meter')
    expect(new Set(meters.map(({ protocol }) => protocol))).toEqual(
      new Set(['mqtt', 'ultralight', 'modbus', 'lwm2m', 'json']),
    )
    // A gateway that has not heard yet how a device speaks refuses it, for 2 s, and is sent the same again.
    for (const { protocol, devices, expected, delivered } of meters) {
      expect([protocol, expected, delivered]).toEqual([protocol, devices * PERIODS, expected])
    }
  })

  test('measures in every period beside its meters, but for what a killed gateway had not noted yet', () => {
    const others = report.devices.filter(({ kind }) => kind !== 'meter')
    expect(others.map(({ kind, protocol, devices }) => [kind, protocol, devices])).toEqual([
      ['battery', 'modbus', HOMES],
      ['ev-charger', 'lwm2m', HOMES],
      ['heat-pump', 'json', HOMES / 2],
      ['heat-pump', 'ultralight', HOMES / 2],
    ])
    for (const { protocol, devices, expected, delivered } of others) {
      expect(delivered, protocol).toBeGreaterThanOrEqual(expected - devices)
    }
  })
})
