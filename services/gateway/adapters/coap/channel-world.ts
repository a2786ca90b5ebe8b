import { createDatagramChannel, type DatagramChannel, type DatagramChannelOptions } from './datagram-channel.ts'
import type { CoapRequest, CoapResponse } from './endpoint.ts'
import { bareResponse, requestMessage, responseMessage } from './meaning.ts'
import { formatDatagram, parseDatagram, type CoapMessage, type CoapOption, type Datagram } from './message.ts'
import type { Clock, Surroundings } from './surroundings.ts'

export const GET: CoapRequest = {
  method: 'GET',
  path: ['3', '0'],
  query: [],
  contentFormat: null,
  accept: null,
  observe: null,
  payload: new Uint8Array(),
}

export function content(payload: Uint8Array | string, observe: number | null = null): CoapResponse {
  return { ...bareResponse('2.05'), payload: Buffer.from(payload), observe }
}

/** A request as a message with further options. */
export function asked(token: string, request: Partial<CoapRequest> = {}, options: CoapOption[] = []): CoapMessage {
  const message = requestMessage({ ...GET, ...request }, Buffer.from(token))
  return { ...message, options: [...message.options, ...options] }
}

/** A response as a message with further options. */
export function answered(token: Buffer, response: CoapResponse, options: CoapOption[] = []): CoapMessage {
  const message = responseMessage(response, token)
  return { ...message, options: [...message.options, ...options] }
}

export type ManualClock = Clock & {
  /** Lets time pass, and everything happen that was to happen by then. */
  readonly pass: (ms: number) => Promise<void>
}

export function createManualClock(): ManualClock {
  const planned = new Set<{ readonly atMs: number; readonly run: () => void }>()
  let nowMs = 0
  return {
    nowMs: () => nowMs,
    after: (delayMs, run) => {
      const plan = { atMs: nowMs + delayMs, run }
      planned.add(plan)
      return () => void planned.delete(plan)
    },
    pass: async (ms) => {
      const untilMs = nowMs + ms
      for (;;) {
        await allElse()
        const next = [...planned].sort((a, b) => a.atMs - b.atMs)[0]
        if (next === undefined || next.atMs > untilMs) break
        planned.delete(next)
        nowMs = next.atMs
        next.run()
      }
      nowMs = untilMs
    },
  }
}

/** Resolves once all promises that can have, without time passing, resolved. */
export function allElse(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** Bytes that differ from call to call, the same in each run. */
export function createCountingRandom(): Surroundings['random'] {
  let count = 0
  return (size) => {
    const bytes = Buffer.alloc(Math.max(size, 4))
    bytes.writeUInt32BE(++count, bytes.length - 4)
    return bytes.subarray(bytes.length - size)
  }
}

export type ChannelWorld = {
  readonly channel: DatagramChannel
  readonly clock: ManualClock
  /** What went out and was not looked at yet. */
  readonly sent: () => Datagram[]
  /** Has the peer say something, and everything happen that follows from it. */
  readonly hear: (type: Datagram['type'], messageId: number, message: CoapMessage) => Promise<void>
  readonly defects: unknown[]
}

/** A channel whose peer and time are the test's; what our own code gets wrong is in `defects`. */
export function openChannelWorld(options: Partial<DatagramChannelOptions> = {}): ChannelWorld {
  const clock = createManualClock()
  const outgoing: Buffer[] = []
  const defects: unknown[] = []
  const channel = createDatagramChannel({
    transport: 'udp',
    address: '192.0.2.1:5683',
    identity: null,
    onRequest: async () => bareResponse('2.04'),
    onDefect: (error) => defects.push(error),
    send: (bytes) => outgoing.push(bytes),
    surroundings: { clock, random: createCountingRandom() },
    ...options,
  })
  return {
    channel,
    clock,
    defects,
    sent: () => outgoing.splice(0).map(parseDatagram),
    hear: async (type, messageId, message) => {
      channel.receive(formatDatagram({ type, messageId, message }))
      await allElse()
    },
  }
}
