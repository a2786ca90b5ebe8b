import { malformed, readerOf, uintBytes } from './wire.ts'

export const MESSAGE = {
  clientHello: 1,
  serverHello: 2,
  helloVerifyRequest: 3,
  serverHelloDone: 14,
  clientKeyExchange: 16,
  finished: 20,
} as const

export type HandshakeMessage = { readonly type: number; readonly sequence: number; readonly body: Buffer }

/** A piece of a message (RFC 6347 section 4.2.2); a whole one begins at 0 and is as long as its message. */
export type HandshakeFragment = {
  readonly type: number
  readonly sequence: number
  readonly length: number
  readonly offset: number
  readonly bytes: Buffer
}

/** No message that a client sends here is longer. */
export const MAX_MESSAGE_BYTES = 2_048

/** The pieces of messages in a record; throws `dtls-malformed`. */
export function parseFragments(content: Buffer): HandshakeFragment[] {
  const reader = readerOf(content)
  const fragments: HandshakeFragment[] = []
  if (reader.isAtEnd()) throw malformed('a handshake record is empty')
  while (!reader.isAtEnd()) {
    const [type, length, sequence, offset] = [reader.uint(1), reader.uint(3), reader.uint(2), reader.uint(3)]
    const bytes = reader.vector(3)
    if (length > MAX_MESSAGE_BYTES) throw malformed('a handshake message is too long')
    if (offset + bytes.length > length) throw malformed('a fragment is longer than its message')
    fragments.push({ type, sequence, length, offset, bytes })
  }
  return fragments
}

/** The message of a fragment that is all of it; null of any other. */
export function wholeMessageOf({ type, sequence, length, bytes }: HandshakeFragment): HandshakeMessage | null {
  return bytes.length === length ? { type, sequence, body: bytes } : null
}

/** A message in one fragment: so it is sent here, and so it is hashed however it came (RFC 6347 section 4.2.6). */
export function formatMessage({ type, sequence, body }: HandshakeMessage): Buffer {
  const length = uintBytes(body.length, 3)
  return Buffer.concat([Buffer.from([type]), length, uintBytes(sequence, 2), uintBytes(0, 3), length, body])
}
