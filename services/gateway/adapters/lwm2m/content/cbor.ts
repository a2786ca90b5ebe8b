import { decode, encode, Token, Tokenizer, Type, type TagDecoder } from 'cborg'
import { malformed } from './malformed.ts'

/** Maps, arrays and tags inside one another; LwM2M needs five. */
const DEEPEST = 8
/** An entry of SenML has up to a dozen. */
const MOST_TOKENS = 65_536
const LONGEST_BIGNUM = 8
const LARGEST_EXPONENT = 400

/** Reads one item of CBOR (RFC 8949) with nothing behind it. Maps are `Map`s, never objects, without a key twice. */
export function decodeCbor(payload: Uint8Array): unknown {
  try {
    return decode(payload, {
      useMaps: true,
      rejectDuplicateMapKeys: true,
      allowUndefined: false,
      tokenizer: boundedTokenizer(payload),
      tags: { 0: (item) => item(), 1: (item) => item(), 2: bignum(1n), 3: bignum(-1n), 4: decimalFraction },
    })
  } catch (error) {
    throw malformed(error instanceof Error ? error.message : 'it is no CBOR')
  }
}

/** Writes CBOR in the order of the maps: a `bigint` as an integer, a `number` as a float of eight bytes. */
export function encodeCbor(value: unknown): Uint8Array {
  return encode(value, {
    float64: true,
    mapSorter: () => 0,
    typeEncoders: { number: (number: number) => new Token(Type.float, number) },
  })
}

/** Refuses what is too deep or too much before the decoder, which is recursive, gets to it. */
function boundedTokenizer(payload: Uint8Array) {
  // Of a `Buffer` the decoder would cut further ones, which share its memory.
  const bytes = new Uint8Array(payload.buffer, payload.byteOffset, payload.byteLength)
  const tokenizer = new Tokenizer(bytes, { allowIndefinite: true, allowUndefined: false, allowBigInt: true })
  /** Items that each open container still waits for. */
  const open: number[] = []
  let count = 0

  const close = () => {
    while (open.length > 0 && open.at(-1) === 0) {
      open.pop()
    }
  }
  const next = () => {
    if (++count > MOST_TOKENS) throw new Error(`CBOR of more than ${MOST_TOKENS} items`)
    const token = tokenizer.next()
    if (Type.equals(token.type, Type.break)) {
      if (open.pop() !== Infinity) throw new Error('CBOR ends what it has not begun')
    } else {
      if (open.length > 0) open[open.length - 1]! -= 1
      const items = itemsOf(token)
      if (items !== null && open.push(items) > DEEPEST) throw new Error(`CBOR deeper than ${DEEPEST}`)
    }
    close()
    return token
  }
  return { done: () => tokenizer.done(), pos: () => tokenizer.pos(), next }
}

function itemsOf({ type, value }: Token): number | null {
  if (Type.equals(type, Type.array)) return value as number
  if (Type.equals(type, Type.map)) return (value as number) * 2
  return Type.equals(type, Type.tag) ? 1 : null
}

function bignum(sign: 1n | -1n): TagDecoder {
  return (item) => {
    const bytes = item()
    if (!(bytes instanceof Uint8Array) || bytes.length > LONGEST_BIGNUM) {
      throw new Error(`CBOR bignum of more than ${LONGEST_BIGNUM} bytes`)
    }
    const value = bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n)
    return sign === 1n ? value : -1n - value
  }
}

const decimalFraction: TagDecoder = (item) => {
  const parts: unknown = item()
  const [exponent, mantissa] = Array.isArray(parts) ? (parts as unknown[]) : []
  const isFraction =
    Array.isArray(parts) &&
    parts.length === 2 &&
    Number.isInteger(exponent) &&
    Math.abs(exponent as number) <= LARGEST_EXPONENT &&
    (typeof mantissa === 'bigint' || Number.isInteger(mantissa))
  if (!isFraction) throw new Error('CBOR decimal fraction that is none')
  return Number(`${String(BigInt(mantissa as number | bigint))}e${String(exponent)}`)
}
