import type { MqttClient } from 'mqtt'
import { DomainError } from '../../../domain/errors.ts'
import type { RefusedMessage } from '../../../store/refused-messages.ts'
import type { SignedReading } from '../../signed-reading.ts'
import { formatReceipt, parseReadingMessage, type Receipt } from './reading-message.ts'
import { meterOfTopic, READINGS_TOPICS, receiptsTopicOf } from './topics.ts'

export type MeterConnectionOptions = {
  readonly broker: MqttClient
  /** Resolves once the reading is durable, to null where it should be sent again; throws a refusal. */
  readonly receive: (address: string, reading: SignedReading) => Promise<{ readonly isLate: boolean } | null>
  readonly mayAnswer: (address: string) => boolean
  readonly onRefused: (message: Omit<RefusedMessage, 'receivedAt'>) => void
  /** Called when the broker's connection is there, from the first subscription on; and when it is gone. */
  readonly onRegained: () => Promise<void>
  readonly onLost: () => void
  /** Receives what is no refusal. */
  readonly onDefect: (error: unknown) => void
}

/** Takes readings from the broker and answers each with a receipt. Resolves, when subscribed, to how to stop. */
export async function connectMeters(options: MeterConnectionOptions): Promise<() => Promise<void>> {
  const { broker } = options

  const answer = (address: string, receipt: Receipt): void => {
    broker.publish(receiptsTopicOf(address), formatReceipt(receipt), { qos: 1 })
  }

  const receive = async (topic: string, payload: Buffer): Promise<void> => {
    const address = meterOfTopic(topic)
    let reading: SignedReading | null = null
    try {
      if (address === null) throw malformedTopic()
      reading = parseReadingMessage(payload)
      const accepted = await options.receive(address, reading)
      if (accepted !== null) answer(address, { reading, outcome: { status: 'accepted', isLate: accepted.isLate } })
    } catch (error) {
      if (!(error instanceof DomainError)) throw error
      const { code, message: reason } = error
      options.onRefused({ topic, code, reason, payload })
      if (address === null || !options.mayAnswer(address)) return
      answer(address, { reading, outcome: { status: 'refused', code, reason } })
    }
  }

  const onMessage = (topic: string, payload: Buffer): void => {
    if (!topic.startsWith('commonwatt/v1/meters/') || !topic.endsWith('/readings')) return
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

function malformedTopic(): DomainError {
  return new DomainError(
    'reading-malformed',
    'the topic names no meter: give its address as 0x and 40 hex digits in lower case',
  )
}
