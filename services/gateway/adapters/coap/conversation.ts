import { randomBytes } from 'node:crypto'
import { DomainError } from '../../../domain/errors.ts'
import { bodyTooLarge, blockOf, blockOption, MAX_BLOCK_BYTES, MAX_BODY_BYTES } from './block.ts'
import type { CoapPeer, CoapRequest, CoapResponse } from './endpoint.ts'
import { formatCode, OPTION, parseResponse, requestMessage } from './meaning.ts'
import { malformed, NOTHING, type CoapMessage, type CoapOption } from './message.ts'
import { isFresher, type Seen } from './notification-order.ts'

/** How a conversation's messages reach its peer. */
export type Channel = {
  readonly transport: CoapPeer['transport']
  readonly address: string
  readonly identity: string | null
  /** Resolves once the peer has the message, as far as can be known; rejects with `device-unreachable`. */
  readonly transmit: (message: CoapMessage) => Promise<void>
}

export type Conversation = {
  readonly peer: CoapPeer
  /** Takes a response: false where nobody waits for it. Rejects where it could not be taken and should come again. */
  readonly take: (message: CoapMessage) => Promise<boolean>
  /** Fails what is still waited for. */
  readonly close: () => void
  readonly isIdle: () => boolean
}

type Waiting = { readonly resolve: (message: CoapMessage) => void; readonly reject: (error: unknown) => void }
type Observation = {
  readonly request: CoapRequest
  readonly onNotification: (response: CoapResponse) => Promise<void>
  seen: Seen | null
}

const MAX_WAITING = 64
const MAX_OBSERVATIONS = 64
/** How long a peer that acknowledged a request may take to answer it. */
const ANSWER_PATIENCE_MS = 60_000

export function unreachable(why: string): DomainError {
  return new DomainError('device-unreachable', `the device cannot be reached: ${why}`)
}

