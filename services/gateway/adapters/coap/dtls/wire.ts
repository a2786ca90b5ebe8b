import { DomainError } from '../../../../domain/errors.ts'

/** DTLS 1.2 as it is written on the wire (RFC 6347 section 4.1). */
export const DTLS_1_2 = 0xfefd
/** What a HelloVerifyRequest names whatever is spoken later (RFC 6347 section 4.2.1). */
export const DTLS_1_0 = 0xfeff

export const CONTENT = { changeCipherSpec: 20, alert: 21, handshake: 22, applicationData: 23 } as const

export const ALERT = {
  closeNotify: 0,
  handshakeFailure: 40,
  illegalParameter: 47,
  decryptError: 51,
  protocolVersion: 70,
  noRenegotiation: 100,
} as const

export const ALERT_LEVEL = { warning: 1, fatal: 2 } as const

export function malformed(what: string): DomainError {
  return new DomainError('dtls-malformed', `not DTLS: ${what}`)
}

/** Reads numbers and vectors off bytes, never beyond their end: throws `dtls-malformed`. */
export type WireReader = {
  readonly uint: (size: number) => number
  readonly bytes: (size: number) => Buffer
  /** Bytes whose number goes before them, in so many bytes. */
  readonly vector: (sizeOfLength: number) => Buffer
  readonly isAtEnd: () => boolean
}

export function readerOf(bytes: Buffer): WireReader {
  let position = 0
  const take = (size: number): Buffer => {
    if (position + size > bytes.length) throw malformed('cut short')
    position += size
    return bytes.subarray(position - size, position)
  }
  const uint = (size: number): number => take(size).readUIntBE(0, size)
  return { uint, bytes: take, vector: (size) => take(uint(size)), isAtEnd: () => position === bytes.length }
}

export function uintBytes(value: number, size: number): Buffer {
  const bytes = Buffer.alloc(size)
  bytes.writeUIntBE(value, 0, size)
  return bytes
}

/** Bytes with their number before them, in so many bytes. */
export function vectorBytes(bytes: Buffer, sizeOfLength: number): Buffer {
  return Buffer.concat([uintBytes(bytes.length, sizeOfLength), bytes])
}

export function alertBytes(level: number, description: number): Buffer {
  return Buffer.from([level, description])
}
