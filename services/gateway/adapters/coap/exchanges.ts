import { DomainError } from '../../../domain/errors.ts'
import type { Channel } from './conversation.ts'
import { formatCode, isResponseCode } from './meaning.ts'
import { malformed, type CoapMessage } from './message.ts'
import { OPTION, unknownCriticalOption, withoutUnknownOptions } from './option-rules.ts'
import type { Surroundings } from './surroundings.ts'
import { unreachable } from './unreachable.ts'

/** Requests to a peer, one after the other (NSTART of RFC 7252 section 4.7 is 1). */
export type Exchanges = {
  readonly exchange: (message: CoapMessage) => Promise<CoapMessage>
  /** Takes a response where its token is waited for; one that cannot be understood fails its request. */
  readonly settle: (message: CoapMessage) => boolean
  readonly isAwaited: (token: Buffer) => boolean
  readonly close: () => void
  readonly isIdle: () => boolean
}

type Waiting = { readonly resolve: (message: CoapMessage) => void; readonly reject: (error: unknown) => void }
type State = {
  readonly channel: Channel
  readonly surroundings: Surroundings
  readonly waiting: Map<string, Waiting>
  queued: number
  isClosed: boolean
  turn: Promise<unknown>
  /** What the peer wants to hear again with the next request (RFC 9175). */
  echo: Buffer | null
}

const MAX_WAITING = 64
/** How long a peer that acknowledged a request may take to answer it. */
const ANSWER_PATIENCE_MS = 60_000

export function createExchanges(channel: Channel, surroundings: Surroundings): Exchanges {
  const waiting = new Map<string, Waiting>()
  const state: State = {
    channel,
    surroundings,
    waiting,
    queued: 0,
    isClosed: false,
    turn: Promise.resolve(),
    echo: null,
  }
  return {
    exchange: (message) => enqueue(state, message),
    settle: (message) => settle(state, message),
    isAwaited: (token) => waiting.has(keyOf(token)),
    close: () => {
      state.isClosed = true
      for (const { reject } of waiting.values()) reject(closed())
    },
    isIdle: () => state.queued === 0,
  }
}

function enqueue(state: State, message: CoapMessage): Promise<CoapMessage> {
  if (state.isClosed) return Promise.reject(closed())
  if (state.queued >= MAX_WAITING) {
    return Promise.reject(new DomainError('device-busy', `${MAX_WAITING} requests wait for the device already`))
  }
  state.queued += 1
  const result = state.turn.then(() => exchangeEchoing(state, message)).finally(() => (state.queued -= 1))
  state.turn = result.catch(() => undefined)
  return result
}

/** Says what the peer wants to hear again, and once more where it wanted to hear that first. */
async function exchangeEchoing(state: State, message: CoapMessage): Promise<CoapMessage> {
  const exchangeWithEcho = async (): Promise<CoapMessage> => {
    const echo = state.echo === null ? [] : [{ number: OPTION.echo, value: state.echo }]
    const answer = await exchangeNow(state, { ...message, options: [...message.options, ...echo] })
    state.echo = echoOf(answer)
    return answer
  }
  const answer = await exchangeWithEcho()
  return formatCode(answer.code) === '4.01' && state.echo !== null ? exchangeWithEcho() : answer
}

function echoOf({ options }: CoapMessage): Buffer | null {
  return options.find(({ number }) => number === OPTION.echo)?.value ?? null
}

function exchangeNow(state: State, message: CoapMessage): Promise<CoapMessage> {
  if (state.isClosed) return Promise.reject(closed())
  const key = keyOf(message.token)
  const { promise, resolve, reject } = Promise.withResolvers<CoapMessage>()
  const wait = (): (() => void) =>
    state.surroundings.clock.after(ANSWER_PATIENCE_MS, () => reject(unreachable('it does not answer')))
  let stopWaiting = (): void => undefined
  let isOver = false
  state.waiting.set(key, { resolve, reject })
  // Its retransmissions are the patience until the peer has it.
  state.channel.transmit(message).then(() => {
    if (!isOver) stopWaiting = wait()
  }, reject)
  return promise.finally(() => {
    isOver = true
    stopWaiting()
    state.waiting.delete(key)
  })
}

function settle({ waiting }: State, message: CoapMessage): boolean {
  const waits = waiting.get(keyOf(message.token))
  if (waits === undefined) return false
  const understood = withoutUnknownOptions(message)
  const critical = unknownCriticalOption(understood)
  if (!isResponseCode(message.code)) waits.reject(malformed('its code is of no answer'))
  else if (critical !== null) waits.reject(malformed(`its critical option ${critical} is unknown`))
  else waits.resolve(understood)
  return true
}

function keyOf(token: Buffer): string {
  return token.toString('latin1')
}

function closed(): DomainError {
  return unreachable('its connection is closed')
}
