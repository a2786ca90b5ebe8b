/** Why something cannot be shown, and what to do about it, in words for the reader. */
export type Problem = { readonly code: string; readonly title: string; readonly detail: string }

/** What the api client throws: a refusal of the api, or that it did not answer. */
export class ApiError extends Error {
  readonly problem: Problem

  constructor(problem: Problem) {
    super(problem.detail)
    this.name = 'ApiError'
    this.problem = problem
  }
}

export const UNREACHABLE: Problem = {
  code: 'api-unreachable',
  title: 'Commonwatt does not answer',
  detail: 'The connection to the service failed. It is tried again on its own.',
}

export const NOT_UNDERSTOOD: Problem = {
  code: 'answer-not-understood',
  title: 'The answer was not understood',
  detail: 'The service answered with something else than expected. Reload the page; it may have been updated.',
}

/** Reads an RFC 9457 document; anything else becomes a problem that names the status. */
export function problemOf(body: unknown, status: number): Problem {
  const { code, title, detail } = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>
  if (typeof code !== 'string' || typeof title !== 'string' || typeof detail !== 'string') {
    return {
      code: `status-${status}`,
      title: 'Something went wrong',
      detail: `The service answered with status ${status}.`,
    }
  }
  return { code, title, detail: sentenceOf(detail) }
}

/** The problem behind whatever a query failed with. */
export function problemBehind(error: unknown): Problem {
  return error instanceof ApiError ? error.problem : NOT_UNDERSTOOD
}

/** A message as a sentence: with a capital, and a full stop. */
export function sentenceOf(detail: string): string {
  const sentence = detail.charAt(0).toUpperCase() + detail.slice(1)
  return /[.!?]$/.test(sentence) ? sentence : `${sentence}.`
}

/** Whether the problem is that there is no such thing. */
export function saysUnknown({ code }: Problem): boolean {
  return code.endsWith('-unknown') || code === 'status-404'
}

const REFUSALS = new Set(['not-signed-in', 'household-not-shown'])

/** Whether the problem is that the reader may not see it: asking again does not help, signing in may. */
export function saysRefused({ code }: Problem): boolean {
  return REFUSALS.has(code)
}
