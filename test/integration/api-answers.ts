import { expect } from 'vitest'
import type { z } from 'zod'
import { problem } from '../../services/api/schemas/problem.ts'

/** The answer's body, which must be exactly what the schema describes. */
export async function bodyOf<Schema extends z.ZodType>(response: Response, schema: Schema): Promise<z.output<Schema>> {
  const body: unknown = await response.json()
  const parsed = schema.parse(body)
  expect(body).toEqual(parsed)
  return parsed
}

/** The refusal, which must be a problem document under its own status. */
export async function problemOf(response: Response): Promise<z.output<typeof problem>> {
  expect(response.headers.get('content-type')).toBe('application/problem+json; charset=utf-8')
  const body = await bodyOf(response, problem)
  expect(body.status).toBe(response.status)
  return body
}

/** Sends JSON. */
export function postTo(address: string, body: unknown): Promise<Response> {
  return fetch(address, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
}
