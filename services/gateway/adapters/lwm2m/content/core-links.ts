import { MOST_ENTRIES, requirePayloadSize, textOf } from './limits.ts'
import { malformed, shown } from './malformed.ts'

/** A link of the CoRE link format (RFC 6690); an attribute without a value has an empty one. */
export type CoreLink = { readonly target: string; readonly attributes: ReadonlyMap<string, string> }

const MOST_ATTRIBUTES = 32
const TARGET = /<([^<>"\s]{0,255})>/y
const ATTRIBUTE =
  /\s*;\s*([!#$&+\-.^_`|~0-9A-Za-z]{1,64}\*?)(?:\s*=\s*(?:"((?:[^"\\]|\\.){0,1024})"|([^\s";,]{0,1024})))?/y
const SEPARATOR = /\s*,\s*/y

/** Reads links with their attributes. Of an attribute that is there twice the first counts, as the RFC says. */
export function decodeLinks(payload: Uint8Array): readonly CoreLink[] {
  requirePayloadSize(payload)
  const text = textOf(payload, 'the list of links').trim()
  const links: CoreLink[] = []
  let position = 0

  const take = (pattern: RegExp) => {
    pattern.lastIndex = position
    const match = pattern.exec(text)
    if (match !== null) position = pattern.lastIndex
    return match
  }

  while (position < text.length) {
    if (links.length === MOST_ENTRIES) throw malformed(`it has more than ${MOST_ENTRIES} links`)
    const target = take(TARGET)?.[1]
    if (target === undefined) throw unreadable(text, position)
    links.push({ target, attributes: attributesOf(take) })
    if (position < text.length && take(SEPARATOR) === null) throw unreadable(text, position)
    if (position === text.length && text.endsWith(',')) throw unreadable(text, position)
  }
  return links
}

/** Writes links; values are quoted but where they are numbers. */
export function encodeLinks(links: readonly CoreLink[]): Uint8Array {
  const text = links.map(({ target, attributes }) => {
    const words = [...attributes].map(([name, value]) => (value === '' ? `;${name}` : `;${name}=${quoted(value)}`))
    return `<${target}>${words.join('')}`
  })
  return Buffer.from(text.join(','), 'utf8')
}

function attributesOf(take: (pattern: RegExp) => RegExpExecArray | null): ReadonlyMap<string, string> {
  const attributes = new Map<string, string>()
  for (let match = take(ATTRIBUTE); match !== null; match = take(ATTRIBUTE)) {
    const [, name, inQuotes, bare] = match
    if (attributes.size === MOST_ATTRIBUTES) throw malformed(`a link has more than ${MOST_ATTRIBUTES} attributes`)
    const value = inQuotes?.replace(/\\(.)/gs, '$1') ?? bare ?? ''
    if (name !== undefined && !attributes.has(name)) attributes.set(name, value)
  }
  return attributes
}

function quoted(value: string): string {
  return /^\d{1,10}(\.\d{1,5})?$/.test(value) ? value : `"${value.replace(/["\\]/g, '\\$&')}"`
}

function unreadable(text: string, position: number) {
  return malformed(`there is no link at ${shown(text.slice(position))}, which is character ${position}`)
}
