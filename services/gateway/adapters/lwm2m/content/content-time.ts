import { malformed } from './malformed.ts'

/** RFC 8428, 4.5.3: what is less counts from now. */
const FIRST_ABSOLUTE_SECOND = 2 ** 28
/** The last second of the year 9999. */
const LAST_SECOND = 253_402_300_799

/** Unix seconds of a base time and a time on top; undefined where neither says anything, or both say now. */
export function timeOf(
  base: number | undefined,
  time: number | undefined,
  { nowMs }: { readonly nowMs: number },
): number | undefined {
  const sum = (base ?? 0) + (time ?? 0)
  if (sum === 0) return undefined
  const seconds = sum < FIRST_ABSOLUTE_SECOND ? nowMs / 1_000 + sum : sum
  if (!(seconds >= 0 && seconds <= LAST_SECOND)) throw malformed(`the time ${sum} is out of all bounds`)
  return seconds
}
