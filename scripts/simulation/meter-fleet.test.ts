import { connectAsync, type MqttClient } from 'mqtt'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { LedgerAddresses } from '../../services/chain/ledger.ts'
import { addressOfKey } from '../../services/chain/typed-data.ts'
import { deliveryPeriod } from '../../services/domain/units.ts'
import { startBroker, type RunningBroker } from '../embedded/broker.ts'
import { startMeterFleet, type FleetMeter, type MeterFleet } from './meter-fleet.ts'

type Message = { deliveryPeriod: number; sequence: number; importRegisterWh: string }

const METER: FleetMeter = { memberId: 7, meterKey: `0x${'11'.repeat(32)}`, name: 'home' }
const addresses = { meterReadings: `0x${'22'.repeat(20)}` } as LedgerAddresses
const ledgerIdentity = { chainId: 31_337n, addresses }

describe('a simulated meter', () => {
  let broker: RunningBroker
  let gateway: MqttClient
  let fleet: MeterFleet
  /** Period, number and import register of what the gateway was sent, without repetition. */
  let sent: [number, number, string][]
  let codes: Map<number, string>

  beforeAll(async () => {
    broker = await startBroker({ port: 0, servicePassword: 'fleet' })
    gateway = await connectAsync(broker.url)
    const topic = `commonwatt/v1/meters/${addressOfKey(METER.meterKey)}`
    gateway.on('message', (_, payload) => {
      const { deliveryPeriod: of, sequence, importRegisterWh } = JSON.parse(payload.toString()) as Message
      sent.push([of, sequence, importRegisterWh])
      const code = codes.get(of)
      const outcome = code === undefined ? { status: 'accepted' } : { status: 'refused', code }
      gateway.publish(`${topic}/receipts`, JSON.stringify({ deliveryPeriod: of, sequence, ...outcome }), { qos: 1 })
    })
    await gateway.subscribeAsync(`${topic}/readings`, { qos: 1 })
  })
  beforeEach(() => {
    sent = []
    codes = new Map()
  })
  afterAll(async () => {
    await gateway.endAsync(true)
    await broker.stop()
  })

  const start = async (meter = METER) => {
    fleet = await startMeterFleet({ brokerUrl: broker.deviceUrl, area: 1, ledgerIdentity, meters: [meter] })
  }
  const read = (period: number) =>
    fleet.publishReading(METER.memberId, deliveryPeriod(period), { importWh: 10n, exportWh: 0n })

  test('numbers its readings one by one, whatever periods it has none of', async () => {
    await start()
    await Promise.all([read(100), read(101), read(105)])
    expect(sent).toEqual([
      [100, 1, '10'],
      [101, 2, '20'],
      [105, 3, '30'],
    ])
    await fleet.stop()
  })

  test('gives the number of a refused reading to the next, and with it its energy', async () => {
    await start()
    codes.set(101, 'reading-implausible')
    await Promise.allSettled([read(100), read(101), read(102)])
    expect(sent.at(-1)).toEqual([102, 2, '30'])
    await fleet.stop()
  })

  test('goes on from a number that turns out to be taken', async () => {
    await start()
    codes.set(100, 'reading-conflict').set(101, 'reading-replayed')
    await Promise.allSettled([read(100), read(101), read(102)])
    expect(sent.map(([, sequence]) => sequence)).toEqual([1, 2, 3])
    await fleet.stop()
  })

  test('leaves a number out where it was interrupted, even if the reading after that is refused', async () => {
    await start({ ...METER, last: { sequence: 8, importWh: 500n, exportWh: 0n } })
    await read(100)
    fleet.interrupt(METER.memberId)
    codes.set(101, 'reading-implausible')
    await Promise.allSettled([read(101), read(102)])
    expect(sent).toEqual([
      [100, 9, '510'],
      [101, 11, '520'],
      [102, 11, '530'],
    ])
    await fleet.stop()
  })
})
