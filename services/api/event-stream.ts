import type { Request, Response } from 'express'
import { DomainError } from '../domain/errors.ts'

export type EventStream = {
  /** Keeps the response open and sends it every event from now on. Throws `too-many-streams`. */
  connect(request: Request, response: Response): void
  send(event: 'projection' | 'health', data: unknown): void
  /** Sent to everyone who connects from now on, before anything else. */
  greetWith(event: 'projection' | 'health', data: unknown): void
  close(): void
}

type Options = { readonly mostClients: number; readonly mostBufferedBytes: number; readonly heartbeatMs: number }

/** Server-sent events to many clients. One that reads too slowly is let go, and reconnects when it likes. */
export function createEventStream({ mostClients, mostBufferedBytes, heartbeatMs }: Options): EventStream {
  const clients = new Set<Response>()
  const greetings = new Map<string, string>()
  let nextId = 1

  const write = (response: Response, text: string) => {
    if (response.writableLength + text.length > mostBufferedBytes) {
      clients.delete(response)
      response.destroy()
      return
    }
    response.write(text)
  }
  const writeToAll = (text: string) => {
    for (const response of clients) write(response, text)
  }
  const heartbeat = setInterval(() => writeToAll(': still here\n\n'), heartbeatMs)

  return {
    connect(request, response) {
      if (clients.size >= mostClients) {
        throw new DomainError('too-many-streams', `there are ${mostClients} listeners already`)
      }
      response.set({ 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no' })
      if (request.method === 'HEAD') {
        response.end()
        return
      }
      response.on('close', () => clients.delete(response))
      response.flushHeaders()
      clients.add(response)
      write(response, `retry: 1000\n\n${[...greetings.values()].join('')}`)
    },
    send(event, data) {
      writeToAll(`id: ${nextId++}\n${formatEvent(event, data)}`)
    },
    greetWith(event, data) {
      greetings.set(event, formatEvent(event, data))
    },
    close() {
      clearInterval(heartbeat)
      for (const response of clients) response.end()
      clients.clear()
    },
  }
}

function formatEvent(event: string, data: unknown): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`
}
