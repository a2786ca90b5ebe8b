import type { CoapMessage, CoapOption } from './message.ts'

export const OPTION = {
  eTag: 4,
  observe: 6,
  locationPath: 8,
  uriPath: 11,
  contentFormat: 12,
  uriQuery: 15,
  accept: 17,
  block2: 23,
  block1: 27,
  size2: 28,
  size1: 60,
  echo: 252,
} as const

type OptionRule = { readonly min: number; readonly max: number; readonly isRepeatable: boolean }

const once = (min: number, max: number): OptionRule => ({ min, max, isRepeatable: false })
const often = (min: number, max: number): OptionRule => ({ min, max, isRepeatable: true })

/** Lengths in bytes (RFC 7252 section 5.10, 7641, 7959, 9175). If-Match is missing, and refused: it would change things. */
const RULES: ReadonlyMap<number, OptionRule> = new Map([
  // Uri-Host and Uri-Port name us.
  [3, once(1, 255)],
  [7, once(0, 2)],
  [OPTION.eTag, often(1, 8)],
  [OPTION.observe, once(0, 3)],
  [OPTION.locationPath, often(0, 255)],
  [OPTION.uriPath, often(0, 255)],
  [OPTION.contentFormat, once(0, 2)],
  [OPTION.uriQuery, often(0, 255)],
  [OPTION.accept, once(0, 2)],
  [OPTION.block2, once(0, 3)],
  [OPTION.block1, once(0, 3)],
  [OPTION.size2, once(0, 4)],
  [OPTION.size1, once(0, 4)],
  [OPTION.echo, once(1, 40)],
])

/** The number of a critical option (an odd one) that is not understood; null where there is none. */
export function unknownCriticalOption({ options }: CoapMessage): number | null {
  return options.find((option, position) => isCritical(option) && !isUnderstood(options, position))?.number ?? null
}

/** The message without the elective options that are not understood, and are to be ignored (RFC 7252 section 5.4.1). */
export function withoutUnknownOptions(message: CoapMessage): CoapMessage {
  const { options } = message
  return {
    ...message,
    options: options.filter((option, position) => isCritical(option) || isUnderstood(options, position)),
  }
}

function isCritical({ number }: CoapOption): boolean {
  return number % 2 === 1
}

/** An option of a wrong length, or one too many, is as good as unknown (sections 5.4.3 and 5.4.5). */
function isUnderstood(options: readonly CoapOption[], position: number): boolean {
  const { number, value } = options[position]!
  const rule = RULES.get(number)
  if (rule === undefined || value.length < rule.min || value.length > rule.max) return false
  return rule.isRepeatable || options.findIndex((option) => option.number === number) === position
}
