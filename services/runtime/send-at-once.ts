import { Socket } from 'node:net'
import type { MqttClient } from 'mqtt'

/** Keeps the network from holding back small messages, by 40 ms and more, in the hope of sending several as one. */
export function sendAtOnce(client: MqttClient): void {
  const apply = () => {
    if (client.stream instanceof Socket) client.stream.setNoDelay(true)
  }
  client.on('connect', apply)
  if (client.connected) apply()
}
