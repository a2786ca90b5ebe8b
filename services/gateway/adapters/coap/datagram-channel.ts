import { createAnswering } from './answering.ts'
import { createConversation, unreachable, type Channel, type Conversation } from './conversation.ts'
import type { CoapEndpointOptions } from './endpoint.ts'
import {
  DATAGRAM_TYPE,
  EMPTY_MESSAGE,
  formatDatagram,
  parseDatagram,
  type CoapMessage,
  type Datagram,
} from './message.ts'

/** Times of RFC 7252 section 4.8. */
export type Transmission = { readonly ackTimeoutMs: number; readonly maxRetransmit: number }
export const TRANSMISSION: Transmission = { ackTimeoutMs: 2_000, maxRetransmit: 4 }

/** The message layer of one peer (RFC 7252 section 4). */
export type DatagramChannel = {
  readonly conversation: Conversation
  /** Takes a datagram of the peer; one that is none is ignored. */
  readonly receive: (bytes: Buffer) => void
  readonly close: () => void
  readonly isIdle: () => boolean
}

export type DatagramChannelOptions = Pick<CoapEndpointOptions, 'onRequest' | 'onDefect'> &
  Omit<Channel, 'transmit'> & {
    readonly send: (bytes: Buffer) => void
    readonly transmission?: Transmission
  }

type Unacknowledged = { readonly succeed: () => void; readonly fail: (error: Error) => void }
/** The answer to a message once there is one; null while it is worked on. */
type Remembered = { answer: Buffer | null; readonly forgetAtMs: number }

const EXCHANGE_LIFETIME_MS = 247_000
const MAX_REMEMBERED = 32
const MAX_WORKED_ON = 16

export function createDatagramChannel(options: DatagramChannelOptions): DatagramChannel {
  const { ackTimeoutMs, maxRetransmit } = options.transmission ?? TRANSMISSION
  const unacknowledged = new Map<number, Unacknowledged>()
  const remembered = new Map<number, Remembered>()
  let nextId = Math.floor(Math.random() * 65_536)
  let workedOn = 0
  let isClosed = false

  const takeId = (): number => (nextId = (nextId + 1) & 0xffff)

  const transmit = (message: CoapMessage): Promise<void> => {
    const messageId = takeId()
    const bytes = formatDatagram({ type: DATAGRAM_TYPE.confirmable, messageId, message })
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    let timer: NodeJS.Timeout
    let sent = 0
    const attempt = (waitMs: number): void => {
      if (sent > maxRetransmit) return unacknowledged.get(messageId)?.fail(unreachable('it acknowledges nothing'))
      sent += 1
      options.send(bytes)
      timer = setTimeout(() => attempt(waitMs * 2), waitMs)
    }
    const end = (): void => {
      clearTimeout(timer)
      unacknowledged.delete(messageId)
    }
    unacknowledged.set(messageId, {
      succeed: () => (end(), resolve()),
      fail: (error) => (end(), reject(error)),
    })
    attempt(ackTimeoutMs * (1 + Math.random() / 2))
    return promise
  }

  const conversation = createConversation({ ...options, transmit })
  const answer = createAnswering(options, conversation.peer)

  const sendEmpty = (type: 2 | 3, messageId: number): Buffer => {
    const bytes = formatDatagram({ type, messageId, message: EMPTY_MESSAGE })
    options.send(bytes)
    return bytes
  }

  const work = async ({ type, messageId, message }: Datagram): Promise<Buffer> => {
    const isConfirmable = type === DATAGRAM_TYPE.confirmable
    if (message.code >> 5 === 0) {
      const answered = await answer(message)
      const bytes = formatDatagram({
        type: isConfirmable ? DATAGRAM_TYPE.acknowledgement : DATAGRAM_TYPE.nonConfirmable,
        messageId: isConfirmable ? messageId : takeId(),
        message: answered,
      })
      if (!isClosed) options.send(bytes)
      return bytes
    }
    const isKnown = await conversation.take(message)
    if (isClosed || (isKnown && !isConfirmable)) return Buffer.alloc(0)
    return sendEmpty(isKnown ? DATAGRAM_TYPE.acknowledgement : DATAGRAM_TYPE.reset, messageId)
  }

  const receiveNew = (datagram: Datagram): void => {
    const { messageId } = datagram
    const earlier = remembered.get(messageId)
    if (earlier !== undefined && earlier.forgetAtMs > performance.now()) {
      if (earlier.answer !== null && earlier.answer.length > 0) options.send(earlier.answer)
      return
    }
    if (workedOn >= MAX_WORKED_ON) return
    const entry: Remembered = { answer: null, forgetAtMs: performance.now() + EXCHANGE_LIFETIME_MS }
    remembered.delete(messageId)
    remembered.set(messageId, entry)
    if (remembered.size > MAX_REMEMBERED) remembered.delete(remembered.keys().next().value!)
    workedOn += 1
    work(datagram)
      .then(
        (bytes) => void (entry.answer = bytes),
        // Not acknowledged: the peer sends it again, and it is new then.
        () => void remembered.delete(messageId),
      )
      .finally(() => (workedOn -= 1))
      .catch(options.onDefect)
  }

  const receive = (bytes: Buffer): void => {
    let datagram: Datagram
    try {
      datagram = parseDatagram(bytes)
    } catch {
      return
    }
    const { type, messageId, message } = datagram
    if (type === DATAGRAM_TYPE.reset) {
      unacknowledged.get(messageId)?.fail(unreachable('it does not know of us'))
    } else if (type === DATAGRAM_TYPE.acknowledgement) {
      const sent = unacknowledged.get(messageId)
      if (sent === undefined) return
      sent.succeed()
      // A piggybacked answer to an observation's request is no notification: its token is waited for.
      if (message.code !== 0) conversation.take(message).catch(options.onDefect)
    } else if (message.code === 0) {
      if (type === DATAGRAM_TYPE.confirmable) sendEmpty(DATAGRAM_TYPE.reset, messageId)
    } else {
      receiveNew(datagram)
    }
  }

  return {
    conversation,
    receive,
    close: () => {
      isClosed = true
      conversation.close()
      for (const { fail } of [...unacknowledged.values()]) fail(unreachable('its connection is closed'))
    },
    isIdle: () => workedOn === 0 && conversation.isIdle(),
  }
}
