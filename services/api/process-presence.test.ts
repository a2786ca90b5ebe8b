import { describe, expect, test } from 'vitest'
import { createPresences } from './process-presence.ts'

const topic = 'commonwatt/v1/processes/gateway'

describe('createPresences', () => {
  test('remembers what a process said last', () => {
    const { latest, receive } = createPresences()
    receive(topic, Buffer.from('{"state":"up","since":1}'))
    receive(topic, Buffer.from('{"state":"down","since":2,"detail":"stopped"}'))
    expect([...latest]).toEqual([['gateway', { state: 'down', since: 2, detail: 'stopped' }]])
  })

  test('leaves aside what is no presence of a process that it knows', () => {
    const { latest, receive } = createPresences()
    receive(topic, Buffer.from('junk'))
    receive(topic, Buffer.from('{"state":"great","since":1}'))
    receive(topic, Buffer.alloc(0))
    receive('commonwatt/v1/processes/stranger', Buffer.from('{"state":"up","since":1}'))
    expect(latest.size).toBe(0)
  })
})
