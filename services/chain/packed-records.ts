import { bytesToHex, concatBytes, hexToBytes } from '@noble/hashes/utils.js'
import { DomainError } from '../domain/errors.ts'
import { encodeInteger } from '../domain/metering/merkle-sum-tree.ts'

/** What each record of calldata holds, big-endian and without gaps: the name, how many bytes, and whether it has a sign. */
export type RecordLayout<Name extends string> = readonly (readonly [
  name: Name,
  bytes: number,
  kind: 'unsigned' | 'signed',
])[]

export type PackedRecord<Name extends string> = Readonly<Record<Name, bigint>>

/** The records one after the other, 0x-hex. Throws `packed-out-of-range` for a value that does not fit its bytes. */
export function packRecords<Name extends string>(
  layout: RecordLayout<Name>,
  records: readonly PackedRecord<Name>[],
): string {
  const parts = records.flatMap((record) =>
    layout.map(([name, bytes, kind]) => {
      requireFits(name, record[name], bytes, kind)
      return encodeInteger(record[name], bytes)
    }),
  )
  return `0x${bytesToHex(concatBytes(...parts))}`
}

/** Throws `packed-malformed` where the bytes, 0x-hex, are not a whole number of records. */
export function unpackRecords<Name extends string>(layout: RecordLayout<Name>, packed: string): PackedRecord<Name>[] {
  const length = layout.reduce((sum, [, bytes]) => sum + bytes, 0)
  if (!/^0x([0-9a-fA-F]{2})*$/.test(packed) || (packed.length - 2) % (length * 2) !== 0) {
    throw new DomainError('packed-malformed', `these bytes are not a whole number of records of ${length} bytes`, {
      length,
    })
  }
  const bytes = hexToBytes(packed.slice(2))
  return Array.from({ length: bytes.length / length }, (_, index) => unpackRecord(layout, bytes, index * length))
}

function unpackRecord<Name extends string>(
  layout: RecordLayout<Name>,
  bytes: Uint8Array,
  from: number,
): PackedRecord<Name> {
  let start = from
  const entries = layout.map(([name, length, kind]) => {
    const value = BigInt(`0x${bytesToHex(bytes.subarray(start, start + length))}`)
    start += length
    return [name, kind === 'signed' ? BigInt.asIntN(length * 8, value) : value] as const
  })
  return Object.fromEntries(entries) as PackedRecord<Name>
}

function requireFits(name: string, value: bigint, bytes: number, kind: 'unsigned' | 'signed'): void {
  const bits = BigInt(bytes * 8)
  const [least, most] = kind === 'signed' ? [-(2n ** (bits - 1n)), 2n ** (bits - 1n)] : [0n, 2n ** bits]
  if (value >= least && value < most) return
  throw new DomainError('packed-out-of-range', `${name} ${value} does not fit into ${bytes} bytes`, { name, value })
}
