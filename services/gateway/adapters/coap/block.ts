import { DomainError } from '../../../domain/errors.ts'
import type { CoapPeer } from './endpoint.ts'
import { malformed, uintOf, uintOption, type CoapMessage, type CoapOption } from './message.ts'

/** Where a block lies in its body (RFC 7959), or in a run of blocks of 1024 bytes (RFC 8323 section 6). */
export type Block = { readonly offset: number; readonly size: number; readonly isMore: boolean }

export const MAX_BLOCK_BYTES = 1_024
/** A body in blocks is no larger; what is larger is refused. */
export const MAX_BODY_BYTES = 65_536

/** Exponent of runs of blocks, which only a stream carries. */
const RUN = 7

/** The block that a message's option names; null where there is none. Throws `coap-malformed`. */
export function blockOf(message: CoapMessage, option: number, transport: CoapPeer['transport']): Block | null {
  const value = uintOf(message, option)
  if (value === null) return null
  if (value > 0xffffff) throw malformed('a block option is too long')
  const exponent = value & 7
  if (exponent === RUN && transport !== 'tls') throw malformed('its block size is reserved')
  const size = exponent === RUN ? MAX_BLOCK_BYTES : 1 << (exponent + 4)
  return { offset: (value >> 4) * size, size, isMore: (value & 8) !== 0 }
}

export function blockOption(option: number, { offset, size, isMore }: Block): CoapOption {
  const exponent = Math.log2(size) - 4
  return uintOption(option, ((offset / size) << 4) | (isMore ? 8 : 0) | exponent)
}

/** Whether a payload is as long as its block says; a stream may carry several blocks at once. */
export function isBlockFilled(bytes: number, { size, isMore }: Block, transport: CoapPeer['transport']): boolean {
  if (transport === 'tls') return !isMore || (bytes > 0 && bytes % size === 0)
  return isMore ? bytes === size : bytes <= size
}

export function bodyTooLarge(): DomainError {
  return new DomainError('coap-too-large', `a body is larger than ${MAX_BODY_BYTES} bytes`)
}
