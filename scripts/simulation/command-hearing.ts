import type { MqttClient } from 'mqtt'
import { z } from 'zod'
import type { CommandAnswer } from '../../services/domain/devices/command.ts'
import { commandAction } from '../../services/domain/devices/command-action.ts'
import type { Obey } from './fleet-part.ts'

const command = z.object({ id: z.string(), expiresAt: z.number(), action: commandAction })

/** Has a device do what it is told over MQTT, each id once, and answer each time. Resolves once it hears. */
export async function hearCommands(client: MqttClient, address: string, obey: Obey): Promise<void> {
  const answers = new Map<string, CommandAnswer>()
  const commands = `commonwatt/v1/meters/${address}/commands`
  client.on('message', (topic, payload) => {
    if (topic !== commands) return
    const { id, action } = command.parse(JSON.parse(payload.toString()))
    const answer = answers.get(id) ?? obey(address, action)
    answers.set(id, answer)
    client.publish(`commonwatt/v1/meters/${address}/command-answers`, JSON.stringify({ id, ...answer }), { qos: 1 })
  })
  await client.subscribeAsync(commands, { qos: 1 })
}
