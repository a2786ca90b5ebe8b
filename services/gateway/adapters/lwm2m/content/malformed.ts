import { DomainError } from '../../../../domain/errors.ts'

const LONGEST_REASON = 300

/** What is wrong with a payload, and where in it. */
export function malformed(reason: string): DomainError {
  return new DomainError('lwm2m-malformed', `the payload cannot be understood: ${reason}`.slice(0, LONGEST_REASON))
}

/** The start of what a peer wrote, quoted, for the words that refuse it. */
export function shown(text: string): string {
  return JSON.stringify(text.slice(0, 40))
}
