/** A group of an UltraLight 2.0 message: what was measured at one time, values as they were written. */
export type Measures = {
  /** ISO 8601 with its offset from UTC; null where the group does not say. */
  readonly at: string | null
  readonly values: ReadonlyMap<string, string>
}

const TIMESTAMP = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.\d{1,9})?(?:Z|[+-](\d{2}):(\d{2}))$/
const LARGEST_OFFSET_HOURS = 14

/**
 * Reads `key|value|key|value`, in groups parted by `#`; with an odd number of tokens the first is a timestamp. Text says
 * what is wrong: an empty token or group, a key twice, or a timestamp that is none, which the reference takes.
 */
export function parseMeasures(text: string): readonly Measures[] | string {
  const groups: Measures[] = []
  for (const part of text.split('#')) {
    const group = parseGroup(part)
    if (typeof group === 'string') return group
    groups.push(group)
  }
  return groups
}

/** Whether the text is a date of the calendar and a time, to the second, with its offset from UTC. */
export function isTimestamp(text: string): boolean {
  const parts = TIMESTAMP.exec(text)
  if (parts === null) return false
  const at = (position: number) => Number(parts[position] ?? 0)
  const [year, month, day] = [at(1), at(2), at(3)]
  const isDay = month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month)
  const isTime = at(4) <= 23 && at(5) <= 59 && at(6) <= 59
  return isDay && isTime && at(7) <= LARGEST_OFFSET_HOURS && at(8) <= 59
}

function parseGroup(group: string): Measures | string {
  const tokens = group.split('|')
  if (tokens.includes('')) return group === '' ? 'a group is empty' : 'a token is empty'
  const isTimed = tokens.length % 2 === 1
  const [first] = tokens as [string]
  if (isTimed && !isTimestamp(first)) {
    return `${shown(first)} is no timestamp (ISO 8601), and without one keys and values come in pairs`
  }
  const values = new Map<string, string>()
  for (let position = isTimed ? 1 : 0; position < tokens.length; position += 2) {
    const key = tokens[position]!
    if (values.has(key)) return `${shown(key)} is there twice`
    values.set(key, tokens[position + 1]!)
  }
  return { at: isTimed ? first : null, values }
}

function daysIn(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate()
}

function shown(token: string): string {
  return JSON.stringify(token.slice(0, 40))
}
