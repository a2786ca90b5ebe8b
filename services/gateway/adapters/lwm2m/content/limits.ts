import { malformed } from './malformed.ts'

/** In bytes; what a device says in one message, blocks put together. */
export const LARGEST_PAYLOAD = 65_536
export const MOST_ENTRIES = 4_096
/** In bytes of a text or of opaque data. */
export const LONGEST_VALUE = 8_192

export function requirePayloadSize(payload: Uint8Array): void {
  if (payload.length > LARGEST_PAYLOAD) {
    throw malformed(`it has ${payload.length} bytes, and ${LARGEST_PAYLOAD} at most are read`)
  }
}

export function requireValueSize(length: number, where: string): void {
  if (length > LONGEST_VALUE) throw malformed(`${where} has ${length} bytes, and ${LONGEST_VALUE} at most are read`)
}

/** Strict UTF-8; a byte order mark is text like any other. */
export function textOf(bytes: Uint8Array, where: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw malformed(`${where} is not UTF-8`)
  }
}

/** JSON as text, whatever is in it. */
export function jsonOf(payload: Uint8Array): unknown {
  const text = textOf(payload, 'the JSON')
  try {
    return JSON.parse(text)
  } catch {
    throw malformed('it is not JSON')
  }
}
