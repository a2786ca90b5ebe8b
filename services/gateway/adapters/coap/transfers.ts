import { blockOf, blockOption, bodyTooLarge, isBlockFilled, MAX_BLOCK_BYTES, MAX_BODY_BYTES } from './block.ts'
import type { Block } from './block.ts'
import type { CoapPeer, CoapRequest } from './endpoint.ts'
import type { Exchanges } from './exchanges.ts'
import { formatCode, requestMessage } from './meaning.ts'
import { malformed, NOTHING, type CoapMessage } from './message.ts'
import { OPTION } from './option-rules.ts'
import type { Surroundings } from './surroundings.ts'
import { unreachable } from './unreachable.ts'

/** Bodies to and from a peer, in blocks where they are large (RFC 7959). */
export type Transfers = {
  /** Sends a request; resolves to the answer to its last block. */
  readonly send: (request: CoapRequest, token: Buffer) => Promise<CoapMessage>
  /** Fetches what is missing of a response. */
  readonly complete: (request: CoapRequest, first: CoapMessage) => Promise<CoapMessage>
  readonly newToken: () => Buffer
}

type Means = {
  readonly transport: CoapPeer['transport']
  readonly exchange: Exchanges['exchange']
  readonly surroundings: Surroundings
}

/** For a whole body; whoever hands it out byte by byte is given up. */
const TRANSFER_PATIENCE_MS = 300_000
const TOKEN_BYTES = 8

export function createTransfers(means: Means): Transfers {
  return {
    send: (request, token) => send(means, request, token),
    complete: (request, first) => complete(means, request, first),
    newToken: () => newToken(means),
  }
}

async function send(means: Means, request: CoapRequest, token: Buffer): Promise<CoapMessage> {
  const whole = requestMessage(request, token)
  if (whole.payload.length > MAX_BODY_BYTES) throw bodyTooLarge()
  let size = MAX_BLOCK_BYTES
  if (whole.payload.length <= size) {
    const answer = await means.exchange(whole)
    const wished = smallerSizeOf(means, answer, size)
    if (wished === null) return answer
    size = wished
  }
  return sendBlocks(means, whole, size)
}

async function sendBlocks(means: Means, whole: CoapMessage, firstSize: number): Promise<CoapMessage> {
  const deadline = deadlineOf(means)
  let size = firstSize
  let offset = 0
  for (;;) {
    requireBefore(means, deadline)
    const isMore = offset + size < whole.payload.length
    const payload = whole.payload.subarray(offset, offset + size)
    const options = [...whole.options, blockOption(OPTION.block1, { offset, size, isMore })]
    const token = isMore ? newToken(means) : whole.token
    const answer = await means.exchange({ ...whole, token, options, payload })
    const wished = offset === 0 ? smallerSizeOf(means, answer, size) : null
    if (wished !== null) {
      size = wished
      continue
    }
    if (!isMore || formatCode(answer.code) !== '2.31') return answer
    offset += size
    // A peer may ask for smaller blocks from the next on; what it took so far is a multiple of theirs.
    size = Math.min(size, blockOf(answer, OPTION.block1, means.transport)?.size ?? size)
  }
}

/** The size of block for which a peer asks by 4.13 (RFC 7959 section 2.9.3); null where it asks for no smaller one. */
function smallerSizeOf({ transport }: Means, answer: CoapMessage, size: number): number | null {
  if (formatCode(answer.code) !== '4.13') return null
  const wished = blockOf(answer, OPTION.block1, transport)?.size ?? size
  return wished < size ? wished : null
}

async function complete(means: Means, request: CoapRequest, first: CoapMessage): Promise<CoapMessage> {
  let block = blockOf(first, OPTION.block2, means.transport)
  if (block === null) return first
  if (block.offset !== 0) throw malformed('a body does not begin with its first block')
  requireFilled(means, first, block)
  const deadline = deadlineOf(means)
  const pieces = [first.payload]
  let length = first.payload.length
  while (block.isMore) {
    if (length > MAX_BODY_BYTES) throw bodyTooLarge()
    requireBefore(means, deadline)
    const asked: Block = { offset: length, size: block.size, isMore: false }
    const answer = await fetchBlock(means, request, asked)
    if (answer.code !== first.code) throw malformed('the blocks of a body do not follow one another')
    if (!eTagOf(answer).equals(eTagOf(first))) throw malformed('a body changed between its blocks')
    pieces.push(answer.payload)
    length += answer.payload.length
    block = followingOf(means, answer, asked)
  }
  if (length > MAX_BODY_BYTES) throw bodyTooLarge()
  return { ...first, payload: Buffer.concat(pieces) }
}

function fetchBlock(means: Means, request: CoapRequest, asked: Block): Promise<CoapMessage> {
  const bare = requestMessage({ ...request, observe: null, payload: NOTHING }, newToken(means))
  return means.exchange({ ...bare, options: [...bare.options, blockOption(OPTION.block2, asked)] })
}

function followingOf(means: Means, answer: CoapMessage, asked: Block): Block {
  const block = blockOf(answer, OPTION.block2, means.transport)
  if (block === null || block.offset !== asked.offset) throw malformed('the blocks of a body do not follow one another')
  requireFilled(means, answer, block)
  return block
}

function requireFilled({ transport }: Means, { payload }: CoapMessage, block: Block): void {
  if (!isBlockFilled(payload.length, block, transport)) throw malformed('a block is not of its size')
}

function deadlineOf({ surroundings }: Means): number {
  return surroundings.clock.nowMs() + TRANSFER_PATIENCE_MS
}

function requireBefore({ surroundings }: Means, deadline: number): void {
  if (surroundings.clock.nowMs() > deadline) throw unreachable('it takes too long for a body')
}

function newToken({ surroundings }: Means): Buffer {
  return surroundings.random(TOKEN_BYTES)
}

function eTagOf(message: CoapMessage): Buffer {
  return message.options.find(({ number }) => number === OPTION.eTag)?.value ?? NOTHING
}
