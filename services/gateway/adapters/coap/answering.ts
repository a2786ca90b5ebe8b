import { createHash } from 'node:crypto'
import { blockOf, blockOption, isBlockFilled, MAX_BLOCK_BYTES, MAX_BODY_BYTES, type Block } from './block.ts'
import type { CoapEndpointOptions, CoapPeer, CoapResponse } from './endpoint.ts'
import { bareResponse, parseRequest, responseMessage } from './meaning.ts'
import { uintOf, type CoapMessage } from './message.ts'
import { OPTION, unknownCriticalOption, withoutUnknownOptions } from './option-rules.ts'
import { createShelf, type Shelf } from './shelf.ts'
import { SURROUNDINGS, type Surroundings } from './surroundings.ts'

export type AnsweringOptions = Pick<CoapEndpointOptions, 'onRequest' | 'onDefect'> & {
  readonly surroundings?: Surroundings
  /** Where bodies on their way are kept; absent where a peer shares with none. */
  readonly shelf?: () => Shelf
}

/** Part of an upload, or all of a download, of which the rest is asked for. */
type Kept<T> = { readonly key: string; readonly content: T; readonly expiresAtMs: number; readonly letGo: () => void }
type Answering = Required<AnsweringOptions> & {
  readonly peer: CoapPeer
  upload: Kept<Buffer> | null
  download: Kept<CoapResponse> | null
}

export type AnswerTo = (message: CoapMessage) => Promise<CoapMessage>

const TRANSFER_MS = 60_000
/** GET and FETCH, which may be worked on again for each block. */
const SAFE_CODES: ReadonlySet<number> = new Set([1, 5])
/** What may differ from block to block. */
const OF_ONE_BLOCK: ReadonlySet<number> = new Set([
  OPTION.block1,
  OPTION.block2,
  OPTION.size1,
  OPTION.size2,
  OPTION.echo,
])

/** Answers the requests of one peer: puts bodies together and takes them apart, one of each at a time. */
export function createAnswering(options: AnsweringOptions, peer: CoapPeer): AnswerTo & { readonly close: () => void } {
  const own = createShelf(4 * MAX_BODY_BYTES)
  const answering: Answering = {
    surroundings: SURROUNDINGS,
    shelf: () => own,
    ...options,
    peer,
    upload: null,
    download: null,
  }
  const close = (): void => {
    answering.upload?.letGo()
    answering.download?.letGo()
  }
  return Object.assign((message: CoapMessage) => answerTo(answering, message), { close })
}

async function answerTo(answering: Answering, received: CoapMessage): Promise<CoapMessage> {
  const message = withoutUnknownOptions(received)
  if (unknownCriticalOption(message) !== null) return responseMessage(bareResponse('4.02'), message.token)
  try {
    const { transport } = answering.peer
    const key = keyOf(message)
    const block1 = blockOf(message, OPTION.block1, transport)
    const block2 = blockOf(message, OPTION.block2, transport)
    const echo = block1 === null ? [] : [blockOption(OPTION.block1, block1)]
    const assembled = block1 === null ? message.payload : assemble(answering, message, key, block1)
    if (!Buffer.isBuffer(assembled)) return withOptions(assembled, message.token, echo)

    const response = await responseTo(answering, { ...message, payload: assembled }, key, block2)
    return partOf(response, message.token, block2, echo)
  } catch {
    return responseMessage(bareResponse('4.00'), message.token)
  }
}

/** The whole body, or the answer to a part of it. */
function assemble(answering: Answering, message: CoapMessage, key: string, block: Block): Buffer | CoapResponse {
  const { upload, peer, surroundings, shelf } = answering
  const { payload } = message
  if (!isBlockFilled(payload.length, block, peer.transport)) return bareResponse('4.00')
  const isBegun = upload !== null && upload.key === key && upload.expiresAtMs > surroundings.clock.nowMs()
  const before = block.offset > 0 && isBegun ? upload.content : Buffer.alloc(0)
  if (before.length !== block.offset) return bareResponse('4.08')
  upload?.letGo()
  answering.upload = null
  const announced = uintOf(message, OPTION.size1) ?? 0
  if (Math.max(before.length + payload.length, announced) > MAX_BODY_BYTES) return bareResponse('4.13')
  const body = Buffer.concat([before, payload])
  if (!block.isMore) return body
  const letGo = shelf().keep(body.length, () => (answering.upload = null))
  answering.upload = { key, content: body, expiresAtMs: surroundings.clock.nowMs() + TRANSFER_MS, letGo }
  return bareResponse('2.31')
}

async function responseTo(
  answering: Answering,
  message: CoapMessage,
  key: string,
  asked: Block | null,
): Promise<CoapResponse> {
  const { download, surroundings, shelf } = answering
  if (asked !== null && asked.offset > 0) {
    if (download?.key === key && download.expiresAtMs > surroundings.clock.nowMs()) return download.content
    if (!SAFE_CODES.has(message.code)) return bareResponse('4.08')
  }
  const response = await respond(answering, message)
  answering.download?.letGo()
  answering.download = null
  if (response.payload.length > (asked?.size ?? MAX_BLOCK_BYTES)) {
    const letGo = shelf().keep(response.payload.length, () => (answering.download = null))
    answering.download = { key, content: response, expiresAtMs: surroundings.clock.nowMs() + TRANSFER_MS, letGo }
  }
  return response
}

async function respond({ peer, onRequest, onDefect }: Answering, message: CoapMessage): Promise<CoapResponse> {
  if (message.code > 7) return bareResponse('4.05')
  const request = parseRequest(message)
  try {
    return await onRequest(peer, request)
  } catch (error) {
    onDefect(error)
    return bareResponse('5.00')
  }
}

function partOf(response: CoapResponse, token: Buffer, asked: Block | null, echo: CoapMessage['options']): CoapMessage {
  const { payload } = response
  const { offset, size } = asked ?? { offset: 0, size: MAX_BLOCK_BYTES }
  // A refusal is whole, whichever block was asked for.
  if (payload.length === 0 || (asked === null && payload.length <= MAX_BLOCK_BYTES)) {
    const isPast = offset > 0 && response.code.startsWith('2')
    return isPast ? responseMessage(bareResponse('4.02'), token) : withOptions(response, token, echo)
  }
  if (offset >= payload.length) return responseMessage(bareResponse('4.02'), token)
  const block = { offset, size, isMore: offset + size < payload.length }
  const eTag = createHash('sha256').update(payload).digest().subarray(0, 8)
  const part = { ...response, payload: payload.subarray(offset, offset + size) }
  return withOptions(part, token, [...echo, blockOption(OPTION.block2, block), { number: OPTION.eTag, value: eTag }])
}

function withOptions(response: CoapResponse, token: Buffer, options: CoapMessage['options']): CoapMessage {
  const message = responseMessage(response, token)
  return { ...message, options: [...message.options, ...options] }
}

/** What is the same of all blocks of one transfer. */
function keyOf({ code, options }: CoapMessage): string {
  const kept = options.filter(({ number }) => !OF_ONE_BLOCK.has(number))
  return `${code} ${kept.map(({ number, value }) => `${number}=${value.toString('hex')}`).join(' ')}`
}
