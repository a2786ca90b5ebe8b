import { EventEmitter } from 'node:events'
import { NO_MEASURES } from '../no-measures.ts'
import type { MqttClient } from 'mqtt'
import { expect, test } from 'vitest'
import { connectMeters } from './meter-connection.ts'

test('says when meters can be heard, when no more, and when again', async () => {
  const broker = Object.assign(new EventEmitter(), {
    connected: true,
    options: { protocolVersion: 4 },
    subscribeAsync: async () => {
      heard.push('subscribed')
      return []
    },
    unsubscribeAsync: async () => undefined,
  })
  const heard: string[] = []
  const disconnect = await connectMeters({
    broker: broker as unknown as MqttClient,
    measures: NO_MEASURES,
    group: 'group',
    onSubscribed: (how) => heard.push(how),
    receive: async () => null,
    mayAnswer: () => false,
    onRefused: () => undefined,
    onRegained: async () => void heard.push('regained'),
    onLost: () => heard.push('lost'),
    onDefect: () => undefined,
  })
  expect(heard).toEqual(['subscribed', 'plain', 'regained'])
  broker.emit('close')
  broker.emit('connect')
  expect(heard).toEqual(['subscribed', 'plain', 'regained', 'lost', 'regained'])
  await disconnect()
  broker.emit('close')
  expect(heard).toHaveLength(5)
})
