import { afterAll, beforeAll, expect, test } from 'vitest'
import type { z } from 'zod'
import { WATCHED_PROCESSES } from '../../services/api/process-presence.ts'
import { health } from '../../services/api/schemas/health.ts'
import { presenceTopicOf } from '../../services/runtime/presence.ts'
import { bodyOf, problemOf } from './api-answers.ts'
import { openEventStream } from './api-event-stream.ts'
import { startApiWorld, type ApiWorld } from './api-world.ts'

// One story, told in sequence: parts go down one after the other and are never started again.
let world: ApiWorld

const readHealth = async (): Promise<{ status: number; health: z.output<typeof health> }> => {
  const response = await fetch(`${world.address}/health`)
  return { status: response.status, health: await bodyOf(response, health) }
}
const tell = (name: string, state: 'up' | 'down') => {
  const presence = JSON.stringify({ state, since: 1_700_000_000 })
  return world.service.publishAsync(presenceTopicOf(name), presence, { qos: 1, retain: true })
}
const problems = async () => (await readHealth()).health.problems

beforeAll(async () => {
  world = await startApiWorld({ port: 18_530, households: 1 })
})

afterAll(async () => {
  await world.stop()
})

test('processes that nobody has heard of are not well', async () => {
  const { status, health } = await readHealth()
  expect(status).toBe(503)
  expect(health).toMatchObject({ status: 'degraded', database: { state: 'ok' }, broker: { state: 'ok' } })
  expect(health.problems).toEqual([
    'gateway: has not been heard of',
    'agent: has not been heard of',
    'market-operator: has not been heard of',
    'grid-operator: has not been heard of',
    'aggregator: has not been heard of',
    'registrar: has not been heard of',
    'indexer: has not been heard of',
  ])
})

test('all is well once every process says so', async () => {
  for (const name of WATCHED_PROCESSES) await tell(name, 'up')
  await expect.poll(problems, { timeout: 10_000 }).toEqual([])
  expect(await readHealth()).toMatchObject({
    status: 200,
    health: { status: 'ok', ledger: { state: 'ok' }, projection: { state: 'ok', lagBlocks: 0 } },
  })
})

test('a process that dies is named, and listeners hear of it', async () => {
  const stream = await openEventStream(`${world.address}/api/stream`)
  await tell('gateway', 'down')
  await expect.poll(problems, { timeout: 10_000 }).toEqual(['gateway: stopped unexpectedly'])
  let heard = ''
  while (!heard.includes('stopped')) heard = await stream.next('health')
  expect(JSON.parse(heard)).toEqual({ status: 'degraded', problems: ['gateway: stopped unexpectedly'] })
  stream.close()
  await tell('gateway', 'up')
})

test('a ledger that does not answer is named', async () => {
  await world.stopLedger()
  await expect.poll(problems, { timeout: 10_000 }).toContain('ledger: does not answer')
  expect(await readHealth()).toMatchObject({ status: 503, health: { status: 'down', ledger: { latestBlock: null } } })
  expect((await fetch(`${world.address}/api/neighbourhood`)).status).toBe(200)
})

test('a broker that is gone is named', async () => {
  await world.broker.stop()
  await expect.poll(problems, { timeout: 10_000 }).toContain('broker: not connected')
  expect((await readHealth()).health.processes.indexer).toMatchObject({ state: 'degraded' })
})

test('a database that is gone is named, and requests are told to come again', async () => {
  await world.postgres.stop()
  await expect.poll(problems, { timeout: 10_000 }).toContain('database: does not answer')
  const response = await fetch(`${world.address}/api/sessions`)
  expect(response.headers.get('retry-after')).toBe('1')
  expect(await problemOf(response)).toMatchObject({ status: 503, code: 'database-unreachable' })
})

test('the api still stops cleanly, and ends its streams', async () => {
  const stream = await openEventStream(`${world.address}/api/stream`)
  await world.stopApi()
  await expect(stream.next('projection')).rejects.toThrow()
  await expect(fetch(`${world.address}/health`)).rejects.toThrow()
})
