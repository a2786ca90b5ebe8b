import type { MqttClient } from 'mqtt'
import { takeReadings, type ReadingTaker } from '../reading-taking.ts'
import { formatReceipt } from '../receipt.ts'
import { readingTopicOf, READINGS_TOPICS, receiptsTopicOf } from './topics.ts'

export type MeterConnectionOptions = ReadingTaker & {
  readonly broker: MqttClient
  /** Called when the broker's connection is there, from the first subscription on; and when it is gone. */
  readonly onRegained: () => Promise<void>
  readonly onLost: () => void
  /** Receives what is no refusal. */
  readonly onDefect: (error: unknown) => void
}

/** Takes readings from the broker and answers each with a receipt. Resolves, when subscribed, to how to stop. */
export async function connectMeters(options: MeterConnectionOptions): Promise<() => Promise<void>> {
  const { broker } = options

  const receive = async (topic: string, payload: Buffer): Promise<void> => {
    const found = readingTopicOf(topic)
    if (found === null) return
    const receipts = await takeReadings(options, { topic, payload, ...found })
    const { address } = found
    for (const receipt of receipts) {
      if (address === null || receipt === null) continue
      if (receipt.outcome.status === 'refused' && !options.mayAnswer(address)) continue
      broker.publish(receiptsTopicOf(address), formatReceipt(receipt), { qos: 1 })
    }
  }

  const onMessage = (topic: string, payload: Buffer): void => {
    receive(topic, payload).catch(options.onDefect)
  }
  broker.on('message', onMessage)
  broker.on('close', options.onLost)
  await broker.subscribeAsync(READINGS_TOPICS, { qos: 1 })
  // The client subscribes again by itself whenever it connects.
  const onConnect = (): void => void options.onRegained().catch(options.onDefect)
  broker.on('connect', onConnect)
  if (broker.connected) await options.onRegained()

  return async () => {
    broker.off('connect', onConnect)
    broker.off('close', options.onLost)
    if (broker.connected) await broker.unsubscribeAsync(READINGS_TOPICS)
    broker.off('message', onMessage)
  }
}
