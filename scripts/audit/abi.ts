import { hexOf, numberAt } from './ledger/hex.ts'
import { keccakHex } from './ledger/keccak.ts'

/** An address that is nobody's, and 32 bytes that stand for nothing. */
export const NO_ADDRESS = `0x${'00'.repeat(20)}`
export const NO_HASH = `0x${'00'.repeat(32)}`

/** An integer of up to 48 bits is a number, a longer one a bigint; addresses and fixed bytes are lower-case 0x-hex. */
export type AbiValue =
  number | bigint | boolean | string | Uint8Array | readonly AbiValue[] | { readonly [name: string]: AbiValue }

export type AbiParameter = {
  readonly name: string
  readonly type: string
  readonly indexed?: boolean
  readonly components?: readonly AbiParameter[]
}

export type AbiItem = {
  readonly type: string
  readonly name?: string
  readonly inputs?: readonly AbiParameter[]
  readonly outputs?: readonly AbiParameter[]
}

export type AbiEvent = { readonly name: string; readonly inputs: readonly AbiParameter[] }
export type AbiFunction = AbiEvent & { readonly selector: string }

/** Functions by selector and events by first topic, of one contract. */
export type Abi = {
  readonly functions: ReadonlyMap<string, AbiFunction>
  readonly events: ReadonlyMap<string, AbiEvent>
}

const WORD = 32
const NUMBER_BITS = 48

export function abiOf(items: readonly AbiItem[]): Abi {
  const functions = new Map<string, AbiFunction>()
  const events = new Map<string, AbiEvent>()
  for (const { type, name = '', inputs = [] } of items) {
    const hash = keccakHex(new TextEncoder().encode(signatureOf({ name, inputs })))
    if (type === 'function') functions.set(hash.slice(0, 10), { name, inputs, selector: hash.slice(0, 10) })
    if (type === 'event') events.set(hash, { name, inputs })
  }
  return { functions, events }
}

/** As it is hashed: `transfer(address,uint256)`. */
export function signatureOf({ name, inputs }: AbiEvent): string {
  return `${name}(${inputs.map(typeNameOf).join(',')})`
}

/** Arguments of an event by their names. Throws a SyntaxError where the log is not of its form. */
export function decodeLog(
  { inputs }: AbiEvent,
  topics: readonly string[],
  data: Uint8Array,
): Readonly<Record<string, AbiValue>> {
  const rest = decodeParameters(
    inputs.filter(({ indexed }) => indexed !== true),
    data,
  )
  let topic = 0
  const values = inputs.map(({ name, type, indexed }): [string, AbiValue] => {
    if (indexed !== true) return [name, rest[name]!]
    topic += 1
    const bytes = Buffer.from((topics[topic] ?? '').slice(2), 'hex')
    if (bytes.length !== WORD) throw new SyntaxError(`an event has ${topics.length} topics`)
    // Of a dynamic value there is only a hash.
    return [name, isDynamic({ name, type }) ? hexOf(bytes) : decodeWord(type, bytes, 0)]
  })
  return Object.fromEntries(values)
}

/** Arguments by their names, from the bytes behind a selector or a constructor's code. */
export function decodeParameters(
  parameters: readonly AbiParameter[],
  data: Uint8Array,
): Readonly<Record<string, AbiValue>> {
  return decodeTuple(parameters, data, 0)
}

function decodeTuple(
  parameters: readonly AbiParameter[],
  data: Uint8Array,
  base: number,
): Readonly<Record<string, AbiValue>> {
  let at = base
  const values = parameters.map((parameter, position): [string, AbiValue] => {
    const start = isDynamic(parameter) ? base + lengthAt(data, at) : at
    at += sizeOf(parameter)
    return [parameter.name === '' ? `${position}` : parameter.name, decodeAt(parameter, data, start)]
  })
  return Object.fromEntries(values)
}

function decodeAt(parameter: AbiParameter, data: Uint8Array, at: number): AbiValue {
  const array = arrayOf(parameter)
  if (array !== null) {
    const count = array.length ?? lengthAt(data, at)
    const base = array.length === null ? at + WORD : at
    if (count > data.length / WORD) throw new SyntaxError(`an array of ${count} does not fit`)
    const elements = Array.from({ length: count }, (_, place) => ({ ...array.element, name: `${place}` }))
    return Object.values(decodeTuple(elements, data, base))
  }
  if (parameter.type === 'tuple') return decodeTuple(parameter.components ?? [], data, at)
  if (parameter.type === 'bytes' || parameter.type === 'string') {
    const length = lengthAt(data, at)
    const end = at + WORD + length
    if (end > data.length) throw new SyntaxError(`${length} bytes do not fit`)
    const bytes = data.subarray(at + WORD, end)
    return parameter.type === 'bytes' ? bytes : new TextDecoder().decode(bytes)
  }
  return decodeWord(parameter.type, data, at)
}

function decodeWord(type: string, data: Uint8Array, at: number): AbiValue {
  if (at + WORD > data.length) throw new SyntaxError(`${data.length} bytes are too few for ${type}`)
  const word = data.subarray(at, at + WORD)
  if (type === 'address') return hexOf(word.subarray(12))
  if (type === 'bool') return word[WORD - 1] !== 0
  const [, kind, size] = /^(u?int|bytes)(\d+)$/.exec(type) ?? []
  if (kind === 'bytes') return hexOf(word.subarray(0, Number(size)))
  const bits = Number(size)
  if (kind === 'uint' && bits <= NUMBER_BITS) return numberAt(word, WORD - bits / 8, bits / 8)
  const value = BigInt(hexOf(word))
  if (kind === 'uint') return value
  if (kind !== 'int') throw new SyntaxError(`${type} is not a type that can be read`)
  return bits <= NUMBER_BITS ? Number(BigInt.asIntN(bits, value)) : BigInt.asIntN(bits, value)
}

/** A length or an offset: nothing that is read has 2^48 bytes. */
function lengthAt(data: Uint8Array, at: number): number {
  if (at + WORD > data.length) throw new SyntaxError(`${data.length} bytes end before a length`)
  for (let place = at; place < at + WORD - 6; place += 1) {
    if (data[place] !== 0) throw new SyntaxError('a length is beyond all bounds')
  }
  return numberAt(data, at + WORD - 6, 6)
}

function arrayOf(parameter: AbiParameter): { element: AbiParameter; length: number | null } | null {
  const [, type, length] = /^(.*)\[(\d*)\]$/.exec(parameter.type) ?? []
  if (type === undefined) return null
  return { element: { ...parameter, type }, length: length === '' ? null : Number(length) }
}

function isDynamic(parameter: AbiParameter): boolean {
  const array = arrayOf(parameter)
  if (array !== null) return array.length === null || isDynamic(array.element)
  if (parameter.type === 'tuple') return (parameter.components ?? []).some(isDynamic)
  return parameter.type === 'bytes' || parameter.type === 'string'
}

/** Bytes of a value's head. */
function sizeOf(parameter: AbiParameter): number {
  if (isDynamic(parameter)) return WORD
  const array = arrayOf(parameter)
  if (array !== null) return (array.length ?? 0) * sizeOf(array.element)
  if (parameter.type !== 'tuple') return WORD
  return (parameter.components ?? []).reduce((size, component) => size + sizeOf(component), 0)
}

function typeNameOf(parameter: AbiParameter): string {
  if (!parameter.type.startsWith('tuple')) return parameter.type
  const inner = (parameter.components ?? []).map(typeNameOf).join(',')
  return `(${inner})${parameter.type.slice('tuple'.length)}`
}
