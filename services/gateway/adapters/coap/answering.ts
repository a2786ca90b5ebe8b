import { createHash } from 'node:crypto'
import { blockOf, blockOption, MAX_BLOCK_BYTES, MAX_BODY_BYTES, type Block } from './block.ts'
import type { CoapEndpointOptions, CoapPeer, CoapResponse } from './endpoint.ts'
import { bareResponse, OPTION, parseRequest, responseMessage, unknownCriticalOption } from './meaning.ts'
import type { CoapMessage } from './message.ts'

type Upload = { readonly key: string; readonly body: Buffer; readonly expiresAtMs: number }
type Download = { readonly key: string; readonly response: CoapResponse; readonly expiresAtMs: number }

const TRANSFER_MS = 60_000

/** Answers the requests of one peer: puts bodies together and takes them apart, one of each at a time. */
export function createAnswering(
  { onRequest, onDefect }: Pick<CoapEndpointOptions, 'onRequest' | 'onDefect'>,
  peer: CoapPeer,
): (message: CoapMessage) => Promise<CoapMessage> {
  let upload: Upload | null = null
  let download: Download | null = null

  /** The whole body, or the answer to a part of it. */
  const assemble = (message: CoapMessage, key: string, block: Block): Buffer | CoapResponse => {
    const isBegun = upload !== null && upload.key === key && upload.expiresAtMs > performance.now()
    const before = block.offset > 0 && isBegun ? upload!.body : Buffer.alloc(0)
    if (before.length !== block.offset) return bareResponse('4.08')
    if (before.length + message.payload.length > MAX_BODY_BYTES) return bareResponse('4.13')
    if (block.isMore && (message.payload.length === 0 || message.payload.length % block.size !== 0)) {
      return bareResponse('4.00')
    }
    const body = Buffer.concat([before, message.payload])
    upload = block.isMore ? { key, body, expiresAtMs: performance.now() + TRANSFER_MS } : null
    return block.isMore ? bareResponse('2.31') : body
  }

  const respond = async (message: CoapMessage): Promise<CoapResponse> => {
    if (unknownCriticalOption(message) !== null) return bareResponse('4.02')
    if (message.code > 7) return bareResponse('4.05')
    try {
      return await onRequest(peer, parseRequest(message))
    } catch (error) {
      onDefect(error)
      return bareResponse('5.00')
    }
  }

  return async (message) => {
    try {
      const key = keyOf(message)
      const block1 = blockOf(message, OPTION.block1)
      const echo = block1 === null ? [] : [blockOption(OPTION.block1, block1)]
      const assembled = block1 === null ? message.payload : assemble(message, key, block1)
      if (!Buffer.isBuffer(assembled)) return withOptions(assembled, message.token, echo)

      const block2 = blockOf(message, OPTION.block2)
      const isKept = download?.key === key && download.expiresAtMs > performance.now()
      const response =
        isKept && block2 !== null && block2.offset > 0
          ? download!.response
          : await respond({ ...message, payload: assembled })
      if (response.payload.length > MAX_BLOCK_BYTES || block2 !== null) {
        download = { key, response, expiresAtMs: performance.now() + TRANSFER_MS }
      }
      return partOf(response, message.token, block2, echo)
    } catch {
      return responseMessage(bareResponse('4.00'), message.token)
    }
  }
}

function partOf(response: CoapResponse, token: Buffer, asked: Block | null, echo: CoapMessage['options']): CoapMessage {
  const { payload } = response
  if (asked === null && payload.length <= MAX_BLOCK_BYTES) return withOptions(response, token, echo)
  const { offset, size } = asked ?? { offset: 0, size: MAX_BLOCK_BYTES }
  if (offset > 0 && offset >= payload.length) return responseMessage(bareResponse('4.02'), token)
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
  const kept = options.filter(({ number }) => number !== OPTION.block1 && number !== OPTION.block2)
  return `${code} ${kept.map(({ number, value }) => `${number}=${value.toString('hex')}`).join(' ')}`
}
