import type { HandshakeFragment, HandshakeMessage } from './handshake-message.ts'

/** Puts one message together whose pieces come in any order, overlap or come again. */
export type Reassembly = {
  /** The message once all of it is there; null before. A piece that contradicts the first is ignored. */
  readonly take: (fragment: HandshakeFragment) => HandshakeMessage | null
}

/** @param maxBytes What a longer message is ignored for. */
export function createReassembly(type: number, sequence: number, maxBytes: number): Reassembly {
  let body: Buffer | null = null
  let isThere = new Uint8Array()

  return {
    take: (fragment) => {
      const { length, offset, bytes } = fragment
      if (fragment.type !== type || fragment.sequence !== sequence || length > maxBytes) return null
      if (body === null) {
        body = Buffer.alloc(length)
        isThere = new Uint8Array(length)
      }
      if (length !== body.length || offset + bytes.length > length) return null
      bytes.copy(body, offset)
      isThere.fill(1, offset, offset + bytes.length)
      return isThere.includes(0) ? null : { type, sequence, body }
    },
  }
}
