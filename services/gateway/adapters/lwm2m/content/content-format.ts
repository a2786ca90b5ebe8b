import { DomainError } from '../../../../domain/errors.ts'
import { decodeJson, encodeJson } from './json.ts'
import { requirePayloadSize } from './limits.ts'
import { decodeLwm2mCbor, encodeLwm2mCbor } from './lwm2m-cbor.ts'
import type { ContentContext, ContentEntry } from './resource-value.ts'
import { decodeSenmlCbor, encodeSenmlCbor } from './senml-cbor.ts'
import { decodeSenmlJson, encodeSenmlJson } from './senml-json.ts'
import { decodeOpaque, decodeText, encodeOpaque, encodeText } from './single-values.ts'
import { decodeTlv } from './tlv.ts'
import { encodeTlv } from './tlv-writer.ts'

type Codec = {
  readonly decode: (payload: Uint8Array, context: ContentContext) => readonly ContentEntry[]
  readonly encode: (entries: readonly ContentEntry[], context: Pick<ContentContext, 'asked' | 'typeOf'>) => Uint8Array
}

/** Numbers of content formats, as CoAP's options have them. */
export const CONTENT_FORMAT = {
  text: 0,
  links: 40,
  opaque: 42,
  senmlJson: 110,
  senmlCbor: 112,
  tlv: 11_542,
  json: 11_543,
  lwm2mCbor: 11_544,
  /** Of clients from before the numbers were registered. */
  oldTlv: 1_542,
  oldJson: 1_543,
} as const

const TLV: Codec = { decode: decodeTlv, encode: encodeTlv }
const JSON_OF_1_0: Codec = { decode: decodeJson, encode: encodeJson }
const CODECS: ReadonlyMap<number, Codec> = new Map([
  [CONTENT_FORMAT.text, { decode: decodeText, encode: encodeText }],
  [CONTENT_FORMAT.opaque, { decode: decodeOpaque, encode: encodeOpaque }],
  [CONTENT_FORMAT.senmlJson, { decode: decodeSenmlJson, encode: encodeSenmlJson }],
  [CONTENT_FORMAT.senmlCbor, { decode: decodeSenmlCbor, encode: encodeSenmlCbor }],
  [CONTENT_FORMAT.tlv, TLV],
  [CONTENT_FORMAT.oldTlv, TLV],
  [CONTENT_FORMAT.json, JSON_OF_1_0],
  [CONTENT_FORMAT.oldJson, JSON_OF_1_0],
  [CONTENT_FORMAT.lwm2mCbor, { decode: decodeLwm2mCbor, encode: encodeLwm2mCbor }],
])

/**
 * The values in a payload, with their whole paths. Throws `lwm2m-malformed` for what is not as its format has it, or is
 * not below the path that was asked for, and `lwm2m-format-unknown` for a format that nobody reads here.
 */
export function decodeContent(format: number, payload: Uint8Array, context: ContentContext): readonly ContentEntry[] {
  const codec = codecOf(format)
  requirePayloadSize(payload)
  return codec.decode(payload, context)
}

/** The payload that says the entries, as written to the path `asked`. Throws as `decodeContent` does. */
export function encodeContent(
  format: number,
  entries: readonly ContentEntry[],
  context: Pick<ContentContext, 'asked' | 'typeOf'>,
): Uint8Array {
  return codecOf(format).encode(entries, context)
}

function codecOf(format: number): Codec {
  const codec = CODECS.get(format)
  if (codec === undefined) {
    throw new DomainError('lwm2m-format-unknown', `content format ${format} is not understood`)
  }
  return codec
}
