import { EventEmitter } from 'node:events'
import type { Request, Response } from 'express'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { createEventStream, type EventStream } from './event-stream.ts'

const options = { mostClients: 2, mostBufferedBytes: 1_000, heartbeatMs: 15_000 }
let stream: EventStream

function fakeClient() {
  const events = new EventEmitter()
  const written: string[] = []
  const response = Object.assign(events, {
    writableLength: 0,
    isDestroyed: false,
    isEnded: false,
    set: () => response,
    flushHeaders: () => undefined,
    write: (text: string) => written.push(text),
    end: () => {
      response.isEnded = true
    },
    destroy: () => {
      response.isDestroyed = true
      events.emit('close')
    },
  })
  return { response, written }
}

function connect({ response }: ReturnType<typeof fakeClient>): void {
  stream.connect({ method: 'GET' } as Request, response as unknown as Response)
}

afterEach(() => {
  stream.close()
  vi.useRealTimers()
})

describe('an event stream', () => {
  test('sends every event to every client, with a greeting first', () => {
    stream = createEventStream(options)
    stream.greetWith('health', { status: 'ok' })
    const clients = [fakeClient(), fakeClient()]
    clients.forEach(connect)
    stream.send('projection', { blockNumber: 1 })
    for (const { written } of clients) {
      expect(written.join('')).toBe(
        'retry: 1000\n\nevent: health\ndata: {"status":"ok"}\n\nid: 1\nevent: projection\ndata: {"blockNumber":1}\n\n',
      )
    }
  })

  test('refuses one client too many, until another leaves', () => {
    stream = createEventStream(options)
    const first = fakeClient()
    connect(first)
    connect(fakeClient())
    expect(() => connect(fakeClient())).toThrowError(expect.objectContaining({ code: 'too-many-streams' }))
    first.response.emit('close')
    expect(() => connect(fakeClient())).not.toThrow()
  })

  test('lets go of a client that does not read, and of no other', () => {
    stream = createEventStream(options)
    const slow = fakeClient()
    const quick = fakeClient()
    connect(slow)
    connect(quick)
    slow.response.writableLength = 999
    stream.send('projection', { blockNumber: 1 })
    expect([slow.response.isDestroyed, quick.response.isDestroyed]).toEqual([true, false])
    expect(quick.written).toHaveLength(2)
  })

  test('keeps quiet connections alive', () => {
    vi.useFakeTimers()
    stream = createEventStream(options)
    const client = fakeClient()
    connect(client)
    vi.advanceTimersByTime(30_000)
    expect(client.written.filter((text) => text.startsWith(':'))).toHaveLength(2)
  })

  test('ends every connection when it is closed', () => {
    stream = createEventStream(options)
    const client = fakeClient()
    connect(client)
    stream.close()
    expect(client.response.isEnded).toBe(true)
  })
})
