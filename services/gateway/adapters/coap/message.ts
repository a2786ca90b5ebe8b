import { DomainError } from '../../../domain/errors.ts'

/** What a message carries whatever brings it: code, token, options in ascending order, payload. */
export type CoapMessage = {
  /** Class and detail as one byte: 0x45 is 2.05. */
  readonly code: number
  readonly token: Buffer
  readonly options: readonly CoapOption[]
  readonly payload: Buffer
}

export type CoapOption = { readonly number: number; readonly value: Buffer }

export const DATAGRAM_TYPE = { confirmable: 0, nonConfirmable: 1, acknowledgement: 2, reset: 3 } as const

export type Datagram = {
  readonly type: 0 | 1 | 2 | 3
  readonly messageId: number
  readonly message: CoapMessage
}

export const NOTHING = Buffer.alloc(0)
export const EMPTY_MESSAGE: CoapMessage = { code: 0, token: NOTHING, options: [], payload: NOTHING }

const MAX_OPTIONS = 64

export function malformed(what: string): DomainError {
  return new DomainError('coap-malformed', `not a CoAP message: ${what}`)
}

/** Reads a datagram (RFC 7252 section 3); throws `coap-malformed`. */
export function parseDatagram(bytes: Buffer): Datagram {
  if (bytes.length < 4) throw malformed('shorter than its header')
  const first = bytes[0]!
  if (first >> 6 !== 1) throw malformed('its version is not 1')
  const tokenLength = first & 15
  const code = bytes[1]!
  if (tokenLength > 8 || 4 + tokenLength > bytes.length) throw malformed('its token is too long')
  if (code === 0 && bytes.length > 4) throw malformed('an empty message has a body')
  const token = bytes.subarray(4, 4 + tokenLength)
  const message = { code, token, ...parseBody(bytes.subarray(4 + tokenLength)) }
  return { type: ((first >> 4) & 3) as 0 | 1 | 2 | 3, messageId: bytes.readUInt16BE(2), message }
}

/** The message ID of a confirmable message that cannot be read, by which it is rejected; null for what is none. */
export function malformedIdOf(bytes: Buffer): number | null {
  const isConfirmable = bytes.length >= 4 && bytes[0]! >> 4 === 0x4
  return isConfirmable ? bytes.readUInt16BE(2) : null
}

export function formatDatagram({ type, messageId, message }: Datagram): Buffer {
  const head = Buffer.from([0x40 | (type << 4) | message.token.length, message.code, messageId >> 8, messageId & 255])
  return Buffer.concat([head, message.token, ...bodyOf(message)])
}

/** Reads options and payload as both framings have them; throws `coap-malformed`. */
export function parseBody(bytes: Buffer): Pick<CoapMessage, 'options' | 'payload'> {
  const options: CoapOption[] = []
  let position = 0
  let number = 0
  const extended = (nibble: number): number => {
    if (nibble < 13) return nibble
    const size = nibble - 12
    if (nibble === 15 || position + size > bytes.length) throw malformed('an option is cut short')
    const value = size === 1 ? bytes[position]! + 13 : bytes.readUInt16BE(position) + 269
    position += size
    return value
  }
  while (position < bytes.length) {
    const byte = bytes[position++]!
    if (byte === 0xff) {
      if (position === bytes.length) throw malformed('a payload marker without a payload')
      return { options, payload: bytes.subarray(position) }
    }
    number += extended(byte >> 4)
    const length = extended(byte & 15)
    if (number > 65_535 || position + length > bytes.length) throw malformed('an option is cut short')
    if (options.length === MAX_OPTIONS) throw malformed('too many options')
    options.push({ number, value: bytes.subarray(position, position + length) })
    position += length
  }
  return { options, payload: NOTHING }
}

/** Options and payload as bytes, in pieces. */
export function bodyOf({ options, payload }: CoapMessage): Buffer[] {
  const pieces: Buffer[] = []
  let last = 0
  for (const { number, value } of options.toSorted((a, b) => a.number - b.number)) {
    const delta = extension(number - last)
    const length = extension(value.length)
    pieces.push(Buffer.from([(delta.nibble << 4) | length.nibble, ...delta.bytes, ...length.bytes]), value)
    last = number
  }
  if (payload.length > 0) pieces.push(Buffer.from([0xff]), payload)
  return pieces
}

function extension(value: number): { readonly nibble: number; readonly bytes: readonly number[] } {
  if (value < 13) return { nibble: value, bytes: [] }
  if (value < 269) return { nibble: 13, bytes: [value - 13] }
  return { nibble: 14, bytes: [(value - 269) >> 8, (value - 269) & 255] }
}

/** An unsigned integer in as few bytes as it needs (RFC 7252 section 3.2). */
export function uintOption(number: number, value: number): CoapOption {
  const bytes: number[] = []
  for (let rest = value; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256)
  return { number, value: Buffer.from(bytes) }
}

/** The first option of that number as an unsigned integer; null where there is none. */
export function uintOf({ options }: CoapMessage, number: number): number | null {
  const value = options.find((option) => option.number === number)?.value
  if (value === undefined) return null
  if (value.length > 4) throw malformed(`option ${number} is no number`)
  return value.length === 0 ? 0 : value.readUIntBE(0, value.length)
}
