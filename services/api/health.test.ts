import { describe, expect, test } from 'vitest'
import type { Presence } from '../runtime/presence.ts'
import { createHealthCheck, type HealthDeps } from './health.ts'
import { WATCHED_PROCESSES, type WatchedProcess } from './process-presence.ts'

const allUp = new Map<WatchedProcess, Presence>(WATCHED_PROCESSES.map((name) => [name, { state: 'up', since: 1 }]))

function healthy(deps: Partial<HealthDeps> = {}): HealthDeps {
  return {
    readIndexedBlock: async () => 10,
    readLatestBlock: async () => ({ number: 10, timestamp: 900 }),
    isBrokerConnected: () => true,
    presences: allUp,
    now: () => 0,
    ...deps,
  }
}

describe('the health', () => {
  test('is ok where every part is', async () => {
    expect(await createHealthCheck(healthy())()).toMatchObject({ status: 'ok', problems: [] })
  })

  test('is down without the database or the ledger', async () => {
    const refuse = () => Promise.reject(new Error('connection refused'))
    expect(await createHealthCheck(healthy({ readIndexedBlock: refuse }))()).toMatchObject({ status: 'down' })
    expect(await createHealthCheck(healthy({ readLatestBlock: refuse }))()).toMatchObject({ status: 'down' })
  })

  test('takes a part that does not answer in time for down', async () => {
    const never = () => new Promise<never>(() => undefined)
    const { database } = await createHealthCheck(healthy({ readIndexedBlock: never, timeoutMs: 5 }))()
    expect(database).toEqual({ state: 'down', detail: 'does not answer' })
  })

  test('is degraded without the broker, whose last words are then not trusted', async () => {
    const { status, processes } = await createHealthCheck(healthy({ isBrokerConnected: () => false }))()
    expect(status).toBe('degraded')
    expect(processes.gateway.state).toBe('degraded')
  })

  test('passes on what a process says of itself', async () => {
    const presences = new Map(allUp).set('indexer', {
      state: 'degraded',
      since: 5,
      detail: 'the ledger does not answer',
    })
    const { problems, processes } = await createHealthCheck(healthy({ presences }))()
    expect(problems).toEqual(['indexer: the ledger does not answer'])
    expect(processes.indexer).toMatchObject({ state: 'degraded', since: 5 })
  })

  test('minds a projection that stands still while the ledger goes on, not one that catches up', async () => {
    let now = 0
    let indexed = 5
    const check = createHealthCheck(healthy({ now: () => now, readIndexedBlock: async () => indexed }))
    expect((await check()).projection).toMatchObject({ state: 'ok', lagBlocks: 5 })
    now = 9_000
    indexed = 6
    expect((await check()).projection).toMatchObject({ state: 'ok', lagBlocks: 4 })
    now = 20_000
    expect((await check()).projection).toMatchObject({ state: 'degraded', lagBlocks: 4 })
    indexed = 10
    expect((await check()).projection).toMatchObject({ state: 'ok', lagBlocks: 0 })
    now = 90_000
    expect((await check()).projection).toMatchObject({ state: 'ok', lagBlocks: 0 })
  })

  test('says how long ago a block was first seen', async () => {
    let now = 1_000
    const check = createHealthCheck(healthy({ now: () => now }))
    await check()
    now = 4_500
    expect((await check()).ledger).toMatchObject({ latestBlock: 10, latestBlockTime: 900, secondsSinceBlock: 3 })
  })
})
