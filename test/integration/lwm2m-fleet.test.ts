import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { freeUdpPort } from '../../scripts/settings.ts'
import type { FleetPart, SimulatedDevice } from '../../scripts/simulation/fleet-part.ts'
import { lwm2mEndpointOf, startLwm2mPart } from '../../scripts/simulation/lwm2m-part.ts'
import { deliveryPeriod, endOf } from '../../services/domain/units.ts'
import { openUdpEndpoint } from '../../services/gateway/adapters/coap/udp-endpoint.ts'
import { startLwm2m, type Lwm2mAdapter } from '../../services/gateway/adapters/lwm2m/lwm2m-server.ts'
import { knownDevice, recordedDesk, type RecordedDesk } from './lwm2m-world.ts'

/** Simulated devices that speak LwM2M, against the gateway's server, whichever of them is there first. */

const addressOf = (number: number) => `0x${String(number).padStart(40, '0')}`
const simulated = (number: number, kind: SimulatedDevice['kind']): SimulatedDevice => ({
  ...{ address: addressOf(number), memberId: number, home: `home ${number}`, kind, protocol: 'lwm2m' },
  ...{ isSigning: false, meterKey: null, ratedPowerW: 11_000 },
})
const METER = simulated(1, 'meter')
const CHARGER = simulated(2, 'ev-charger')
const waits = { ackMs: 100, retryMs: 50, registerMs: 100 }
const known = [METER, CHARGER].map(({ memberId, kind, address, ratedPowerW }) =>
  knownDevice(memberId, { kind, address, ratedPowerW, endpoint: lwm2mEndpointOf(address) }),
)

let port: number
let desk: RecordedDesk
let part: FleetPart
let server: Lwm2mAdapter | null

beforeEach(async () => {
  port = await freeUdpPort()
  desk = recordedDesk(known)
  server = null
  part = await startLwm2mPart({ server: { host: '127.0.0.1', port }, devices: [METER, CHARGER], waits })
})
afterEach(async () => {
  await part.stop()
  await server?.close()
})

const listen = async () => {
  const rate = { burst: 1_000, perSecond: 1_000 }
  server = await startLwm2m(desk, {
    endpoints: [(handlers) => openUdpEndpoint({ host: '127.0.0.1', port, ...handlers })],
    rates: { registrations: rate, notifications: rate, requests: rate },
  })
}
const publish = (period: number, importWh: number) =>
  Promise.all([
    part.publish(METER.address, deliveryPeriod(period), {
      ...{ 'import-register': BigInt(importWh), 'export-register': 40n },
    }),
    part.publish(CHARGER.address, deliveryPeriod(period), { 'active-power': 7_360n, 'consumed-register': 1_840n }),
  ])
/** As `1 import-register 1000 100`: whose it is, and in which period it was measured last. */
const takenOf = (period: number) =>
  new Set(
    desk.taken.flatMap(({ device, measured }) =>
      measured
        .filter(({ measuredAtMs }) => measuredAtMs === endOf(deliveryPeriod(period)) * 1_000)
        .map(({ quantity, value }) => `${Number(device)} ${quantity} ${value}`),
    ),
  )

describe('simulated LwM2M devices', () => {
  test('are heard by a gateway that comes after them, at the time at which they measured', async () => {
    const published = publish(1_630_000, 1_000)
    await listen()
    await published
    expect(takenOf(1_630_000)).toEqual(
      new Set([
        '1 import-register 1000',
        '1 export-register 40',
        '1 voltage 230000',
        '2 active-power 7360',
        '2 consumed-register 1840',
      ]),
    )
  })

  test('are known again to a gateway that was started anew, and wait until what they say is taken', async () => {
    await listen()
    await publish(1_630_000, 1_000)
    await server!.close()
    let refusals = 0
    desk.onTaking = () => Promise.resolve((refusals += 1) > 3)
    await listen()
    await publish(1_630_001, 1_200)
    expect(takenOf(1_630_001)).toContain('1 import-register 1200')
    expect(desk.defects).toEqual([])
  })
})
