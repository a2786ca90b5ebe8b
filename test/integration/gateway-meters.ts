import { connectAsync, type MqttClient } from 'mqtt'
import { signedPayload } from '../../scripts/simulation/meter-fleet.ts'
import { readingDomain, type MeterReading } from '../../services/chain/readings.ts'
import { isCommitted, readCommitment } from '../../services/chain/sessions.ts'
import { addressOfKey } from '../../services/chain/typed-data.ts'
import { deliveryPeriod } from '../../services/domain/units.ts'
import { eventually, FIRST_PERIOD, type GatewayWorld } from './gateway-world.ts'

type Receipt = {
  deliveryPeriod?: number
  sequence?: number
  status: string
  code?: string
  reason?: string
  late?: true
}

/** Counted from the area's first. */
export const period = (position: number) => deliveryPeriod(FIRST_PERIOD + position)

/** The reading at the end of the period at `position`: the register imports 100 Wh a period and exports 10. */
export function readingAt(position: number, change: Partial<MeterReading> = {}): MeterReading {
  return {
    deliveryPeriod: period(position),
    sequence: position + 2,
    importRegister: 1_000n + 100n * BigInt(position + 1),
    exportRegister: 10n * BigInt(position + 1),
    ...change,
  }
}

/** A meter's connection: `send` resolves to the next receipt. */
export async function connectMeter(world: GatewayWorld, meterKey: string) {
  const address = addressOfKey(meterKey)
  const topic = `commonwatt/v1/meters/${address}`
  const client: MqttClient = await connectAsync(world.broker.deviceUrl, { clientId: address, reconnectPeriod: 0 })
  const receipts: Receipt[] = []
  const waiting: ((receipt: Receipt) => void)[] = []
  client.on('message', (_, payload) => {
    const receipt = JSON.parse(payload.toString()) as Receipt
    const next = waiting.shift()
    if (next === undefined) receipts.push(receipt)
    else next(receipt)
  })
  await client.subscribeAsync(`${topic}/receipts`, { qos: 1 })
  const send = async (payload: string | Buffer): Promise<Receipt> => {
    await client.publishAsync(`${topic}/readings`, payload, { qos: 1 })
    return receipts.shift() ?? (await new Promise((resolve) => waiting.push(resolve)))
  }
  return {
    address,
    client,
    receipts,
    send,
    publish: (payload: string) => client.publish(`${topic}/readings`, payload, { qos: 1 }),
    report: (reading: MeterReading, key = meterKey) => send(signedPayload(readingDomain(world.ledger), key, reading)),
    close: () => client.endAsync(true),
  }
}

/** Resolves to the period's commitment as soon as the ledger has one. */
export async function committed(world: GatewayWorld, position: number) {
  const ask = async () => ((await isCommitted(world.ledger, world.area, period(position))) ? true : null)
  await eventually(ask, `the commitment to period ${position}`)
  return readCommitment(world.ledger, world.area, period(position))
}
