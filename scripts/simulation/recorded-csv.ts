import { createReadStream } from 'node:fs'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { createGunzip } from 'node:zlib'
import { parse } from 'csv-parse/sync'
import { DomainError } from '../../services/domain/errors.ts'

/** One data row of a CSV file, with the line it stands on. */
export type Row = { readonly line: number; readonly values: readonly string[] }

export type Table = { readonly file: string; readonly columns: readonly string[]; readonly rows: readonly Row[] }

const MAX_BYTES = 512 * 1024 * 1024
const SHOWN_PROBLEMS = 20

/** Reads a CSV file with a header, gzipped where its name ends in `.gz`. Throws `file-unreadable` or `file-malformed`. */
export async function readTable(file: string): Promise<Table> {
  const name = path.basename(file)
  const content = await readText(file)
  let records: { record: string[]; info: { lines: number } }[]
  try {
    records = parse(content, {
      bom: true,
      info: true,
      relax_column_count: true,
      skip_empty_lines: true,
      trim: true,
    }) as never
  } catch (error) {
    throw new DomainError('file-malformed', `${name}: ${(error as Error).message}`)
  }
  const [header, ...rest] = records
  if (header === undefined)
    throw new DomainError('file-malformed', `${name} is empty: the first line names the columns`)
  const rows = rest.map(({ record, info }) => ({ line: info.lines, values: record }))
  const problems = new Problems(name)
  for (const { line, values } of rows) {
    if (values.length !== header.record.length)
      problems.add(line, `has ${values.length} columns, the header has ${header.record.length}`)
  }
  problems.throwIfAny()
  return { file: name, columns: header.record, rows }
}

/** Gathers what is wrong with a file, to name every bad row at once. */
export class Problems {
  readonly #file: string
  readonly #lines: string[] = []

  constructor(file: string) {
    this.#file = file
  }

  add(line: number, reason: string): void {
    this.#lines.push(`${this.#file}:${line}: ${reason}`)
  }

  /** Throws `rows-invalid` with the first twenty. */
  throwIfAny(): void {
    if (this.#lines.length === 0) return
    const shown = this.#lines.slice(0, SHOWN_PROBLEMS)
    const rest = this.#lines.length - shown.length
    throw new DomainError('rows-invalid', [...shown, ...(rest > 0 ? [`and ${rest} more bad rows`] : [])].join('\n'))
  }
}

/** The position of the first column whose name matches. Throws `column-missing`. */
export function columnOf(table: Table, pattern: RegExp, meaning: string): number {
  const position = table.columns.findIndex((column) => pattern.test(column))
  if (position < 0) {
    throw new DomainError(
      'column-missing',
      `${table.file} has no column for ${meaning}; its columns are ${table.columns.join(', ')}`,
    )
  }
  return position
}

export type Instant = {
  readonly unixSeconds: number
  /** Of the text, where it names one. */ readonly offset: string | undefined
}

const TIMESTAMP = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.0+)?)?)?(Z|[+-]\d{2}:?\d{2})?$/

/** An ISO 8601 date or time; one that names no zone is taken to be in `zone`. Null where it is not one. */
export function parseInstant(value: string, zone = 'Z'): Instant | null {
  const match = TIMESTAMP.exec(value)
  if (match === null) return null
  const [, year, month, day, hour = '00', minute = '00', second = '00', named] = match
  const offset = named === undefined ? undefined : named.length === 5 ? `${named.slice(0, 3)}:${named.slice(3)}` : named
  const milliseconds = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}${offset ?? zone}`)
  if (Number.isNaN(milliseconds) || !isCalendarDay(Number(year), Number(month), Number(day))) return null
  return { unixSeconds: milliseconds / 1000, offset }
}

/** A decimal number as an integer of 10^-9 units, rounded to the nearest. Null where it is not one. */
export function parseNano(value: string): bigint | null {
  const match = /^([+-]?)(\d{1,12})(?:\.(\d{0,40}))?(?:[eE]([+-]?\d{1,3}))?$/.exec(value)
  if (match === null) return null
  const [, sign, whole = '', decimals = '', exponent = '0'] = match
  const shift = 9 + Number(exponent) - decimals.length
  const digits = BigInt(whole + decimals)
  const scale = 10n ** BigInt(Math.abs(shift))
  const nano = shift < 0 ? (2n * digits + scale) / (2n * scale) : digits * scale
  return sign === '-' ? -nano : nano
}

function isCalendarDay(year: number, month: number, day: number): boolean {
  const date = new Date(Date.UTC(year, month - 1, day))
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day
}

async function readText(file: string): Promise<string> {
  const source = createReadStream(file)
  const failed = new Promise<never>((_, reject) => {
    source.once('error', (error: NodeJS.ErrnoException) =>
      reject(new DomainError('file-unreadable', `${file} cannot be read (${error.code ?? error.message})`)),
    )
  })
  const content = (async () => {
    const stream = file.endsWith('.gz') ? source.pipe(createGunzip({ maxOutputLength: MAX_BYTES })) : source
    return text(stream).catch((error: NodeJS.ErrnoException) => {
      throw new DomainError('file-unreadable', `${file} cannot be unpacked (${error.code ?? error.message})`)
    })
  })()
  return Promise.race([content, failed])
}
