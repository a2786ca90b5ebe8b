import { z } from 'zod'
import { DomainError } from '../services/domain/errors.ts'

const refusal = z.object({ code: z.string(), detail: z.string() })

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
  const response = await sendToApi(url, body)
  if (!response.ok) throw await refusalOf(response)
  const parsed = schema.safeParse(await answerOf(response))
  if (parsed.success) return parsed.data
  throw new DomainError('api-answer-malformed', `${new URL(url).origin} answers what is not understood`)
}

/** As `callApi`, with the answer as it came. Throws `api-unreachable`. */
export function sendToApi(url: string, body?: unknown): Promise<Response> {
  const sent =
    body === undefined
      ? {}
      : {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'x-commonwatt': '1' },
          body: JSON.stringify(body),
        }
  return fetch(url, { ...sent, signal: AbortSignal.timeout(PATIENCE_MS), redirect: 'error' }).catch(() => {
    throw new DomainError('api-unreachable', `${new URL(url).origin} does not answer: is it running? See --api-port`)
  })
}

/** With what the api refused. */
export async function refusalOf(response: Response): Promise<DomainError> {
  const refused = refusal.safeParse(await answerOf(response))
  if (refused.success) return new DomainError(refused.data.code, refused.data.detail)
  return new DomainError('api-unreachable', `${new URL(response.url).origin} answered with status ${response.status}`)
}

/** Null where it is empty; undefined where it is no JSON, as whoever answers there is no api of ours. */
async function answerOf(response: Response): Promise<unknown> {
  const text = await response.text()
  if (text === '') return null
  if (text.length > LARGEST_ANSWER) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
