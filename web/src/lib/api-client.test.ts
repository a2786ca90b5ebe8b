import { afterEach, describe, expect, test, vi } from 'vitest'
import { api, withQuery } from './api-client.ts'
import type { ApiError } from './problem.ts'

const signal = new AbortController().signal

function answerWith(status: number, body: unknown): void {
  vi.stubGlobal('fetch', async () => new Response(JSON.stringify(body), { status }))
}

async function codeOf(request: Promise<unknown>): Promise<string> {
  const error = await request.then(
    () => null,
    (thrown: ApiError) => thrown,
  )
  return error?.problem.code ?? 'answered'
}

afterEach(() => {
  vi.unstubAllGlobals()
})

test('withQuery leaves out what is not given', () => {
  expect(withQuery('/api/sessions', { before: undefined, limit: 5 })).toBe('/api/sessions?limit=5')
  expect(withQuery('/api/sessions', {})).toBe('/api/sessions')
})

describe('a request', () => {
  test('throws the problem that the api answers with', async () => {
    answerWith(404, { code: 'block-unknown', title: 'No such block', detail: 'there is no block 7', status: 404 })
    expect(await codeOf(api.block(7, signal))).toBe('block-unknown')
  })

  test('says that nothing answers where the connection fails', async () => {
    vi.stubGlobal('fetch', async () => {
      throw new TypeError('failed to fetch')
    })
    expect(await codeOf(api.neighbourhood(signal))).toBe('api-unreachable')
  })

  test('does not take a page for an answer', async () => {
    vi.stubGlobal('fetch', async () => new Response('<!doctype html>', { status: 200 }))
    expect(await codeOf(api.neighbourhood(signal))).toBe('answer-not-understood')
  })

  test('takes the health of an unwell system as an answer', async () => {
    answerWith(503, { status: 'down', problems: ['The gateway is down.'] })
    expect(await api.health(signal)).toMatchObject({ status: 'down' })
  })
})
