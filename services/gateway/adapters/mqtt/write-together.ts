import type { MqttClient } from 'mqtt'

/**
 * Has what the client sends in one turn of the event loop written to its connection as one: with a system call for each
 * receipt and each acknowledgement, those would cost more than all the rest of a message.
 */
export function writeTogether(client: MqttClient): void {
  let held: MqttClient['stream'] | null = null
  client.on('packetsend', () => {
    const { stream } = client
    if (held === stream) return
    held = stream
    stream.cork()
    setImmediate(() => {
      if (held === stream) held = null
      stream.uncork()
    })
  })
}
