import { bodyTooLarge } from './block.ts'
import { bodyOf, malformed, parseBody, type CoapMessage } from './message.ts'

/** Takes messages off a stream of bytes (RFC 8323 section 3.2), no more than are asked for. */
export type FrameReader = {
  readonly push: (bytes: Buffer) => void
  /** The next message; null until all of it is there. Throws `coap-malformed` or `coap-too-large`. */
  readonly next: () => CoapMessage | null
}

type Frame = { readonly tokenLength: number; readonly headLength: number; readonly length: number }

/** Where the length begins that so many bytes after the first one hold. */
const EXTENDED = [
  { bytes: 1, from: 13 },
  { bytes: 2, from: 269 },
  { bytes: 4, from: 65_805 },
] as const

/** @param maxBytes Of a message with its head. */
export function createFrameReader(maxBytes: number): FrameReader {
  let chunks: Buffer[] = []
  let buffered = 0
  /** Nothing is looked at before so many bytes are there. */
  let wanted = 2

  const gathered = (): Buffer => {
    const bytes = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)
    chunks = [bytes]
    return bytes
  }

  return {
    push: (bytes) => {
      chunks.push(bytes)
      buffered += bytes.length
    },
    next: () => {
      if (buffered < wanted) return null
      const bytes = gathered()
      const frame = frameOf(bytes)
      if (frame === null) {
        wanted = 1 + EXTENDED.at(-1)!.bytes + 1
        return null
      }
      if (frame.length > maxBytes) throw bodyTooLarge()
      wanted = frame.length
      if (buffered < wanted) return null
      buffered -= frame.length
      chunks = buffered === 0 ? [] : [bytes.subarray(frame.length)]
      wanted = 2
      return messageOf(bytes, frame)
    },
  }
}

/** How long the message is that bytes begin with; null where its head is not all there. */
function frameOf(bytes: Buffer): Frame | null {
  const nibble = bytes[0]! >> 4
  const tokenLength = bytes[0]! & 15
  if (tokenLength > 8) throw malformed('its token is too long')
  const extended = EXTENDED[nibble - 13]
  const headLength = 2 + (extended?.bytes ?? 0)
  if (bytes.length < headLength) return null
  const bodyLength = extended === undefined ? nibble : bytes.readUIntBE(1, extended.bytes) + extended.from
  return { tokenLength, headLength, length: headLength + tokenLength + bodyLength }
}

function messageOf(bytes: Buffer, { tokenLength, headLength, length }: Frame): CoapMessage {
  const code = bytes[headLength - 1]!
  const body = headLength + tokenLength
  return { code, token: bytes.subarray(headLength, body), ...parseBody(bytes.subarray(body, length)) }
}

export function formatFrame(message: CoapMessage): Buffer {
  const body = Buffer.concat(bodyOf(message))
  const which = EXTENDED.findLastIndex(({ from }) => body.length >= from)
  const extended = EXTENDED[which]
  const length = Buffer.alloc(extended?.bytes ?? 0)
  if (extended !== undefined) length.writeUIntBE(body.length - extended.from, 0, extended.bytes)
  const nibble = extended === undefined ? body.length : 13 + which
  const first = Buffer.from([(nibble << 4) | message.token.length])
  return Buffer.concat([first, length, Buffer.from([message.code]), message.token, body])
}
