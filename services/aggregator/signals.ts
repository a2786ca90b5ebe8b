import type { MqttClient } from 'mqtt'
import type { Operation } from './operation.ts'

/** Under which a home that decides for itself is told what is wished of its devices. */
export function signalTopicOf(memberId: number): string {
  return `commonwatt/v1/homes/${memberId}/signal`
}

export function signalOver(broker: Pick<MqttClient, 'publish'>): Operation['signal'] {
  return (memberId, message) => {
    // An empty message has the broker forget the one that it retained.
    broker.publish(signalTopicOf(memberId), message === null ? '' : JSON.stringify(message), { qos: 1, retain: true })
  }
}
