import { createAnswering } from './answering.ts'
import { createConversation, unreachable, type Channel, type Conversation } from './conversation.ts'
import { DomainError } from '../../../domain/errors.ts'
import type { CoapEndpointOptions } from './endpoint.ts'
import { bareResponse, responseMessage } from './meaning.ts'
import { malformed, NOTHING, uintOf, uintOption, type CoapMessage, type CoapOption } from './message.ts'
import { createFrameReader, formatFrame } from './stream-framing.ts'

/** The messages of one connection (RFC 8323), without its socket. */
export type StreamChannel = {
  readonly conversation: Conversation
  readonly receive: (bytes: Buffer) => void
  /** Whether the peer said what it can do, which it must before all else. */
  readonly isIntroduced: () => boolean
  /** Tells the peer, and ends. */
  readonly release: () => void
  /** The connection is gone. */
  readonly close: () => void
}

export type StreamChannelOptions = Pick<CoapEndpointOptions, 'onRequest' | 'onDefect'> &
  Omit<Channel, 'transmit'> & {
    readonly write: (bytes: Buffer) => void
    /** Ends the connection once all is written. */
    readonly end: () => void
    readonly pause: () => void
    readonly resume: () => void
  }

export const SIGNAL = { csm: 0xe1, ping: 0xe2, pong: 0xe3, release: 0xe4, abort: 0xe5 } as const
/** Options of a CSM (RFC 8323 section 5.3) and of an abort (section 5.6). */
export const SIGNAL_OPTION = { maxMessageSize: 2, blockWiseTransfer: 4, badCsmOption: 2 } as const

/** What we take: more than a block and its options, so that a report need not come in blocks. */
export const MAX_MESSAGE_BYTES = 16_384
/** What a peer takes before it says more (RFC 8323 section 5.3.1). */
const BASE_MESSAGE_BYTES = 1_152
/** Nothing more is read while so much is worked on. */
const MAX_WORKED_ON = 32

export function createStreamChannel(options: StreamChannelOptions): StreamChannel {
  const reader = createFrameReader(MAX_MESSAGE_BYTES)
  let peerMaxBytes = BASE_MESSAGE_BYTES
  let isIntroduced = false
  let isClosed = false
  let workedOn = 0
  let isReading = false

  const write = (message: CoapMessage): void => {
    if (!isClosed) options.write(formatFrame(message))
  }

  const transmit = async (message: CoapMessage): Promise<void> => {
    if (isClosed) throw unreachable('its connection is closed')
    const bytes = formatFrame(message)
    if (bytes.length > peerMaxBytes) {
      throw new DomainError('coap-too-large', `the device takes messages of ${peerMaxBytes} bytes at most`)
    }
    options.write(bytes)
  }

  const conversation = createConversation({ ...options, transmit })
  const answer = createAnswering(options, conversation.peer)

  const close = (): void => {
    isClosed = true
    conversation.close()
  }

  const leave = (last: CoapMessage): void => {
    if (isClosed) return
    write(last)
    close()
    options.end()
  }

  const abort = (why: string, abortOptions: readonly CoapOption[] = []): void =>
    leave(signalMessage(SIGNAL.abort, abortOptions, NOTHING, Buffer.from(why)))

  const takeCsm = (message: CoapMessage): void => {
    const unknown = message.options.find(({ number }) => number % 2 === 1)
    if (unknown !== undefined) {
      return abort('a critical option is unknown', [uintOption(SIGNAL_OPTION.badCsmOption, unknown.number)])
    }
    peerMaxBytes = uintOf(message, SIGNAL_OPTION.maxMessageSize) ?? peerMaxBytes
    isIntroduced = true
  }

  const takeSignal = (message: CoapMessage): void => {
    if (message.code === SIGNAL.csm) return takeCsm(message)
    if (message.options.some(({ number }) => number % 2 === 1)) return abort('a critical option is unknown')
    if (message.code === SIGNAL.ping) write(signalMessage(SIGNAL.pong, [], message.token))
    else if (message.code === SIGNAL.release || message.code === SIGNAL.abort) {
      close()
      options.end()
    } else if (message.code !== SIGNAL.pong) abort('a signal is unknown')
  }

  const work = async (message: CoapMessage): Promise<void> => {
    if (message.code >> 5 === 0) {
      const answered = await answer(message)
      const fits = formatFrame(answered).length <= peerMaxBytes
      return write(fits ? answered : responseMessage(bareResponse('5.00'), message.token))
    }
    try {
      await conversation.take(message)
    } catch {
      // Nothing comes again within a connection: the device shall learn that this was not taken.
      abort('a notification could not be taken')
    }
  }

  const take = (message: CoapMessage): void => {
    const kind = message.code >> 5
    if (!isIntroduced && message.code !== SIGNAL.csm) return abort('a CSM must come first')
    if (kind === 7) return takeSignal(message)
    if (message.code === 0) return
    if (kind === 1 || kind === 3 || kind === 6) throw malformed('its code is reserved')
    workedOn += 1
    work(message)
      .finally(() => (workedOn -= 1))
      .then(read)
      .catch(options.onDefect)
  }

  const read = (): void => {
    if (isReading) return
    isReading = true
    try {
      while (!isClosed && workedOn < MAX_WORKED_ON) {
        const message = reader.next()
        if (message === null) break
        take(message)
      }
    } catch (error) {
      abort(error instanceof DomainError ? error.message : 'malformed')
    } finally {
      isReading = false
    }
    if (isClosed) return
    if (workedOn < MAX_WORKED_ON) options.resume()
    else options.pause()
  }

  write(
    signalMessage(SIGNAL.csm, [
      uintOption(SIGNAL_OPTION.maxMessageSize, MAX_MESSAGE_BYTES),
      { number: SIGNAL_OPTION.blockWiseTransfer, value: NOTHING },
    ]),
  )
  return {
    conversation,
    receive: (bytes) => {
      if (isClosed) return
      reader.push(bytes)
      read()
    },
    isIntroduced: () => isIntroduced,
    release: () => leave(signalMessage(SIGNAL.release)),
    close,
  }
}

/** A signal (RFC 8323 section 5). */
export function signalMessage(
  code: number,
  options: readonly CoapOption[] = [],
  token: Buffer = NOTHING,
  payload: Buffer = NOTHING,
): CoapMessage {
  return { code, token, options, payload }
}
