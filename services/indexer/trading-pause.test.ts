import { expect, test } from 'vitest'
import { projectCallAuction } from './call-auction.ts'
import { emptyBatch, type LedgerEvent } from './projection-batch.ts'
import { projectTradingPause } from './trading-pause.ts'

const eventOf = (name: string, values: object): LedgerEvent =>
  ({
    contract: 'tradingPause',
    name,
    arguments: values,
    block: { number: 9, timestamp: 100 },
    transaction: { hash: '0xhash' },
    logIndex: 2,
    together: [],
    callOf: () => null,
  }) as unknown as LedgerEvent

test.each([
  ['TradingPaused', 'paused', 500n],
  ['PauseExtended', 'extended', 900n],
  ['PauseEnded', 'ended', null],
])('%s is kept with when it takes effect', (name, act, until) => {
  const batch = emptyBatch()
  projectTradingPause(batch, eventOf(name, { area: 1n, until: until ?? 0n, reasonHash: '0xwhy', by: '0xby' }))
  expect(batch.tradingPauses).toEqual([
    { blockNumber: 9, logIndex: 2, area: 1, act, effectiveAt: 101n, until, reasonHash: '0xwhy', by: '0xby' },
  ])
})

test('a session is paused that is said to be right after its gate was closed', () => {
  const batch = emptyBatch()
  const session = { area: 1n, period: 7n }
  projectCallAuction(batch, eventOf('GateClosed', { ...session, orderCount: 0n, ordersHash: '0x0', closedBy: '0xby' }))
  expect(batch.gateClosures.get('1:7')).toMatchObject({ isPaused: false })
  projectCallAuction(batch, eventOf('SessionPaused', session))
  expect(batch.gateClosures.get('1:7')).toMatchObject({ isPaused: true, closedBy: '0xby' })
})
