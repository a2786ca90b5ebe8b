import { requireValueSize, textOf } from './limits.ts'
import { malformed } from './malformed.ts'
import { linkIdsOf, type ResourceType, type ResourceValue } from './resource-value.ts'

const INTEGER_LENGTHS = [1, 2, 4, 8] as const

/** What the bytes of a TLV record say as a value of its type; opaque where that is not known. */
export function tlvValueOf(bytes: Uint8Array, type: ResourceType | null, where: string): ResourceValue {
  requireValueSize(bytes.length, where)
  switch (type) {
    case 'integer':
    case 'time':
      return integerOf(bytes, where)
    case 'float':
      return floatOf(bytes, where)
    case 'boolean':
      return booleanOf(bytes, where)
    case 'string':
      return textOf(bytes, where)
    case 'link':
      return linkOf(bytes, where)
    case 'opaque':
    case null:
      return Uint8Array.from(bytes)
  }
}

/** The bytes of a value; of an integer as few as can be. */
export function tlvBytesOf(value: ResourceValue, type: ResourceType | null): Uint8Array {
  if (value instanceof Uint8Array) return value
  if (typeof value === 'boolean') return Uint8Array.of(value ? 1 : 0)
  if (typeof value === 'bigint') return integerBytesOf(value)
  if (typeof value === 'number') return floatBytesOf(value)
  const link = type === 'link' ? linkIdsOf(value) : null
  if (link === null) return Buffer.from(value, 'utf8')
  const bytes = Buffer.alloc(4)
  bytes.writeUInt16BE(link[0], 0)
  bytes.writeUInt16BE(link[1], 2)
  return bytes
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function integerOf(bytes: Uint8Array, where: string): bigint {
  if (!INTEGER_LENGTHS.some((length) => length === bytes.length)) {
    throw malformed(`${where} is an integer of ${bytes.length} bytes`)
  }
  let value = 0n
  for (const byte of bytes) value = (value << 8n) | BigInt(byte)
  return BigInt.asIntN(bytes.length * 8, value)
}

function integerBytesOf(value: bigint): Uint8Array {
  const length = INTEGER_LENGTHS.find((bytes) => BigInt.asIntN(bytes * 8, value) === value)
  if (length === undefined) throw malformed(`${value} does not fit into 64 bits`)
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64BE(value)
  return bytes.subarray(8 - length)
}

function floatOf(bytes: Uint8Array, where: string): number {
  if (bytes.length === 4) return viewOf(bytes).getFloat32(0)
  if (bytes.length === 8) return viewOf(bytes).getFloat64(0)
  throw malformed(`${where} is a float of ${bytes.length} bytes`)
}

function floatBytesOf(value: number): Uint8Array {
  const isSingle = Object.is(Math.fround(value), value)
  const bytes = Buffer.alloc(isSingle ? 4 : 8)
  if (isSingle) bytes.writeFloatBE(value)
  else bytes.writeDoubleBE(value)
  return bytes
}

function booleanOf(bytes: Uint8Array, where: string): boolean {
  const [value] = bytes
  if (bytes.length !== 1 || value === undefined || value > 1)
    throw malformed(`${where} is no boolean, which is a 0 or a 1`)
  return value === 1
}

function linkOf(bytes: Uint8Array, where: string): string {
  if (bytes.length !== 4) throw malformed(`${where} is a link of ${bytes.length} bytes`)
  const view = viewOf(bytes)
  return `${view.getUint16(0)}:${view.getUint16(2)}`
}
