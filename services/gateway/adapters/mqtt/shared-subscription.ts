import type { IClientSubscribeOptions, MqttClient } from 'mqtt'
import { DomainError } from '../../../domain/errors.ts'

type Subscriber = Pick<MqttClient, 'options' | 'on' | 'off' | 'publishAsync' | 'subscribeAsync' | 'unsubscribeAsync'>

/** What a broker kept for whoever comes later is not sent: the meter sends it again until it has a receipt. */
const NOT_RETAINED = 2
const GRANTED_AT_MOST = 2

/**
 * Whether a message published under a topic of the group's shared subscription comes back within the time: there are
 * brokers that grant such a subscription and deliver nothing. `probe` is a word that nobody else uses now.
 */
export async function deliversShared(
  broker: Subscriber,
  { group, probe, patienceMs }: { readonly group: string; readonly probe: string; readonly patienceMs: number },
): Promise<boolean> {
  if (broker.options.protocolVersion !== 5) return false
  const topic = `commonwatt/v1/processes/gateway/probes/${probe}`
  const { promise: arrived, resolve } = Promise.withResolvers<boolean>()
  const onMessage = (from: string): void => {
    if (from === topic) resolve(true)
  }
  const timer = setTimeout(() => resolve(false), patienceMs)
  broker.on('message', onMessage)
  try {
    if (!(await subscribeShared(broker, group, topic))) return false
    await broker.publishAsync(topic, probe, { qos: 1 })
    return await arrived
  } finally {
    clearTimeout(timer)
    broker.off('message', onMessage)
    await broker.unsubscribeAsync(sharedTopicOf(group, topic)).catch(() => undefined)
  }
}

/** The name under which the members of a group divide what comes under the topic. */
export function sharedTopicOf(group: string, topic: string): string {
  return `$share/${group}/${topic}`
}

/** Subscribes by quality of service 1. Throws `broker-subscription-refused`, where the broker does not let it. */
export async function subscribe(broker: Subscriber, topics: readonly string[]): Promise<void> {
  const granted = await broker.subscribeAsync([...topics], optionsFor(broker)).catch((error: unknown) => {
    throw refused(topics, error instanceof Error ? error.message : String(error))
  })
  const denied = granted.filter(({ qos }) => qos > GRANTED_AT_MOST).map(({ topic }) => topic)
  if (denied.length > 0) throw refused(denied, 'denied')
}

async function subscribeShared(broker: Subscriber, group: string, topic: string): Promise<boolean> {
  return subscribe(broker, [sharedTopicOf(group, topic)]).then(
    () => true,
    () => false,
  )
}

function optionsFor(broker: Pick<MqttClient, 'options'>): IClientSubscribeOptions {
  return broker.options.protocolVersion === 5 ? { qos: 1, rh: NOT_RETAINED } : { qos: 1 }
}

function refused(topics: readonly string[], reason: string): DomainError {
  return new DomainError(
    'broker-subscription-refused',
    `the MQTT broker does not let the gateway subscribe to ${topics.join(', ')} (${reason})`,
  )
}
