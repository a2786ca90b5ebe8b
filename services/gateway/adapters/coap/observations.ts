import { DomainError } from '../../../domain/errors.ts'
import type { CoapPeer, CoapRequest, CoapResponse } from './endpoint.ts'
import type { Exchanges } from './exchanges.ts'
import { isResponseCode, parseResponse, requestMessage } from './meaning.ts'
import { malformed, type CoapMessage } from './message.ts'
import { isFresher, type Seen } from './notification-order.ts'
import { unknownCriticalOption, withoutUnknownOptions } from './option-rules.ts'
import type { Surroundings } from './surroundings.ts'
import type { Transfers } from './transfers.ts'

/** Resources of a peer that are observed (RFC 7641). */
export type Observations = {
  readonly observe: CoapPeer['observe']
  /** Takes a notification: false where it is of no observation. Rejects where it was not taken and should come again. */
  readonly take: (message: CoapMessage) => Promise<boolean>
  readonly isOf: (token: Buffer) => boolean
  readonly close: () => void
  readonly isIdle: () => boolean
}

type OnNotification = (response: CoapResponse) => Promise<void>
type Observation = {
  readonly token: Buffer
  readonly request: CoapRequest
  readonly onNotification: OnNotification
  seen: Seen | null
}
type Means = {
  readonly transport: CoapPeer['transport']
  readonly exchange: Exchanges['exchange']
  readonly transfers: Transfers
  readonly surroundings: Surroundings
}
type State = Means & { readonly byToken: Map<string, Observation> }

const MAX_OBSERVATIONS = 64

export function createObservations(means: Means): Observations {
  const byToken = new Map<string, Observation>()
  const state: State = { ...means, byToken }
  return {
    observe: (request, onNotification) => observe(state, request, onNotification),
    take: (message) => take(state, message),
    isOf: (token) => byToken.has(keyOf(token)),
    close: () => byToken.clear(),
    isIdle: () => byToken.size === 0,
  }
}

async function observe(state: State, request: CoapRequest, onNotification: OnNotification) {
  const { byToken, transfers } = state
  const token = earlierTokenOf(state, request) ?? transfers.newToken()
  if (byToken.size >= MAX_OBSERVATIONS && !byToken.has(keyOf(token))) {
    throw new DomainError('device-busy', `${MAX_OBSERVATIONS} resources of the device are observed already`)
  }
  const observation: Observation = { token, request, onNotification, seen: null }
  byToken.set(keyOf(token), observation)
  try {
    const message = await transfers.send({ ...request, observe: 0 }, token)
    const first = parseResponse(await transfers.complete(request, message))
    if (isLast(first)) end(state, observation)
    else observation.seen ??= { sequence: first.observe!, atMs: state.surroundings.clock.nowMs() }
    return { first, cancel: () => cancel(state, observation) }
  } catch (error) {
    end(state, observation)
    throw error
  }
}

/** Who observes the same again registers anew with the same token (section 3.3.1): the later takes the earlier's place. */
function earlierTokenOf({ byToken }: State, request: CoapRequest): Buffer | null {
  const resource = resourceOf(request)
  for (const earlier of byToken.values()) if (resourceOf(earlier.request) === resource) return earlier.token
  return null
}

function resourceOf({ method, path, query, accept, contentFormat, payload }: CoapRequest): string {
  return JSON.stringify([method, path, query, accept, contentFormat, Buffer.from(payload).toString('base64')])
}

async function cancel(state: State, observation: Observation): Promise<void> {
  if (!end(state, observation)) return
  await state.exchange(requestMessage({ ...observation.request, observe: 1 }, observation.token))
}

/** Ends an observation unless another took its place. */
function end({ byToken }: State, observation: Observation): boolean {
  const key = keyOf(observation.token)
  return byToken.get(key) === observation && byToken.delete(key)
}

async function take(state: State, received: CoapMessage): Promise<boolean> {
  const observation = state.byToken.get(keyOf(received.token))
  if (observation === undefined) return false
  const message = withoutUnknownOptions(received)
  if (!isResponseCode(message.code) || unknownCriticalOption(message) !== null) {
    throw malformed('a notification is not understood')
  }
  const response = parseResponse(message)
  const last = observation.seen
  const seen = { sequence: response.observe ?? 0, atMs: state.surroundings.clock.nowMs() }
  const isOrdered = state.transport !== 'tls' && response.observe !== null
  if (isOrdered && last !== null && !isFresher(seen, last)) return true
  observation.seen = seen
  try {
    await observation.onNotification(parseResponse(await state.transfers.complete(observation.request, message)))
  } catch (error) {
    // It may come again, with the same sequence.
    if (observation.seen === seen) observation.seen = last
    throw error
  }
  if (isLast(response)) end(state, observation)
  return true
}

/** A refusal, or an answer without a sequence, is the last of its observation. */
function isLast({ code, observe: sequence }: CoapResponse): boolean {
  return sequence === null || !code.startsWith('2')
}

function keyOf(token: Buffer): string {
  return token.toString('latin1')
}
