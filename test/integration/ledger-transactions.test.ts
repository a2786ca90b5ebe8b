import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { advanceTo } from '../../services/chain/hardhat-time.ts'
import { connectLedger, type Ledger } from '../../services/chain/ledger.ts'
import { readSession } from '../../services/chain/sessions.ts'
import { sendSetUpCalls } from '../../services/chain/set-up-transactions.ts'
import { localSigningKey } from '../../services/chain/signing-key.ts'
import type { Outbox } from '../../services/chain/outbox.ts'
import { createTransactionSender } from '../../services/chain/transactions.ts'
import { deliveryPeriod, startOf } from '../../services/domain/units.ts'
import {
  AREA,
  clearCall,
  closeGateCall,
  FIRST_PERIOD,
  KEYS,
  memoryOutbox,
  POLL_MS,
  setUpMarket,
  signedOrders,
  SILENT_LOG,
  startLedger,
  startProxy,
  type Market,
  type Proxy,
  type RunningLedger,
} from './ledger-fixture.ts'

const NOBODY = `0x${'77'.repeat(20)}`

let nextPeriod = FIRST_PERIOD

describe.each([
  ['a node that mines at once', 'each', 18_200],
  ['a node with a block a second', 'interval', 18_205],
] as const)('createTransactionSender at %s', (_, mining, port) => {
  let node: RunningLedger
  let market: Market
  let proxy: Proxy
  let ledger: Ledger
  let period = FIRST_PERIOD

  beforeAll(async () => {
    node = await startLedger(port, mining)
    market = await setUpMarket(node.url)
    await advanceTo(market.ledger, startOf(deliveryPeriod(FIRST_PERIOD + 50)))
    proxy = await startProxy(port + 1, node.url)
    ledger = await connectLedger({ url: proxy.url, addresses: market.ledger.addresses })
  })
  afterAll(async () => {
    ledger.close()
    market.ledger.close()
    await proxy.stop()
    await node.stop()
  })
  beforeEach(() => {
    proxy.treat = () => 'pass'
    proxy.seen.length = 0
    nextPeriod = deliveryPeriod(nextPeriod + 1)
    period = nextPeriod
  })

  const senderOf = (outbox: Outbox, privateKey = KEYS.marketOperator) =>
    createTransactionSender({ ledger, key: localSigningKey(privateKey), outbox, pollMs: POLL_MS, log: SILENT_LOG })

  test('sends a call and says where it was mined', async () => {
    const outbox = memoryOutbox()
    const mined = await senderOf(outbox).send('close', closeGateCall(period, []))

    expect((await readSession(ledger, AREA, period)).state).toBe('gate-closed')
    expect(outbox.entries).toMatchObject([{ purpose: 'close', status: 'mined', ...{ hash: mined.hash } }])
    expect(outbox.entries[0]?.blockNumber).toBe(mined.blockNumber)
    expect(mined.gasUsed).toBeGreaterThan(21_000n)
  })

  test('signs once for a purpose, also when asked twice at a time', async () => {
    const outbox = memoryOutbox()
    const sender = senderOf(outbox)
    const [one, other] = await Promise.all([
      sender.send('close', closeGateCall(period, [])),
      sender.send('close', closeGateCall(period, [])),
    ])
    expect(other).toEqual(one)
    expect(outbox.entries).toHaveLength(1)
  })

  test('keeps the order in which it was asked', async () => {
    const orders = signedOrders(ledger, period, [
      [3, 'bid', 1_000n, 200_000n],
      [4, 'offer', 1_000n, 100_000n],
    ])
    const sender = senderOf(memoryOutbox())
    await Promise.all([
      sender.send('close', closeGateCall(period, orders)),
      sender.send('clear', clearCall(period, orders)),
    ])
    expect(await readSession(ledger, AREA, period)).toMatchObject({ state: 'cleared', price: 150_000n, volume: 1_000n })
  })

  test('does not sign what the contract would refuse', async () => {
    const outbox = memoryOutbox()
    const sender = senderOf(outbox)
    await expect(sender.send('clear', clearCall(period, []))).rejects.toMatchObject({
      code: 'call-auction-gate-not-closed',
      details: { area: BigInt(AREA), period: BigInt(period) },
    })
    expect(outbox.entries).toEqual([])
    // and goes on afterwards
    await sender.send('close', closeGateCall(period, []))
  })

  test('goes on after a kill between storing and broadcasting', async () => {
    const outbox = memoryOutbox()
    proxy.treat = (body) => (body.includes('eth_sendRawTransaction') ? 'refuse' : 'pass')
    const killed = senderOf(outbox)
    const lost = killed.send('close', closeGateCall(period, []))
    await expect.poll(() => proxy.seen.some((body) => body.includes('eth_sendRawTransaction'))).toBe(true)
    killed.stop()
    await expect(lost).rejects.toMatchObject({ code: 'sender-stopped' })
    expect(outbox.entries).toMatchObject([{ status: 'signed' }])

    proxy.treat = () => 'pass'
    const mined = await senderOf(outbox).send('close', closeGateCall(period, []))
    expect(mined.hash).toBe(outbox.entries[0]?.hash)
    expect(outbox.entries).toMatchObject([{ status: 'mined' }])
  })

  test('goes on after a kill between broadcasting and noting that it was mined', async () => {
    const outbox = memoryOutbox()
    await senderOf(outbox).send('close', closeGateCall(period, []))
    const before = outbox.entries[0]!
    outbox.entries.splice(0, 1, { ...before, status: 'signed', blockNumber: null })

    const mined = await senderOf(outbox).send('close', closeGateCall(period, []))
    expect(mined.hash).toBe(before.hash)
    expect(outbox.entries).toEqual([before])
  })

  test('brings in what was signed before ahead of anything new', async () => {
    const outbox = memoryOutbox()
    const orders = signedOrders(ledger, period, [[3, 'bid', 1_000n, 200_000n]])
    proxy.treat = (body) => (body.includes('eth_sendRawTransaction') ? 'refuse' : 'pass')
    const killed = senderOf(outbox)
    const lost = killed.send('close', closeGateCall(period, orders))
    await expect.poll(() => outbox.entries.length).toBe(1)
    killed.stop()
    await expect(lost).rejects.toMatchObject({ code: 'sender-stopped' })

    proxy.treat = () => 'pass'
    await senderOf(outbox).send('clear', clearCall(period, orders))
    expect(outbox.entries.map(({ purpose, status }) => [purpose, status])).toEqual([
      ['close', 'mined'],
      ['clear', 'mined'],
    ])
    expect(outbox.entries[1]!.nonce).toBe(outbox.entries[0]!.nonce + 1)
  })

  test('sends again when the answer was lost, and what the node says then is no failure', async () => {
    const outbox = memoryOutbox()
    let losses = 0
    proxy.treat = (body) => (body.includes('eth_sendRawTransaction') && losses++ < 2 ? 'lose' : 'pass')
    await senderOf(outbox).send('close', closeGateCall(period, []))

    expect(losses).toBeGreaterThanOrEqual(1)
    expect((await readSession(ledger, AREA, period)).state).toBe('gate-closed')
    expect(outbox.entries).toMatchObject([{ status: 'mined' }])
  })

  test('waits for a node that is down, at every step', async () => {
    const outbox = memoryOutbox()
    // Every other request finds nobody.
    let requests = 0
    proxy.treat = () => (requests++ % 2 === 0 ? 'refuse' : 'pass')
    await senderOf(outbox).send('close', closeGateCall(period, []))
    expect(outbox.entries).toMatchObject([{ status: 'mined' }])
  })

  test('waits where something else answers in the place of the node, at every step', async () => {
    const outbox = memoryOutbox()
    let requests = 0
    proxy.treat = () => (requests++ % 2 === 0 ? 'fail' : 'pass')
    await senderOf(outbox).send('close', closeGateCall(period, []))
    expect(outbox.entries).toMatchObject([{ status: 'mined' }])
    expect((await readSession(market.ledger, AREA, period)).state).toBe('gate-closed')
  })

  test('does not lose its place when the outbox fails', async () => {
    const outbox = memoryOutbox()
    let failures = 0
    const failing: Outbox = {
      ...outbox,
      // The first row is written, but nobody hears of it.
      async add(entry) {
        await outbox.add(entry)
        if (failures++ === 0) throw new Error('connection terminated')
      },
    }
    const sender = senderOf(failing)
    await expect(sender.send('close', closeGateCall(period, []))).rejects.toThrow('connection terminated')
    nextPeriod = deliveryPeriod(nextPeriod + 1)
    await sender.send('close next', closeGateCall(nextPeriod, []))
    expect(outbox.entries.map(({ purpose, status }) => [purpose, status])).toEqual([
      ['close', 'mined'],
      ['close next', 'mined'],
    ])
  })

  test('signs the call anew after a kill when another program used the nonce', async () => {
    const outbox = memoryOutbox()
    proxy.treat = (body) => (body.includes('eth_sendRawTransaction') ? 'refuse' : 'pass')
    const killed = senderOf(outbox)
    const lost = killed.send('close', closeGateCall(period, []))
    await expect.poll(() => outbox.entries.length).toBe(1)
    killed.stop()
    await expect(lost).rejects.toMatchObject({ code: 'sender-stopped' })
    const [before] = outbox.entries
    await sendSetUpCalls(market.ledger.provider, KEYS.marketOperator, [{ to: NOBODY, data: '0x' }])

    proxy.treat = () => 'pass'
    const mined = await senderOf(outbox).send('close', closeGateCall(period, []))
    expect((await readSession(ledger, AREA, period)).state).toBe('gate-closed')
    expect(outbox.entries).toMatchObject([
      { nonce: before!.nonce + 1, status: 'mined', hash: mined.hash, earlierHashes: [before!.hash] },
    ])
  })

  test('gives the reason of a transaction that reverted though its simulation did not', async () => {
    const outbox = memoryOutbox()
    // The simulation is told that all is well.
    const credulous = { ...ledger, provider: withoutSimulation(ledger) }
    const sender = createTransactionSender({
      ledger: credulous,
      key: localSigningKey(KEYS.marketOperator),
      outbox,
      pollMs: POLL_MS,
      log: SILENT_LOG,
    })
    await expect(sender.send('clear', clearCall(period, []))).rejects.toMatchObject({
      code: 'call-auction-gate-not-closed',
    })
    expect(outbox.entries).toMatchObject([{ status: 'reverted' }])
    await expect(senderOf(outbox).send('clear', clearCall(period, []))).rejects.toMatchObject({
      code: 'call-auction-gate-not-closed',
    })
  })
})

/** A provider whose first eth_call always succeeds. */
function withoutSimulation(ledger: Ledger): Ledger['provider'] {
  let calls = 0
  const send = (method: string, parameters: unknown[]) =>
    method === 'eth_call' && calls++ === 0 ? Promise.resolve('0x') : ledger.provider.send(method, parameters)
  return Object.create(ledger.provider, { send: { value: send } }) as Ledger['provider']
}