/** What one endpoint asks of a peer: requests one after the other, and observations. */
export function createConversation(channel: Channel): Conversation {
  const waiting = new Map<string, Waiting>()
  const observations = new Map<string, Observation>()
  let queued = 0
  let isClosed = false
  // RFC 7252 section 4.7: one outstanding request a peer.
  let turn: Promise<unknown> = Promise.resolve()

  const exchange = (message: CoapMessage): Promise<CoapMessage> => {
    if (isClosed) return Promise.reject(unreachable('its connection is closed'))
    if (queued >= MAX_WAITING) {
      return Promise.reject(new DomainError('device-busy', `${MAX_WAITING} requests wait for the device already`))
    }
    queued += 1
    const result = turn.then(() => exchangeNow(message)).finally(() => (queued -= 1))
    turn = result.catch(() => undefined)
    return result
  }

  const exchangeNow = (message: CoapMessage): Promise<CoapMessage> => {
    if (isClosed) return Promise.reject(unreachable('its connection is closed'))
    const key = message.token.toString('latin1')
    const { promise, resolve, reject } = Promise.withResolvers<CoapMessage>()
    waiting.set(key, { resolve, reject })
    const patience = setTimeout(() => reject(unreachable('it does not answer')), ANSWER_PATIENCE_MS)
    channel.transmit(message).then(() => patience.refresh(), reject)
    return promise.finally(() => {
      clearTimeout(patience)
      waiting.delete(key)
    })
  }

  /** Sends the body in blocks where it is large, and resolves to the answer to its last. */
  const send = async (request: CoapRequest, token: Buffer): Promise<CoapMessage> => {
    const whole = requestMessage(request, token)
    if (whole.payload.length > MAX_BODY_BYTES) throw bodyTooLarge()
    if (whole.payload.length <= MAX_BLOCK_BYTES) return exchange(whole)
    let size = MAX_BLOCK_BYTES
    let offset = 0
    for (;;) {
      const isMore = offset + size < whole.payload.length
      const payload = whole.payload.subarray(offset, offset + size)
      const options = [...whole.options, blockOption(OPTION.block1, { offset, size, isMore })]
      const answer = await exchange({ ...whole, token: isMore ? newToken() : token, options, payload })
      if (!isMore || formatCode(answer.code) !== '2.31') return answer
      offset += size
      // A peer may ask for smaller blocks from the next on; what it took so far is a multiple of theirs.
      size = Math.min(size, blockOf(answer, OPTION.block1)?.size ?? size)
    }
  }

  /** Fetches what is missing of a response in blocks. */
  const complete = async (request: CoapRequest, first: CoapMessage): Promise<CoapMessage> => {
    let block = blockOf(first, OPTION.block2)
    if (block === null || !block.isMore) return first
    if (block.offset !== 0) throw malformed('a body does not begin with its first block')
    const pieces = [first.payload]
    let length = first.payload.length
    while (block.isMore) {
      if (length > MAX_BODY_BYTES) throw bodyTooLarge()
      if (length === 0 || length % block.size !== 0) throw malformed('a block is not of its size')
      const asked: CoapOption = blockOption(OPTION.block2, { offset: length, size: block.size, isMore: false })
      const bare = requestMessage({ ...request, observe: null, payload: NOTHING }, newToken())
      const answer = await exchange({ ...bare, options: [...bare.options, asked] })
      const next = blockOf(answer, OPTION.block2)
      if (answer.code !== first.code || next === null || next.offset !== length) {
        throw malformed('the blocks of a body do not follow one another')
      }
      if (!eTagOf(answer).equals(eTagOf(first))) throw malformed('a body changed between its blocks')
      if (next.isMore && answer.payload.length === 0) throw malformed('a block is empty')
      pieces.push(answer.payload)
      length += answer.payload.length
      block = next
    }
    return { ...first, payload: Buffer.concat(pieces) }
  }

  const notify = async (key: string, observation: Observation, message: CoapMessage): Promise<void> => {
    const response = parseResponse(message)
    const last = observation.seen
    const seen = { sequence: response.observe ?? 0, atMs: performance.now() }
    const isOrdered = channel.transport !== 'tls' && response.observe !== null
    if (isOrdered && last !== null && !isFresher(seen, last)) return
    observation.seen = seen
    try {
      const whole = parseResponse(await complete(observation.request, message))
      await observation.onNotification(whole)
    } catch (error) {
      // It may come again, with the same sequence.
      if (observation.seen === seen) observation.seen = last
      throw error
    }
    if (response.observe === null || message.code >> 5 !== 2) observations.delete(key)
  }

  const observe: CoapPeer['observe'] = async (request, onNotification) => {
    if (observations.size >= MAX_OBSERVATIONS) {
      throw new DomainError('device-busy', `${MAX_OBSERVATIONS} resources of the device are observed already`)
    }
    const token = newToken()
    const key = token.toString('latin1')
    const observation: Observation = { request, onNotification, seen: null }
    observations.set(key, observation)
    try {
      const message = await send({ ...request, observe: 0 }, token)
      const first = parseResponse(await complete(request, message))
      if (first.observe === null || message.code >> 5 !== 2) observations.delete(key)
      else observation.seen ??= { sequence: first.observe, atMs: performance.now() }
      const cancel = async (): Promise<void> => {
        if (!observations.delete(key) || isClosed) return
        await exchange(requestMessage({ ...request, observe: 1 }, token))
      }
      return { first, cancel }
    } catch (error) {
      observations.delete(key)
      throw error
    }
  }

  return {
    peer: {
      transport: channel.transport,
      address: channel.address,
      identity: channel.identity,
      request: async (request) => parseResponse(await complete(request, await send(request, newToken()))),
      observe,
    },
    take: async (message) => {
      const key = message.token.toString('latin1')
      const waits = waiting.get(key)
      if (waits !== undefined) {
        waits.resolve(message)
        return true
      }
      const observation = observations.get(key)
      if (observation === undefined) return false
      await notify(key, observation, message)
      return true
    },
    close: () => {
      isClosed = true
      observations.clear()
      for (const { reject } of waiting.values()) reject(unreachable('its connection is closed'))
    },
    isIdle: () => queued === 0 && observations.size === 0,
  }
}

function newToken(): Buffer {
  return randomBytes(8)
}

function eTagOf(message: CoapMessage): Buffer {
  return message.options.find(({ number }) => number === OPTION.eTag)?.value ?? Buffer.alloc(0)
}
