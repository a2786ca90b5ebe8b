import { isUtf8 } from 'node:buffer'
import { parse } from 'csv-parse/sync'
import { isChecksummed } from '../chain/dids.ts'
import { hashOfCode, hashOfSecret } from './access/secrets.ts'

/** A meter as its operator's file has it. */
export type MeterRow = {
  /** Counted from 1, the header, as spreadsheets do. */
  readonly row: number
  /** Lower-case. */
  readonly address: string
  readonly serialNumber: string
  /** Null for one that is not certified. */
  readonly certificate: string | null
  /** SHA-256 of the code that is printed on the meter, hex. */
  readonly codeHash: string
}

export type MeterColumn = keyof typeof COLUMNS

/** What is wrong where, and what to do about it. */
export type MeterFault = {
  readonly row: number
  /** Null where the row as a whole is meant. */
  readonly column: string | null
  readonly problem: string
  readonly remedy: string
}

export type MeterFile = { readonly meters: readonly MeterRow[]; readonly faults: readonly MeterFault[] }

/** The columns of a file, in any sequence, with what each holds. */
export const COLUMNS = {
  meter: "the address of the meter's key: 0x and 40 hex digits, with its checksum (EIP-55) or all in lower case",
  serial_number: '1 to 60 letters and digits, as they are on the meter',
  certified: 'yes or no',
  certificate: 'what it is certified by, where certified is yes; empty where it is no',
  claim_code: 'the code that is printed on the meter, four groups of four such as 0H2K-4N6Q-8SAV-CXEZ',
  claim_code_hash: 'in the place of claim_code: SHA-256 of its 16 letters without dashes, 64 hex digits',
} as const

export const LARGEST_METER_COUNT = 20_000
const REQUIRED: readonly MeterColumn[] = ['meter', 'serial_number', 'certified', 'certificate']
const CODE_COLUMNS: readonly MeterColumn[] = ['claim_code', 'claim_code_hash']
const LARGEST_RECORD_BYTES = 2_048
const HEADER_ROW = 1
const LINE_FEED = 0x0a

const ADDRESS = /^0x[0-9a-fA-F]{40}$/
const ZERO_ADDRESS = `0x${'00'.repeat(20)}`
const SERIAL_NUMBER = /^[\p{L}\p{N}][\p{L}\p{N} ./_-]{0,59}$/u
const CERTIFICATE = /^[^\p{Cc}]{1,100}$/u
const CODE_HASH = /^[0-9a-f]{64}$/
/** SHA-256 of no bytes: what a file gets that was written from empty codes. */
const HASH_OF_NOTHING = hashOfSecret('')

type CsvRecord = { readonly row: number; readonly fields: readonly string[] }
type Header = ReadonlyMap<MeterColumn, number>

/** Reads a file of meters (RFC 4180, UTF-8). Where there is a fault, `meters` are those rows that have none. */
export function parseMeterFile(bytes: Uint8Array): MeterFile {
  const text = textOf(bytes)
  if (typeof text !== 'string') return { meters: [], faults: [text] }
  const { records, faults } = recordsOf(text)
  const [first, ...rest] = records
  if (first === undefined) {
    const remedy = `give a first row with ${[...REQUIRED, CODE_COLUMNS[0]].join(', ')}`
    return { meters: [], faults: [...faults, faultOf(HEADER_ROW, null, 'the file is empty', remedy)] }
  }
  const { header, faults: headerFaults } = headerOf(first)
  if (headerFaults.length > 0) return { meters: [], faults: headerFaults }
  if (rest.length === 0 && faults.length === 0) {
    faults.push(faultOf(first.row, null, 'the file has no meters', 'give a row for each meter'))
  }
  if (rest.length > LARGEST_METER_COUNT) {
    const problem = `the file has ${rest.length} meters, and at most ${LARGEST_METER_COUNT} are taken at once`
    return { meters: [], faults: [faultOf(first.row, null, problem, 'split the file')] }
  }

  const meters: MeterRow[] = []
  for (const record of rest) {
    const read = readRow(record, first.fields.length, header)
    if ('address' in read) meters.push(read)
    else faults.push(...read.faults)
  }
  faults.push(...repeatsOf(meters))
  return { meters, faults: faults.sort((one, other) => one.row - other.row) }
}

/** A fault of a row's column, with what the column holds as the remedy unless told. */
export function faultOf(row: number, column: string | null, problem: string, remedy?: string): MeterFault {
  const usual =
    column !== null && Object.hasOwn(COLUMNS, column) ? `give ${COLUMNS[column as MeterColumn]}` : 'mend the row'
  return { row, column, problem, remedy: remedy ?? usual }
}

function textOf(bytes: Uint8Array): string | MeterFault {
  if (isText(bytes)) return new TextDecoder().decode(bytes).replaceAll('\r\n', '\n')
  return faultOf(firstUnreadableRow(bytes), null, 'the row is not UTF-8', 'save the file as UTF-8, and send it again')
}

/** UTF-16 often is UTF-8 too, with zeros. */
function isText(bytes: Uint8Array): boolean {
  return isUtf8(bytes) && !bytes.includes(0)
}

/** No byte of a longer character is a line break, so that each line is UTF-8 or not by itself. */
function firstUnreadableRow(bytes: Uint8Array): number {
  let begin = 0
  for (let row = HEADER_ROW; ; row += 1) {
    const end = bytes.indexOf(LINE_FEED, begin)
    if (end < 0 || !isText(bytes.subarray(begin, end))) return row
    begin = end + 1
  }
}

