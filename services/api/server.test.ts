import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { fakeDeps } from './fake-deps.ts'
import { createApi, listen, type ApiDeps, type RunningServer } from './server.ts'

let folder: string
let server: RunningServer | undefined

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'commonwatt-web-'))
  await mkdir(path.join(folder, 'assets'))
  await writeFile(path.join(folder, 'index.html'), '<!doctype html><title>Commonwatt</title>')
  await writeFile(path.join(folder, 'assets', 'app-1a2b.js'), 'export {}')
  await writeFile(path.join(folder, '.hidden'), 'secret')
})

afterEach(async () => {
  await server?.close()
  server = undefined
  await rm(folder, { recursive: true })
})

async function start(deps: Partial<ApiDeps> = {}): Promise<string> {
  server = await listen(createApi(fakeDeps({ webFolder: folder, ...deps })), 0)
  return `http://127.0.0.1:${server.port}`
}

describe('the web app', () => {
  test("is served at every address that is not the api's, and never kept", async () => {
    const address = await start()
    for (const screen of ['/', '/households/3', '/ledger/transactions/0x12']) {
      const response = await fetch(`${address}${screen}`)
      expect(await response.text()).toContain('Commonwatt')
      expect(response.headers.get('content-type')).toContain('text/html')
      expect(response.headers.get('cache-control')).toBe('no-cache')
    }
  })

  test('has files that browsers keep for a year, since their names change with their content', async () => {
    const response = await fetch(`${await start()}/assets/app-1a2b.js`)
    expect(response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
  })

  test('does not list folders, show hidden files, or leave its folder', async () => {
    const address = await start()
    for (const target of ['/assets/', '/.hidden', '/assets/../.hidden']) {
      expect((await ask(address, target)).status, target).toBe(404)
    }
    for (const target of ['/assets/%2e%2e/.hidden', '/..%2f..%2f..%2fetc/passwd', '/assets/..%5c.hidden']) {
      expect((await ask(address, target)).body, target).not.toMatch(/secret|root:/)
    }
  })

  test('that is not built is said to be so', async () => {
    const response = await fetch(await start({ webFolder: '/nonexistent' }))
    expect(response.status).toBe(404)
    expect(await response.json()).toMatchObject({ code: 'web-app-not-built' })
  })
})

describe('every answer', () => {
  test('forbids foreign scripts, framing and guessing of types', async () => {
    const address = await start()
    for (const target of ['/', '/api/nothing', '/assets/app-1a2b.js']) {
      const { headers } = await fetch(`${address}${target}`)
      expect(headers.get('content-security-policy')).toContain("script-src 'self';")
      expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('referrer-policy')).toBe('no-referrer')
      expect(headers.get('access-control-allow-origin')).toBeNull()
      expect(headers.get('x-powered-by')).toBeNull()
    }
  })

  test('is refused under a foreign name', async () => {
    const address = await start()
    expect((await ask(address, '/', { host: 'evil.example' })).status).toBe(421)
    expect((await ask(address, '/api/openapi.json', { host: '127.0.0.1.evil.example:80' })).status).toBe(421)
    expect((await ask(address, '/', { host: 'localhost:8420' })).status).toBe(200)
    expect((await ask(address, '/', { host: '[::1]:8420' })).status).toBe(200)
  })

  test('is given under the name that a proxy calls it by, where it is told', async () => {
    const address = await start({ hosts: ['127.0.0.1', 'market.example'] })
    expect((await ask(address, '/', { host: 'market.example' })).status).toBe(200)
    expect((await ask(address, '/', { host: 'other.example' })).status).toBe(421)
  })
})

describe('U+0000, which no text that is kept can have', () => {
  test('is refused in a body and in an address, and nobody is asked', async () => {
    const address = await start({ placeOrders: () => Promise.reject(new Error('asked')) })
    const body = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"salt":"a\\u0000b"}' }
    for (const response of [fetch(`${address}/api/orders`, body), fetch(`${address}/api/orders/0x%00`)]) {
      const { status } = await response
      expect(status).toBe(400)
      expect(await (await response).json()).toMatchObject({ code: 'request-malformed' })
    }
  })
})

describe('a defect', () => {
  test('is logged, and answered without telling what it was', async () => {
    const error = vi.fn()
    const log = { ...fakeDeps().log, error }
    const failure = new Error('password=secret')
    const address = await start({ log, readNeighbourhood: () => Promise.reject(failure) })
    const response = await fetch(`${address}/api/neighbourhood`)
    expect(response.status).toBe(500)
    expect(await response.text()).not.toContain('secret')
    expect(error).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ err: failure }), expect.anything())
  })
})

describe('listen', () => {
  test('names a port that is taken and how to choose another', async () => {
    await start()
    const again = listen(createApi(fakeDeps()), server!.port)
    await expect(again).rejects.toMatchObject({
      code: 'port-taken',
      message: `port ${server!.port} on 127.0.0.1 is taken: choose another with COMMONWATT_API_PORT`,
    })
  })
})

/** Without fetch, which would tidy the address and set the host by itself. */
function ask(
  address: string,
  target: string,
  headers: Record<string, string> = {},
): Promise<{ status: number | undefined; body: string }> {
  const { port } = new URL(address)
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path: target, headers }, (response) => {
      void text(response).then((body) => resolve({ status: response.statusCode, body }), reject)
    })
      .on('error', reject)
      .end()
  })
}
