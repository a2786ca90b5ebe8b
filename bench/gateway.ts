import { connectAsync } from 'mqtt'
import { signedPayload } from '../scripts/simulation/meter-fleet.ts'
import { readingDomain } from '../services/chain/readings.ts'
import { addressOfKey } from '../services/chain/typed-data.ts'
import { deliveryPeriod } from '../services/domain/units.ts'
import { sendAtOnce } from '../services/runtime/send-at-once.ts'
import { FIRST_PERIOD, startGatewayWorld, type GatewayWorld } from '../test/integration/gateway-world.ts'
import type { Figure } from './figure.ts'

const PORT = 18_390
const METERS = 200
const READINGS_OF_A_METER = 100
const IN_FLIGHT = 2_000

/** What the gateway's process does when it has nothing else to do, with PostgreSQL and the broker on the same machine. */
export async function measureGateway(): Promise<Figure[]> {
  return [await measureGatewayReadings()]
}

/** Signed readings that are verified, written durably and acknowledged, per second. */
export async function measureGatewayReadings(): Promise<Figure> {
  const world = await startGatewayWorld({
    port: PORT,
    households: METERS,
    lastPeriod: deliveryPeriod(FIRST_PERIOD + 1),
  })
  try {
    await world.startGateway()
    const messages = signedMessages(world)
    const seconds = await secondsToAcknowledge(world, messages)
    return {
      name: 'gateway.mqttReadingsPerSecond',
      value: Math.round(messages.length / seconds),
      unit: 'readings/s',
      target: '> 1,111',
      reference: 'a million households, one reading a quarter-hour: 1,111 readings/s',
    }
  } finally {
    await world.stop()
  }
}

type Message = { readonly topic: string; readonly payload: string }

/** One reading of every meter after the other, for periods before the area's first: they are not committed. */
function signedMessages(world: GatewayWorld): Message[] {
  const domain = readingDomain(world.ledger)
  const messages: Message[] = []
  for (let sequence = 1; sequence <= READINGS_OF_A_METER; sequence += 1) {
    for (const { meterKey } of world.households) {
      messages.push({
        topic: `commonwatt/v1/meters/${addressOfKey(meterKey)}/readings`,
        payload: signedPayload(domain, meterKey, {
          deliveryPeriod: FIRST_PERIOD - 2 * READINGS_OF_A_METER + sequence,
          sequence,
          importRegister: BigInt(sequence * 100),
          exportRegister: 0n,
        }),
      })
    }
  }
  return messages
}

async function secondsToAcknowledge(world: GatewayWorld, messages: readonly Message[]): Promise<number> {
  const client = await connectAsync(world.broker.url)
  sendAtOnce(client)
  await client.subscribeAsync('commonwatt/v1/meters/+/receipts', { qos: 1 })
  try {
    return await new Promise<number>((resolve, reject) => {
      const began = performance.now()
      let sent = 0
      let acknowledged = 0
      const sendMore = () => {
        for (; sent < messages.length && sent - acknowledged < IN_FLIGHT; sent += 1) {
          const message = messages[sent]
          if (message !== undefined) client.publish(message.topic, message.payload, { qos: 1 })
        }
      }
      client.on('message', (_, payload) => {
        const receipt = JSON.parse(payload.toString()) as { status: string; reason?: string }
        if (receipt.status !== 'accepted') reject(new Error(`a reading was refused: ${receipt.reason}`))
        acknowledged += 1
        if (acknowledged === messages.length) resolve((performance.now() - began) / 1_000)
        else sendMore()
      })
      sendMore()
    })
  } finally {
    await client.endAsync(true)
  }
}