function recordsOf(text: string): { records: CsvRecord[]; faults: MeterFault[] } {
  const faults: MeterFault[] = []
  const parsed = parse(text, {
    bom: true,
    info: true,
    trim: true,
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: LARGEST_RECORD_BYTES,
    skip_records_with_error: true,
    on_skip: (error) => {
      if (error === undefined) return undefined
      const { code, lines } = error as { code: string; lines?: number }
      faults.push(
        faultOf(lines ?? HEADER_ROW, null, wordsOf(code), 'mend the quotes of the row, or the rows before it'),
      )
      return undefined
    },
  }) as unknown as { record: string[]; info: { lines: number } }[]
  return { records: parsed.map(({ record, info }) => ({ row: info.lines, fields: record })), faults }
}

function wordsOf(code: string): string {
  switch (code) {
    case 'CSV_QUOTE_NOT_CLOSED':
      return 'a quoted field does not end: the file is cut off, or a quote is missing'
    case 'CSV_MAX_RECORD_SIZE':
      return `the row is longer than ${LARGEST_RECORD_BYTES} characters`
    default:
      return 'a quote is in the middle of a field'
  }
}

function headerOf({ row, fields }: CsvRecord): { header: Header; faults: MeterFault[] } {
  const header = new Map<MeterColumn, number>()
  const faults: MeterFault[] = []
  const known = Object.keys(COLUMNS).join(', ')
  for (const [position, name] of fields.entries()) {
    const column = name.toLowerCase()
    if (!Object.hasOwn(COLUMNS, column)) {
      faults.push(faultOf(row, name.slice(0, 60), 'the column is not known', `leave it out: there are ${known}`))
    } else if (header.has(column as MeterColumn)) {
      faults.push(faultOf(row, column, 'the column is there twice', 'leave one of them out'))
    } else header.set(column as MeterColumn, position)
  }
  for (const column of REQUIRED) {
    if (!header.has(column)) faults.push(faultOf(row, column, 'the column is missing', `add it: ${COLUMNS[column]}`))
  }
  if (CODE_COLUMNS.filter((column) => header.has(column)).length !== 1) {
    faults.push(
      faultOf(row, 'claim_code', 'one of claim_code and claim_code_hash is needed', 'give exactly one of them'),
    )
  }
  return { header, faults }
}

function readRow(
  { row, fields }: CsvRecord,
  width: number,
  header: Header,
): MeterRow | { readonly faults: readonly MeterFault[] } {
  if (fields.length !== width) {
    const problem = `the row has ${fields.length} fields, and the header ${width}`
    return {
      faults: [faultOf(row, null, problem, 'give a field for each column, an empty one where there is nothing')],
    }
  }
  const faults: MeterFault[] = []
  const fieldOf = (column: MeterColumn) => fields[header.get(column) ?? -1] ?? ''
  const refuse = (column: MeterColumn, problem: string): null => {
    faults.push(faultOf(row, column, problem))
    return null
  }

  const address = addressOf(fieldOf('meter'), (problem) => refuse('meter', problem))
  const serialNumber = fieldOf('serial_number')
  if (!SERIAL_NUMBER.test(serialNumber)) refuse('serial_number', 'this is no serial number')
  const certificate = certificateOf(fieldOf('certified').toLowerCase(), fieldOf('certificate'), refuse)
  const codeHash = header.has('claim_code')
    ? // The code itself is not repeated: whoever knows it can claim the meter.
      (hashOfCode(fieldOf('claim_code')) ?? refuse('claim_code', 'this is no claim code'))
    : codeHashOf(fieldOf('claim_code_hash').toLowerCase(), (problem) => refuse('claim_code_hash', problem))
  if (faults.length > 0 || address === null || codeHash === null) return { faults }
  return { row, address, serialNumber, certificate, codeHash }
}

function addressOf(text: string, refuse: (problem: string) => null): string | null {
  if (!ADDRESS.test(text)) return refuse('this is no address')
  if (!isChecksummed(text)) return refuse('the checksum is wrong: a digit or a letter is mistyped')
  if (text === ZERO_ADDRESS) return refuse('this is the address of nobody')
  return text.toLowerCase()
}

function certificateOf(
  certified: string,
  certificate: string,
  refuse: (column: MeterColumn, problem: string) => null,
): string | null {
  if (certified === 'no') {
    return certificate === '' ? null : refuse('certificate', 'there is one, and certified is no')
  }
  if (certified !== 'yes') return refuse('certified', 'this is neither yes nor no')
  if (!CERTIFICATE.test(certificate)) return refuse('certificate', 'certified is yes, and this is no certificate')
  return certificate
}

function codeHashOf(text: string, refuse: (problem: string) => null): string | null {
  if (!CODE_HASH.test(text)) return refuse('this is no SHA-256')
  return text === HASH_OF_NOTHING ? refuse('this is the SHA-256 of an empty text') : text
}

/** Meters, serial numbers and codes that are there twice: each time after the first. */
function repeatsOf(meters: readonly MeterRow[]): MeterFault[] {
  const faults: MeterFault[] = []
  const rows = {
    meter: new Map<string, number>(),
    serial_number: new Map<string, number>(),
    claim_code: new Map<string, number>(),
  }
  for (const { row, address, serialNumber, codeHash } of meters) {
    for (const [column, value] of [
      ['meter', address],
      ['serial_number', serialNumber],
      ['claim_code', codeHash],
    ] as const) {
      const before = rows[column].get(value)
      if (before === undefined) rows[column].set(value, row)
      else faults.push(faultOf(row, column, `row ${before} has the same`, 'leave one of the rows out, or mend it'))
    }
  }
  return faults
}
