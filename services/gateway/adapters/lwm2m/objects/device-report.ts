import type { DeviceReport } from '../../adapter.ts'
import type { ContentEntry } from '../content/resource-value.ts'

const DEVICE = 3
const TEXTS = [
  ['maker', 0],
  ['model', 1],
  ['serialNumber', 2],
  ['firmware', 3],
] as const
const CURRENT_TIME = 13
const LONGEST_TEXT = 100

/** What object 3 says of a device; texts lose what cannot be printed and what is too long. */
export function deviceReportOf(entries: readonly ContentEntry[], { nowMs }: { readonly nowMs: number }): DeviceReport {
  const values = new Map(
    entries
      .filter(({ path }) => path[0] === DEVICE && path[3] === undefined)
      .map(({ path, value }) => [path[2], value]),
  )
  const texts = TEXTS.flatMap(([name, resource]) => {
    const value = values.get(resource)
    const text = typeof value === 'string' ? printable(value) : ''
    return text === '' ? [] : [[name, text] as const]
  })
  const seconds = values.get(CURRENT_TIME)
  const offset = typeof seconds === 'bigint' ? Number(seconds) * 1_000 - Math.trunc(nowMs / 1_000) * 1_000 : NaN
  return { ...Object.fromEntries(texts), ...(Number.isSafeInteger(offset) ? { clockOffsetMs: offset } : {}) }
}

function printable(text: string): string {
  const clean = text.replace(/[\p{Cc}\p{Cs}]/gu, '').trim()
  return [...clean].slice(0, LONGEST_TEXT).join('')
}
