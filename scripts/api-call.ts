import { z } from 'zod'
import { DomainError } from '../services/domain/errors.ts'

const refusal = z.object({ code: z.string(), detail: z.string(), advice: z.string() })

const PATIENCE_MS = 10_000
const LARGEST_ANSWER = 256 * 1_024

/**
 * Sends JSON to the api, or asks it where there is no body; the answer as the schema has it, null where it is empty.
 * Throws `api-unreachable`, `api-answer-malformed`, or what the api refuses with.
 */
export async function callApi<Schema extends z.ZodType>(
  url: string,
  schema: Schema,
  body?: unknown,
): Promise<z.output<Schema>> {
  const { origin } = new URL(url)
  const sent =
    body === undefined
      ? {}
      : {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'x-commonwatt': '1' },
          body: JSON.stringify(body),
        }
  const signal = AbortSignal.timeout(PATIENCE_MS)
  const response = await fetch(url, { ...sent, signal, redirect: 'error' }).catch(() => {
    throw new DomainError('api-unreachable', `${origin} does not answer: is it running? See --api-port`)
  })
  const text = await response.text()
  const answer = text.length > LARGEST_ANSWER ? undefined : jsonOf(text)
  if (!response.ok) {
    const refused = refusal.safeParse(answer)
    if (!refused.success) throw new DomainError('api-unreachable', `${origin} answered with status ${response.status}`)
    throw new DomainError(refused.data.code, `${refused.data.detail}. ${refused.data.advice}`)
  }
  const parsed = schema.safeParse(answer)
  if (!parsed.success) throw new DomainError('api-answer-malformed', `${origin} answers what is not understood`)
  return parsed.data
}

function jsonOf(text: string): unknown {
  if (text === '') return null
  try {
    return JSON.parse(text)
  } catch {
    return undefined // whoever answers there is no api of ours
  }
}
