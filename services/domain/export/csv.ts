import { startOf, type DeliveryPeriod } from '../units.ts'

export type CsvValue = string | number | bigint | boolean | null

/** A line of RFC 4180 with its line break: CRLF, quotes only where they are needed; null is an empty field. */
export function formatCsvLine(values: readonly CsvValue[]): string {
  return `${values.map(formatField).join(',')}\r\n`
}

/** The beginning of the period in UTC, with the offset spelled out. */
export function formatPeriodStart(period: DeliveryPeriod): string {
  return formatUtc(startOf(period))
}

/** Unix seconds in UTC, with the offset spelled out. */
export function formatUtc(unixSeconds: number): string {
  return new Date(unixSeconds * 1_000).toISOString().replace('.000Z', '+00:00')
}

function formatField(value: CsvValue): string {
  if (value === null) return ''
  const text = String(value)
  // A spreadsheet takes text that begins so for a formula; only texts that people wrote can.
  const guarded = typeof value === 'string' && /^[=+\-@\t\r]/.test(text) && !isNumber(text) ? `'${text}` : text
  return /[",\r\n]/.test(guarded) ? `"${guarded.replaceAll('"', '""')}"` : guarded
}

function isNumber(text: string): boolean {
  return /^-?\d+(\.\d+)?$/.test(text)
}
