import type { IClientPublishOptions, MqttClient } from 'mqtt'
import type { MeterClaim } from '../../../chain/meter-claims.ts'
import { DomainError } from '../../../domain/errors.ts'
import type { RefusedMessage } from '../../../store/refused-messages.ts'
import { formatClaim, parseClaimAnswer, type ClaimAnswer } from './claim-message.ts'
import { subscribe } from './shared-subscription.ts'
import { CLAIM_ANSWERS_TOPICS, claimsTopicOf, meterOfAnswerTopic } from './topics.ts'

/** It is asked again every second: by MQTT 5 a broker keeps few for a meter that is away. */
const CLAIM: IClientPublishOptions = { qos: 1, properties: { messageExpiryInterval: 10 } }

export type ClaimConnection = {
  /** Asks the meter; whether it hears, its answer tells. */
  readonly ask: (claim: MeterClaim) => void
  readonly close: () => Promise<void>
}

/** Brings claims to meters and their answers back. Resolves once subscribed. */
export async function connectClaims({
  broker,
  receive,
  onRefused,
  onDefect,
}: {
  readonly broker: MqttClient
  /** Resolves once the answer is durable; throws a refusal. */
  readonly receive: (meter: string, answer: ClaimAnswer) => Promise<void>
  readonly onRefused: (message: Omit<RefusedMessage, 'receivedAt'>) => void
  /** Receives what is no refusal. */
  readonly onDefect: (error: unknown) => void
}): Promise<ClaimConnection> {
  const take = async (topic: string, payload: Buffer): Promise<void> => {
    try {
      const meter = meterOfAnswerTopic(topic)
      if (meter === null) throw new DomainError('claim-answer-malformed', 'the topic names no meter in lower case')
      await receive(meter, parseClaimAnswer(payload))
    } catch (error) {
      if (!(error instanceof DomainError)) throw error
      onRefused({ topic, code: error.code, reason: error.message, payload })
    }
  }
  const onMessage = (topic: string, payload: Buffer): void => {
    if (topic.startsWith('commonwatt/v1/meters/') && topic.endsWith('/claim-answers')) {
      take(topic, payload).catch(onDefect)
    }
  }
  broker.on('message', onMessage)
  await subscribe(broker, [CLAIM_ANSWERS_TOPICS])

  return {
    ask(claim) {
      broker.publish(claimsTopicOf(claim.meter), formatClaim(claim), CLAIM)
    },
    async close() {
      if (broker.connected) await broker.unsubscribeAsync(CLAIM_ANSWERS_TOPICS)
      broker.off('message', onMessage)
    },
  }
}
