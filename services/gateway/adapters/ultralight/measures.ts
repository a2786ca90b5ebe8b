import { isTimestamp } from '../timestamp.ts'

/** A group of an UltraLight 2.0 message: what was measured at one time, values as they were written. */
export type Measures = {
  /** ISO 8601 with its offset from UTC; null where the group does not say. */
  readonly at: string | null
  readonly values: ReadonlyMap<string, string>
}

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

function shown(token: string): string {
  return JSON.stringify(token.slice(0, 40))
}
