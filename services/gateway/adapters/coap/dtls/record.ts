import { DTLS_1_2, uintBytes } from './wire.ts'

/** One record of a datagram (RFC 6347 section 4.1), protected or not. */
export type DtlsRecord = {
  readonly type: number
  readonly version: number
  readonly epoch: number
  readonly sequence: number
  readonly fragment: Buffer
}

export const RECORD_HEADER_BYTES = 13
/** More than a flight has; what else a datagram carries is left out. */
const MAX_RECORDS = 16

/** The records of a datagram up to the first that is none: the rest is ignored (RFC 6347 section 4.1.2.7). */
export function parseRecords(datagram: Buffer): DtlsRecord[] {
  const records: DtlsRecord[] = []
  let position = 0
  while (position + RECORD_HEADER_BYTES <= datagram.length && records.length < MAX_RECORDS) {
    const type = datagram[position]!
    const version = datagram.readUInt16BE(position + 1)
    const end = position + RECORD_HEADER_BYTES + datagram.readUInt16BE(position + 11)
    if (type < 20 || type > 23 || version >> 8 !== 0xfe || end > datagram.length) break
    records.push({
      type,
      version,
      epoch: datagram.readUInt16BE(position + 3),
      sequence: datagram.readUIntBE(position + 5, 6),
      fragment: datagram.subarray(position + RECORD_HEADER_BYTES, end),
    })
    position = end
  }
  return records
}

/** A record as it goes out, always as DTLS 1.2. */
export function formatRecord({ type, epoch, sequence, fragment }: Omit<DtlsRecord, 'version'>): Buffer {
  const head = Buffer.alloc(RECORD_HEADER_BYTES)
  head[0] = type
  head.writeUInt16BE(DTLS_1_2, 1)
  head.writeUInt16BE(epoch, 3)
  head.writeUIntBE(sequence, 5, 6)
  head.writeUInt16BE(fragment.length, 11)
  return Buffer.concat([head, fragment])
}

/** What is authenticated with a record's content (RFC 5246 section 6.2.3.3). */
export function additionalDataOf(record: Omit<DtlsRecord, 'fragment'>, length: number): Buffer {
  return Buffer.concat([
    recordNumberOf(record),
    Buffer.from([record.type]),
    uintBytes(record.version, 2),
    uintBytes(length, 2),
  ])
}

/** Epoch and sequence as the eight bytes that number a record. */
export function recordNumberOf({ epoch, sequence }: Pick<DtlsRecord, 'epoch' | 'sequence'>): Buffer {
  return Buffer.concat([uintBytes(epoch, 2), uintBytes(sequence, 6)])
}
