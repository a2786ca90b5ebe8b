import { z } from 'zod'
import { DomainError } from '../services/domain/errors.ts'

const refusal = z.object({ code: z.string(), detail: z.string(), advice: z.string() })

const PATIENCE_MS = 10_000
const LARGEST_ANSWER = 256 * 1_024

type Sent = { readonly body?: unknown; readonly cookie?: string }

/**
 * Sends JSON to the api, or asks it where there is no body; the answer as the schema has it, null where it is empty.
 * Throws `api-answer-malformed`, and as `sendToApi`.
 */
export async function callApi<Schema extends z.ZodType>(
  url: string,
  schema: Schema,
  body?: unknown,
  cookie?: string,
): Promise<z.output<Schema>> {
  const response = await sendToApi(url, { body, ...(cookie === undefined ? {} : { cookie }) })
  const parsed = schema.safeParse(await answerOf(response))
  if (parsed.success) return parsed.data
  throw new DomainError('api-answer-malformed', `${new URL(url).origin} answers what is not understood`)
}

/** The api's answer, which is no refusal. Throws `api-unreachable`, or what the api refuses with. */
export async function sendToApi(url: string, { body, cookie }: Sent): Promise<Response> {
  const { origin } = new URL(url)
  const session = cookie === undefined ? {} : { cookie }
  const sent =
    body === undefined
      ? { headers: session }
      : {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'x-commonwatt': '1', ...session },
          body: JSON.stringify(body),
        }
  const signal = AbortSignal.timeout(PATIENCE_MS)
  const response = await fetch(url, { ...sent, signal, redirect: 'error' }).catch(() => {
    throw new DomainError('api-unreachable', `${origin} does not answer: is it running? See --api-port`)
  })
  if (response.ok) return response
  const refused = refusal.safeParse(await answerOf(response))
  if (!refused.success) throw new DomainError('api-unreachable', `${origin} answered with status ${response.status}`)
  throw new DomainError(refused.data.code, `${refused.data.detail}. ${refused.data.advice}`)
}

async function answerOf(response: Response): Promise<unknown> {
  const text = await response.text()
  return text.length > LARGEST_ANSWER ? undefined : jsonOf(text)
}

function jsonOf(text: string): unknown {
  if (text === '') return null
  try {
    return JSON.parse(text)
  } catch {
    return undefined // whoever answers there is no api of ours
  }
}
