import { afterEach, expect, test } from 'vitest'
import { NO_MEASURES } from '../no-measures.ts'
import type { AnsweredCommand } from '../command-format.ts'
import { startDeviceServer, type RunningDeviceServer } from './device-server.ts'

const DEVICE = `0x${'0a'.repeat(20)}`
const ID = '11111111-1111-4111-8111-111111111111'
const QUERY = `i=${DEVICE}&k=commonwatt`
const RESULT = `${DEVICE}@set-point|${ID} done`

let server: RunningDeviceServer | undefined
afterEach(async () => {
  await server?.close()
  server = undefined
})

/** As the device that the path names. */
function headersFor(path: string, password = 'open') {
  const device = new URLSearchParams(path.slice(path.indexOf('?'))).get('i') ?? ''
  return { authorization: `Basic ${btoa(`${device}:${password}`)}` }
}

/** A server where this lies ready for the device. */
async function start({ ready = null, mayAnswer = true }: { ready?: string | null; mayAnswer?: boolean } = {}) {
  const answered: (AnsweredCommand & { device: string })[] = []
  const refused: { topic: string; code: string }[] = []
  const readings: string[] = []
  server = await startDeviceServer({
    port: 0,
    measures: NO_MEASURES,
    checkPassword: (address, password) => Promise.resolve(address !== '' && password.equals(Buffer.from('open'))),
    receive: async (address) => {
      readings.push(address)
      return { isLate: false, skipped: 0 }
    },
    commands: {
      fetch: async (device) => (device === DEVICE ? ready : null),
      receive: (_topic, device, it) => answered.push({ device, ...it }),
    },
    mayAnswer: () => mayAnswer,
    onRefused: ({ topic, code }) => refused.push({ topic, code }),
    onDefect: (error) => {
      throw error
    },
  })
  const base = `http://127.0.0.1:${server.port}`
  const get = async (path: string) => {
    const response = await fetch(base + path, { headers: headersFor(path) })
    return { status: response.status, text: await response.text() }
  }
  const post = async (path: string, body: string) => {
    const response = await fetch(base + path, {
      method: 'POST',
      headers: { ...headersFor(path), 'content-type': 'text/plain' },
      body,
    })
    return { status: response.status, text: await response.text() }
  }
  return { base, get, post, answered, refused, readings }
}

test('gives what lies ready to the device that asks, and nothing to any other', async () => {
  const { get } = await start({ ready: 'a command' })
  expect(await get(`/iot/d?${QUERY}&getCmd=1`)).toEqual({ status: 200, text: 'a command' })
  expect(await get(`/iot/json?${QUERY}&getCmd=1`)).toEqual({ status: 200, text: 'a command' })
  const other = `i=0x${'0b'.repeat(20)}&k=commonwatt`
  expect(await get(`/iot/d?${other}&getCmd=1`)).toEqual({ status: 200, text: '' })
  expect(await get(`/iot/json?${other}&getCmd=1`)).toEqual({ status: 200, text: '{}' })
})

test('is nothing for whoever does not give the device’s own password', async () => {
  const { base, answered } = await start({ ready: 'a command' })
  const other = `i=0x${'0b'.repeat(20)}`
  for (const headers of [{}, headersFor(`?${QUERY}`, 'shut'), headersFor(`?${other}`), { authorization: 'Bearer x' }]) {
    const fetched = await fetch(`${base}/iot/d?${QUERY}&getCmd=1`, { headers: headers as Record<string, string> })
    expect([fetched.status, fetched.headers.get('www-authenticate')]).toEqual([401, 'Basic realm="devices"'])
    const sent = { method: 'POST', headers: headers as Record<string, string>, body: RESULT }
    expect((await fetch(`${base}/iot/d?${QUERY}`, sent)).status).toBe(401)
  }
  expect(answered).toEqual([])
})

test('takes results as UltraLight and as JSON', async () => {
  const { post, answered, readings } = await start()
  const named = JSON.stringify({ 'set-point': { id: ID, status: 'refused', reason: 'too hot' } })
  expect((await post(`/iot/d?${QUERY}`, RESULT)).status).toBe(202)
  expect((await post(`/iot/json/commands?${QUERY}`, named)).status).toBe(202)
  expect(answered).toEqual([
    { device: DEVICE, commandId: ID, answer: { status: 'done' } },
    { device: DEVICE, commandId: ID, answer: { status: 'refused', reason: 'too hot' } },
  ])
  expect(readings).toEqual([])
})

test('leaves measures to those who take readings', async () => {
  const { post, answered, readings } = await start()
  const measures = `p|1630000|n|1|i|123456|e|0|s|0x${'ab'.repeat(64)}`
  expect((await post(`/iot/d?${QUERY}`, measures)).status).toBe(200)
  expect(readings).toEqual([DEVICE])
  expect(answered).toEqual([])
})

test.each([
  ['a device in upper case', `i=${DEVICE.toUpperCase()}&k=commonwatt`, '&getCmd=1'],
  ['another group', `i=${DEVICE}&k=other`, '&getCmd=1'],
  ['getCmd of another value', QUERY, '&getCmd=0'],
  ['measures with it', QUERY, '&getCmd=1&d=p|1'],
  ['no device', 'k=commonwatt', '&getCmd=1'],
])('refuses who asks with %s', async (_, query, rest) => {
  const { get, refused } = await start({ ready: 'a command' })
  const answer = await get(`/iot/d?${query}${rest}`)
  expect(answer.status).toBe(400)
  expect(answer.text).toContain('"code":"command-answer-malformed"')
  expect(refused).toMatchObject([{ code: 'command-answer-malformed' }])
})

test('refuses results that are none, those of another device, and too long ones, and takes nothing of them', async () => {
  const { post, answered } = await start()
  for (const [path, body] of [
    ['/iot/d', `${DEVICE}@set-point|OK`],
    ['/iot/d', RESULT.replaceAll('0a', '0b')],
    ['/iot/d', `${RESULT}${' '.repeat(1_100)}`],
    ['/iot/json/commands', 'junk'],
    ['/iot/json/commands', ''],
  ] as const) {
    expect((await post(`${path}?${QUERY}`, body)).status, body).toBe(400)
  }
  expect((await post(`/iot/d?${QUERY}`, '@'.repeat(5_000))).status).toBe(413)
  expect(answered).toEqual([])
})

test('answers a flood of junk with 429', async () => {
  const { post } = await start({ mayAnswer: false })
  expect((await post(`/iot/d?${QUERY}`, `${DEVICE}@set-point|OK`)).status).toBe(429)
})
