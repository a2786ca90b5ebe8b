import { describe, expect, test } from 'vitest'
import type { Health } from '../../lib/api-client.ts'
import { partsOf } from './parts.ts'
import { refusalsOf } from './useRefusals.ts'

const well = { state: 'ok', detail: 'answers' } as const
const running = { ...well, since: 1 }
const health: Health = {
  status: 'degraded',
  problems: ['The gateway is down.'],
  database: well,
  ledger: { ...well, latestBlock: 20, latestBlockTime: 1, secondsSinceBlock: 0 },
  broker: well,
  projection: { ...well, indexedBlock: 8, lagBlocks: 12 },
  processes: {
    gateway: { ...running, state: 'down' },
    agent: running,
    'market-operator': running,
    'grid-operator': running,
    aggregator: running,
    registrar: running,
    indexer: running,
  },
}

describe('partsOf', () => {
  test('shows each part with its own state', () => {
    const unwell = partsOf(health).filter(({ state }) => state !== 'ok')
    expect(unwell.map(({ name }) => name)).toEqual(['Gateway'])
  })

  test('says how far the projection lags', () => {
    const projection = partsOf(health).find(({ name }) => name === 'Projection')
    expect(projection?.does).toBe('is 12\u00a0blocks behind the ledger')
  })
})

test('refusals beyond the first page are told of, not counted', () => {
  const from = { topic: 't', device: null, protocol: null, isReplayable: false }
  const item = { ...from, id: '1', code: 'c', reason: 'r', receivedAt: 1 }
  expect(refusalsOf({ items: Array.from({ length: 50 }, () => item), nextBefore: '1' })).toMatchObject({
    count: 50,
    hasMore: true,
  })
})
