import { malformed, DATAGRAM_TYPE, formatDatagram, type CoapMessage } from './message.ts'
import type { Surroundings } from './surroundings.ts'
import { unreachable } from './unreachable.ts'

/** Times of RFC 7252 section 4.8. */
export type Transmission = { readonly ackTimeoutMs: number; readonly maxRetransmit: number }
export const TRANSMISSION: Transmission = { ackTimeoutMs: 2_000, maxRetransmit: 4 }

/** Confirmable messages, sent again until the peer has them (RFC 7252 section 4.2). */
export type Retransmission = {
  readonly transmit: (message: CoapMessage) => Promise<void>
  readonly takeId: () => number
  /** Whether an acknowledgement is of a message of ours; one with the token of another fails it. */
  readonly acknowledge: (messageId: number, message: CoapMessage) => boolean
  /** A response says that its request arrived, though its acknowledgement may be lost (section 5.2.2). */
  readonly answer: (token: Buffer) => void
  readonly reset: (messageId: number) => void
  readonly close: () => void
}

type Unacknowledged = {
  readonly messageId: number
  readonly bytes: Buffer
  readonly token: Buffer
  readonly end: (error: Error | null) => void
  stopWaiting: () => void
  sent: number
}
type State = Required<Means> & { readonly unacknowledged: Map<number, Unacknowledged>; nextId: number }
type Means = {
  readonly send: (bytes: Buffer) => void
  readonly transmission: Transmission
  readonly surroundings: Surroundings
}

export function createRetransmission(means: Means): Retransmission {
  const unacknowledged = new Map<number, Unacknowledged>()
  const state: State = { ...means, unacknowledged, nextId: means.surroundings.random(2).readUInt16BE() }
  return {
    transmit: (message) => transmit(state, message),
    takeId: () => takeId(state),
    acknowledge: (messageId, message) => acknowledge(state, messageId, message),
    answer: (token) => {
      for (const sent of [...unacknowledged.values()]) if (sent.token.equals(token)) sent.end(null)
    },
    reset: (messageId) => unacknowledged.get(messageId)?.end(unreachable('it does not know of us')),
    close: () => {
      for (const { end } of [...unacknowledged.values()]) end(unreachable('its connection is closed'))
    },
  }
}

function takeId(state: State): number {
  return (state.nextId = (state.nextId + 1) & 0xffff)
}

function transmit(state: State, message: CoapMessage): Promise<void> {
  const messageId = takeId(state)
  const bytes = formatDatagram({ type: DATAGRAM_TYPE.confirmable, messageId, message })
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const sent: Unacknowledged = {
    messageId,
    bytes,
    token: message.token,
    end: (error) => {
      sent.stopWaiting()
      state.unacknowledged.delete(messageId)
      if (error === null) resolve()
      else reject(error)
    },
    stopWaiting: () => undefined,
    sent: 0,
  }
  state.unacknowledged.set(messageId, sent)
  const chance = state.surroundings.random(2).readUInt16BE() / 65_536
  attempt(state, sent, state.transmission.ackTimeoutMs * (1 + chance / 2))
  return promise
}

function attempt(state: State, sent: Unacknowledged, waitMs: number): void {
  if (sent.sent > state.transmission.maxRetransmit) return sent.end(unreachable('it acknowledges nothing'))
  sent.sent += 1
  sent.stopWaiting = state.surroundings.clock.after(waitMs, () => attempt(state, sent, waitMs * 2))
  state.send(sent.bytes)
}

function acknowledge({ unacknowledged }: State, messageId: number, message: CoapMessage): boolean {
  const sent = unacknowledged.get(messageId)
  if (sent === undefined) return false
  const isOfAnother = message.code !== 0 && !message.token.equals(sent.token)
  sent.end(isOfAnother ? malformed('it answers with the token of another request') : null)
  return !isOfAnother
}
