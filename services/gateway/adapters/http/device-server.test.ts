import { afterEach, expect, test } from 'vitest'
import { NO_MEASURES } from '../no-measures.ts'
import { DomainError } from '../../../domain/errors.ts'
import type { SignedReading } from '../../signed-reading.ts'
import type { ReadingTaker } from '../reading-taking.ts'
import { startDeviceServer, type RunningDeviceServer } from './device-server.ts'

const METER = `0x${'0a'.repeat(20)}`
const SIGNATURE = `0x${'ab'.repeat(64)}`
const measures = (sequence: number) => `p|1630000|n|${sequence}|i|123456|e|0|s|${SIGNATURE}`
const QUERY = `i=${METER}&k=commonwatt`

let server: RunningDeviceServer | undefined
afterEach(async () => {
  await server?.close()
  server = undefined
})

type Taken = { readonly address: string; readonly reading: SignedReading }

/** A server whose taker does with each reading what is said, with what it took and what it refused. */
async function start(taker: Partial<ReadingTaker> = {}) {
  const taken: Taken[] = []
  const refused: { topic: string; code: string }[] = []
  const defects: unknown[] = []
  server = await startDeviceServer({
    port: 0,
    measures: NO_MEASURES,
    checkPassword: () => Promise.resolve(false),
    receive: async (address, reading) => {
      taken.push({ address, reading })
      return { isLate: false, skipped: 0 }
    },
    mayAnswer: () => true,
    onRefused: ({ topic, code }) => refused.push({ topic, code }),
    onDefect: (error) => defects.push(error),
    ...taker,
  })
  const base = `http://127.0.0.1:${server.port}`
  const ask = async (path: string, body?: string, type = 'text/plain') => {
    const request = body === undefined ? {} : { method: 'POST', headers: { 'content-type': type }, body }
    const response = await fetch(base + path, request)
    return { status: response.status, receipts: (await response.json()) as Record<string, unknown>[], response }
  }
  return { ask, taken, refused, defects }
}

test('takes UltraLight by GET and by POST, and a list of readings in its sequence', async () => {
  const { ask, taken } = await start()
  const got = await ask(`/iot/d?${QUERY}&d=${encodeURIComponent(measures(1))}&t=2026-11-27T06:00:00Z`)
  expect(got).toMatchObject({ status: 200, receipts: [{ deliveryPeriod: 1_630_000, sequence: 1, status: 'accepted' }] })
  const posted = await ask(`/iot/d?${QUERY}`, `${measures(2)}#${measures(3)}`)
  expect(posted.receipts.map(({ sequence }) => sequence)).toEqual([2, 3])
  expect(taken.map(({ address, reading }) => [address, reading.sequence])).toEqual([1, 2, 3].map((n) => [METER, n]))
})

test('takes JSON, a reading or a list of readings', async () => {
  const { ask } = await start()
  const reading = { deliveryPeriod: 1, sequence: 1, importRegisterWh: '1', exportRegisterWh: '0', signature: SIGNATURE }
  for (const body of [reading, [reading]]) {
    expect(await ask(`/iot/json?${QUERY}`, JSON.stringify(body), 'application/json')).toMatchObject({ status: 200 })
  }
})

test.each([
  ['no device', '/iot/d?k=commonwatt', 'names a meter'],
  ['a device in capitals', `/iot/d?i=${METER.toUpperCase()}&k=commonwatt`, 'names a meter'],
  ['two devices', `/iot/d?i=${METER}&i=${METER}&k=commonwatt`, 'names a meter'],
  ['no service group', `/iot/d?i=${METER}`, 'k is not commonwatt'],
  ['a time that is none', `/iot/d?${QUERY}&t=soon`, 't is no timestamp'],
  ['no measures', `/iot/d?${QUERY}`, 'a group is empty'],
])('refuses %s, and writes it down', async (_, path, words) => {
  const { ask, taken, refused } = await start()
  const { status, receipts } = await ask(path, '')
  expect(status).toBe(400)
  expect(receipts).toMatchObject([{ status: 'refused', code: 'reading-malformed' }])
  expect(receipts[0]!.reason).toContain(words)
  expect(taken).toEqual([])
  expect(refused).toEqual([
    { topic: expect.stringMatching(/^http POST \/iot\/d/) as string, code: 'reading-malformed' },
  ])
})

test('says of a reading that was there before that it is, and of one that is refused why', async () => {
  const refuse = (code: string) => ({ receive: () => Promise.reject(new DomainError(code, 'why')) })
  const replayed = await start(refuse('reading-replayed'))
  expect(await replayed.ask(`/iot/d?${QUERY}`, measures(1))).toMatchObject({
    status: 200,
    receipts: [{ status: 'refused', code: 'reading-replayed' }],
  })
  await server?.close()
  const conflicting = await start(refuse('reading-conflict'))
  expect(await conflicting.ask(`/iot/d?${QUERY}`, measures(1))).toMatchObject({
    status: 422,
    receipts: [{ status: 'refused', code: 'reading-conflict', reason: 'why', sequence: 1 }],
  })
})

test('has a reading that is not durable sent again', async () => {
  const { ask } = await start({ receive: () => Promise.resolve(null) })
  const { status, receipts, response } = await ask(`/iot/d?${QUERY}`, measures(1))
  expect({ status, receipts }).toEqual({ status: 503, receipts: [] })
  expect(response.headers.get('retry-after')).toBe('1')
})

test('tells whoever asks too much nothing but to wait', async () => {
  const { ask } = await start({ mayAnswer: () => false })
  expect(await ask(`/iot/d?${QUERY}`, 'junk')).toMatchObject({ status: 429, receipts: [] })
})

test('bounds what it reads, and knows no other paths', async () => {
  const { ask, defects } = await start()
  expect(await ask(`/iot/d?${QUERY}`, 'x'.repeat(5_000))).toMatchObject({ status: 413 })
  expect(await ask('/iot/other')).toMatchObject({ status: 404, receipts: [{ code: 'device-path-unknown' }] })
  expect(await ask(`/iot/json?${QUERY}`)).toMatchObject({ status: 404 })
  expect(defects).toEqual([])
})

test('lets a defect reach its handler', async () => {
  const { ask, defects } = await start({ receive: () => Promise.reject(new Error('defect')) })
  expect(await ask(`/iot/d?${QUERY}`, measures(1))).toMatchObject({ status: 500 })
  expect(defects).toMatchObject([{ message: 'defect' }])
})

test('names a port that is taken and how to choose another', async () => {
  await start()
  const taken = startDeviceServer({
    port: server!.port,
    measures: NO_MEASURES,
    checkPassword: () => Promise.resolve(false),
    receive: async () => null,
    mayAnswer: () => true,
    onRefused: () => undefined,
    onDefect: () => undefined,
  })
  await expect(taken).rejects.toMatchObject({
    code: 'port-taken',
    message: expect.stringContaining('COMMONWATT_DEVICE_PORT') as string,
  })
})
