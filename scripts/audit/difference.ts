/** What an audit found that should not be, and what it is about. */
export type Difference = {
  /** What was compared, in kebab-case, such as `block-hash`. */
  readonly check: string
  readonly message: string
  readonly block?: number | undefined
  readonly transaction?: string | undefined
  readonly area?: number | undefined
  readonly period?: number | undefined
  readonly day?: number | undefined
  readonly member?: number | undefined
}

/** Where a difference was met. */
export type Place = Omit<Difference, 'check' | 'message'>

/** Ends an audit: nothing that follows a difference could be trusted. */
export class DifferenceFound extends Error {
  readonly difference: Difference

  constructor(difference: Difference) {
    super(difference.message)
    this.name = 'DifferenceFound'
    this.difference = difference
  }
}

/** Where a difference is, without what it is; only what is known. */
export function placeOfDifference({ block, transaction, area, period, day, member }: Difference): Place {
  const place = { block, transaction, area, period, day, member }
  return Object.fromEntries(Object.entries(place).filter(([, value]) => value !== undefined))
}

/** Throws a difference. */
export function differ(check: string, message: string, place: Place = {}): never {
  throw new DifferenceFound({ check, message, ...place })
}

/** Throws a difference unless both are the same. */
export function requireSame(check: string, what: string, found: unknown, expected: unknown, place: Place = {}): void {
  if (found !== expected) differ(check, `${what} is ${String(found)}, and should be ${String(expected)}`, place)
}

/** The difference as one line: block, transaction, area, period or day, member, and what is wrong. */
export function formatDifference(difference: Difference): string {
  const { block, transaction, area, period, day, member } = difference
  const parts = [
    block === undefined ? '' : `block ${block}`,
    transaction === undefined ? '' : `transaction ${transaction}`,
    area === undefined ? '' : `area ${area}`,
    period === undefined ? '' : `period ${period} (${timeOf(period * 900)})`,
    day === undefined ? '' : `day ${day} (${timeOf(day * 86_400).slice(0, 10)})`,
    member === undefined ? '' : `member ${member}`,
  ].filter((part) => part !== '')
  return `${difference.check}: ${parts.length === 0 ? '' : `${parts.join(', ')}: `}${difference.message}`
}

/** Unix seconds as ISO 8601. */
export function timeOf(unixSeconds: number): string {
  return new Date(unixSeconds * 1_000).toISOString().replace('.000', '')
}
