import type { MqttClient } from 'mqtt'
import { DomainError } from '../../../domain/errors.ts'
import type { RefusedMessage } from '../../../store/refused-messages.ts'
import { malformedAnswer, type AnsweredCommand } from '../command-format.ts'
import { COMMAND_ANSWERS_TOPICS, commandAnswerTopicOf } from './command-topics.ts'

export type CommandConnection = {
  /** Without effect while the broker is away: the command is sent again. */
  readonly publish: (topics: readonly string[], text: string) => void
  readonly close: () => Promise<void>
}

/** Brings commands to devices over the broker, and their answers back. Resolves once subscribed. */
export async function connectCommands({
  broker,
  receive,
  onRefused,
}: {
  readonly broker: MqttClient
  readonly receive: (topic: string, device: string, answered: AnsweredCommand, payload: Buffer) => void
  readonly onRefused: (message: Omit<RefusedMessage, 'receivedAt'>) => void
}): Promise<CommandConnection> {
  const onMessage = (topic: string, payload: Buffer): void => {
    const found = commandAnswerTopicOf(topic)
    if (found === null) return
    try {
      if (found.address === null) throw malformedAnswer('the topic names no device in lower case')
      receive(topic, found.address, found.format.parseAnswer(found.address, payload), payload)
    } catch (error) {
      if (!(error instanceof DomainError)) throw error
      onRefused({ topic, code: error.code, reason: error.message, payload })
    }
  }
  broker.on('message', onMessage)
  await broker.subscribeAsync(COMMAND_ANSWERS_TOPICS, { qos: 1 })

  return {
    publish(topics, text) {
      // Quality of service 0: what the client would deliver after a reconnection may have ended meanwhile.
      if (broker.connected) for (const topic of topics) broker.publish(topic, text, { qos: 0 })
    },
    async close() {
      if (broker.connected) await broker.unsubscribeAsync(COMMAND_ANSWERS_TOPICS)
      broker.off('message', onMessage)
    },
  }
}
