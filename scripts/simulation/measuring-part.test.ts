import { connectAsync, type MqttClient } from 'mqtt'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { deliveryPeriod } from '../../services/domain/units.ts'
import { jsonMeasures } from '../../services/gateway/adapters/json/measures-message.ts'
import { ultralightMeasures } from '../../services/gateway/adapters/ultralight/measures-message.ts'
import { startBroker, type RunningBroker } from '../embedded/broker.ts'
import type { FleetPart, SimulatedDevice } from './fleet-part.ts'
import { jsonMeasureWords, startMeasuringPart, ultralightMeasureWords } from './measuring-part.ts'

const ADDRESS = `0x${'b1'.repeat(20)}`
const DEVICE: SimulatedDevice = {
  ...{ address: ADDRESS, memberId: 7, home: 'home', kind: 'heat-pump', protocol: 'ultralight' },
  ...{ isSigning: false, meterKey: null, ratedPowerW: 3_000 },
}
const ACCEPTED = { status: 'accepted' }
const measuresOf = (powerW: number) => ({ 'active-power': BigInt(powerW) })

describe('a simulated device that does not sign', () => {
  let broker: RunningBroker
  let gateway: MqttClient
  let part: FleetPart
  let sent: string[]
  /** What the gateway answers to a payload that it heard so often; null says nothing. */
  let answerOf: (value: string, times: number) => object | null

  beforeAll(async () => {
    broker = await startBroker({ port: 0, servicePassword: 'fleet' })
    gateway = await connectAsync(broker.url)
    gateway.on('message', (_, payload) => {
      const text = payload.toString()
      sent.push(text)
      const answer = answerOf(text.split('|').at(-1)!, sent.filter((one) => one === text).length)
      if (answer === null) return
      gateway.publish(`commonwatt/v1/meters/${ADDRESS}/receipts`, JSON.stringify(answer), { qos: 1 })
    })
    await gateway.subscribeAsync(ultralightMeasureWords.topicOf(ADDRESS), { qos: 1 })
    part = await startMeasuringPart({
      ...{ brokerUrl: broker.deviceUrl, words: ultralightMeasureWords, devices: [DEVICE], resendMs: 100 },
    })
  })
  beforeEach(() => {
    sent = []
    answerOf = () => ACCEPTED
  })
  afterAll(async () => {
    await part.stop()
    await gateway.endAsync(true)
    await broker.stop()
  })

  const publish = (period: number, powerW: number) => part.publish(ADDRESS, deliveryPeriod(period), measuresOf(powerW))

  test('says when it measured: at the end of the period', async () => {
    await publish(1_630_000, 5)
    expect(sent).toEqual(['2016-06-27T04:15:00.000Z|active-power|5'])
  })

  test('sends one after the other, and again until there is a receipt', async () => {
    answerOf = (value, times) => (value === '1' && times === 1 ? null : ACCEPTED)
    await Promise.all([publish(100, 1), publish(101, 2)])
    const values = sent.map((payload) => payload.split('|').at(-1))
    expect(values.slice(0, 2)).toEqual(['1', '1'])
    expect(values.at(-1)).toBe('2')
  })

  test('waits to be known, and is refused for good by anything else', async () => {
    answerOf = (value, times) => {
      if (value === '4') return { status: 'refused', code: 'measurement-implausible', reason: 'too much' }
      return times === 1 ? { status: 'refused', code: 'device-unknown' } : ACCEPTED
    }
    await publish(102, 3)
    await expect(publish(103, 4)).rejects.toMatchObject({ code: 'measurement-implausible', message: 'home: too much' })
  })

  test('takes no receipt of what it sent twice for that of what comes next', async () => {
    answerOf = (value, times) => (value === '5' && times === 1 ? null : ACCEPTED)
    await publish(104, 5)
    // One more receipt may come of the first; the next message has to be sent until one is its own.
    const before = sent.length
    await publish(105, 6)
    expect(sent.slice(before).every((payload) => payload.endsWith('|6'))).toBe(true)
    expect(sent.length - before).toBeGreaterThan(1)
  })
})

test.each([
  ['JSON', jsonMeasureWords, jsonMeasures],
  ['UltraLight', ultralightMeasureWords, ultralightMeasures],
])('what it writes as %s is what the gateway reads', (_, words, format) => {
  const measures = { 'import-register': 123_456_789n, 'export-register': 0n, 'active-power': -5n }
  const payload = Buffer.from(words.write('2016-06-27T04:15:00.000Z', measures))
  expect(format.isOfMeasures(payload)).toBe(true)
  const measured = format.parse(payload)
  expect(Object.fromEntries(measured.map(({ quantity, value }) => [quantity, value]))).toEqual(measures)
  expect(measured.every(({ measuredAtMs }) => measuredAtMs === Date.UTC(2016, 5, 27, 4, 15))).toBe(true)
})
