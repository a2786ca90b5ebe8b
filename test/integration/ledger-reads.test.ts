import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readCalendar, readTariff } from '../../services/chain/areas.ts'
import { publishEnergyRates } from '../../services/chain/deploy.ts'
import { advanceTo, hasTimeControl } from '../../services/chain/hardhat-time.ts'
import { connectLedger, ledgerHoldsDeployment } from '../../services/chain/ledger.ts'
import { readLatestBlock } from '../../services/chain/ledger-clock.ts'
import { isCommitted, isSettled, readCommitment, readSession } from '../../services/chain/sessions.ts'
import { rate, startOf } from '../../services/domain/units.ts'
import { actorOf, holdSession, periodAfter } from './indexer-world.ts'
import {
  AREA,
  closeGateCall,
  FIRST_PERIOD,
  KEYS,
  setUpMarket,
  startLedger,
  type Market,
  type RunningLedger,
} from './ledger-fixture.ts'

let node: RunningLedger
let market: Market

beforeAll(async () => {
  node = await startLedger(18_250)
  market = await setUpMarket(node.url)
})
afterAll(async () => {
  market.ledger.close()
  await node.stop()
})

describe('areas', () => {
  test('have a calendar, and a tariff that published rates override', async () => {
    expect(await readCalendar(market.ledger, AREA)).toEqual({
      firstPeriod: FIRST_PERIOD,
      lastPeriod: FIRST_PERIOD + 95,
      gateClosureLeadSeconds: 300,
      readingDeadlineSeconds: 300,
    })
    await publishEnergyRates(market.ledger, KEYS.supplier, AREA, periodAfter(1), [
      { retail: rate(1n), feedIn: rate(-5n) },
    ])
    const standard = { retail: 250_000n, feedIn: 60_000n, grid: 70_000n, gridLocal: 30_000n }
    expect(await readTariff(market.ledger, AREA, periodAfter(0))).toEqual(standard)
    expect(await readTariff(market.ledger, AREA, periodAfter(1))).toEqual({ ...standard, retail: 1n, feedIn: -5n })
  })

  test('that do not exist are refused by name', async () => {
    await expect(readCalendar(market.ledger, 9)).rejects.toMatchObject({
      code: 'area-registry-unknown-area',
      message: 'there is no area 9',
    })
  })
})

describe('time', () => {
  test('goes forward when it may, and never back', async () => {
    expect(await hasTimeControl(market.ledger)).toBe(true)
    const before = await readLatestBlock(market.ledger)
    await advanceTo(market.ledger, before.timestamp + 100)
    const after = await readLatestBlock(market.ledger)
    expect(after).toEqual({ number: before.number + 1, timestamp: before.timestamp + 100 })
    await advanceTo(market.ledger, before.timestamp + 50)
    expect(await readLatestBlock(market.ledger)).toEqual(after)
  })
})

describe('sessions', () => {
  test('are read in each of their states', async () => {
    const actors = { operator: actorOf(market, KEYS.marketOperator), gateway: actorOf(market, KEYS.gateway) }
    const period = periodAfter(2)
    expect(await readSession(market.ledger, AREA, period)).toMatchObject({
      state: 'open',
      gateClosedAt: null,
      price: null,
    })
    await advanceTo(market.ledger, startOf(periodAfter(3)))
    await actors.operator.send(closeGateCall(period, []))
    const { timestamp } = await readLatestBlock(market.ledger)
    expect(await readSession(market.ledger, AREA, period)).toMatchObject({
      state: 'gate-closed',
      gateClosedAt: timestamp,
    })

    const traded = periodAfter(1)
    expect([await isCommitted(market.ledger, AREA, traded), await isSettled(market.ledger, AREA, traded)]).toEqual([
      false,
      false,
    ])
    await holdSession(market, actors, traded, 1_000n)
    expect(await readSession(market.ledger, AREA, traded)).toMatchObject({
      state: 'cleared',
      orderCount: 2,
      price: 100_000n,
      volume: 1_000n,
    })
    expect(await readCommitment(market.ledger, AREA, traded)).toEqual({
      root: `0x${'ab'.repeat(32)}`,
      count: 2,
      importTotal: 2_000n,
      exportTotal: 1_000n,
    })
    expect([await isCommitted(market.ledger, AREA, traded), await isSettled(market.ledger, AREA, traded)]).toEqual([
      true,
      true,
    ])
  })
})

describe('a ledger', () => {
  test('is known by its deployment', async () => {
    const { ledger, deploymentHash } = market
    const followed = { chainId: Number(ledger.chainId), deploymentHash, addresses: ledger.addresses }
    expect(await ledgerHoldsDeployment(node.url, followed)).toBe(true)
    expect(await ledgerHoldsDeployment(node.url, { ...followed, chainId: 1 })).toBe(false)
    expect(await ledgerHoldsDeployment(node.url, { ...followed, deploymentHash: `0x${'99'.repeat(32)}` })).toBe(false)
    const nobody = `0x${'77'.repeat(20)}`
    const elsewhere = { ...followed, addresses: { ...ledger.addresses, settlement: nobody } }
    expect(await ledgerHoldsDeployment(node.url, elsewhere)).toBe(false)
  })

  test('that nobody answers for is an error of its own', async () => {
    const { addresses } = market.ledger
    await expect(connectLedger({ url: 'http://127.0.0.1:18259', addresses })).rejects.toMatchObject({
      code: 'ledger-unreachable',
    })
  })
})
