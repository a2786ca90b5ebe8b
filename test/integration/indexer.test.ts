import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RunningPostgres } from '../../scripts/embedded/postgres.ts'
import { fundAccounts, publishEnergyRates } from '../../services/chain/deploy.ts'
import { advanceTo } from '../../services/chain/hardhat-time.ts'
import { readBalance, readDebt, readMembers } from '../../services/chain/members.ts'
import { orderDigest, orderDomain } from '../../services/chain/orders.ts'
import { sendSetUpCalls } from '../../services/chain/set-up-transactions.ts'
import { money, rate, startOf } from '../../services/domain/units.ts'
import { catchUp } from '../../services/indexer/follow.ts'
import { rebuildProjections } from '../../services/indexer/rebuild.ts'
import type { Store } from '../../services/store/connect.ts'
import { listen } from '../../services/store/notifications.ts'
import { readIndexCursor } from '../../services/store/projections.ts'
import {
  actorOf,
  createFollower,
  dumpProjections,
  holdSession,
  periodAfter,
  startTestPostgres,
  type Actor,
} from './indexer-world.ts'
import {
  accountKeyOf,
  AREA,
  clearCall,
  closeGateCall,
  commitCall,
  DSO,
  eventually,
  FIRST_PERIOD,
  HOUSEHOLDS,
  KEYS,
  setUpMarket,
  signedOrders,
  startLedger,
  STRANGER,
  SUPPLIER,
  type Market,
  type RunningLedger,
} from './ledger-fixture.ts'

const NOBODY = `0x${'77'.repeat(20)}`

let postgres: RunningPostgres
let node: RunningLedger
let market: Market
let store: Store
let actors: { operator: Actor; gateway: Actor }

beforeAll(async () => {
  postgres = await startTestPostgres(18_220)
  node = await startLedger(18_221)
  market = await setUpMarket(node.url)
  store = await createFollower(postgres, 'indexer', market)
  actors = { operator: actorOf(market, KEYS.marketOperator), gateway: actorOf(market, KEYS.gateway) }
  await publishEnergyRates(market.ledger, KEYS.supplier, AREA, periodAfter(1), [
    { retail: rate(300_000n), feedIn: rate(-20_000n) },
    { retail: rate(310_000n), feedIn: rate(50_000n) },
  ])
  await advanceTo(market.ledger, startOf(periodAfter(50)))
})
afterAll(async () => {
  await store.close()
  market.ledger.close()
  await node.stop()
  await postgres.stop()
})

const following = () => ({ ledger: market.ledger, store, deploymentHash: market.deploymentHash })
const index = () => catchUp(following())
const sessionOf = (period: number) =>
  store.client.session.findUniqueOrThrow({ where: { area_period: { area: AREA, period } } })

async function requireMoneyAsOnTheLedger() {
  const members = await store.client.member.findMany({ orderBy: { id: 'asc' } })
  expect(members.map(({ id }) => id)).toEqual([SUPPLIER, DSO, ...HOUSEHOLDS])
  for (const { id, balanceMicroEuro, debtMicroEuro } of members) {
    expect([id, balanceMicroEuro, debtMicroEuro]).toEqual([
      id,
      await readBalance(market.ledger, id),
      await readDebt(market.ledger, id),
    ])
  }
  return members
}

describe('the projections', () => {
  test('show areas with their rates, and members with their keys', async () => {
    await index()
    expect(await store.client.area.findMany()).toEqual([
      {
        id: AREA,
        firstPeriod: BigInt(FIRST_PERIOD),
        lastPeriod: BigInt(FIRST_PERIOD + 95),
        gateClosureLeadSeconds: 300,
        readingDeadlineSeconds: 300,
        retailMicroEuroPerKwh: 250_000,
        feedInMicroEuroPerKwh: 60_000,
        gridMicroEuroPerKwh: 70_000,
        gridLocalMicroEuroPerKwh: 30_000,
      },
    ])
    expect(await store.client.energyRate.findMany({ orderBy: { period: 'asc' } })).toEqual([
      { area: AREA, period: periodAfter(1), retailMicroEuroPerKwh: 300_000, feedInMicroEuroPerKwh: -20_000 },
      { area: AREA, period: periodAfter(2), retailMicroEuroPerKwh: 310_000, feedInMicroEuroPerKwh: 50_000 },
    ])
    const members = await store.client.member.findMany({ orderBy: { id: 'asc' } })
    expect(members.map(({ kind }) => kind)).toEqual(['supplier', 'dso', 'household', 'household', 'household'])
    const onLedger = await readMembers(market.ledger, AREA)
    expect(members.map(({ account, tradingKey, meterKey }) => ({ account, tradingKey, meterKey }))).toEqual(
      onLedger.map(({ account, tradingKey, meterKey }) => ({ account, tradingKey, meterKey })),
    )
  })

  test('follow a session from its orders to its payments', async () => {
    const period = periodAfter(0)
    await holdSession(market, actors, period, 10_000n)
    await index()

    const session = await sessionOf(period)
    expect(session).toMatchObject({
      orderCount: 2,
      isCleared: true,
      priceMicroEuroPerKwh: 100_000,
      volumeWh: 1_000n,
      readingsRoot: `0x${'ab'.repeat(32)}`,
      readingCount: 2,
      importTotalWh: 2_000n,
      exportTotalWh: 1_000n,
      statementsRoot: `0x${'cd'.repeat(32)}`,
    })
    const transactions = await store.client.indexedTransaction.findMany({
      where: {
        hash: {
          in: [
            session.gateClosedTransaction,
            session.clearedTransaction ?? '',
            session.readingsTransaction ?? '',
            session.settledTransaction ?? '',
          ],
        },
      },
      orderBy: { blockNumber: 'asc' },
    })
    expect(transactions.map((transaction) => [transaction.contract, transaction.function])).toEqual([
      ['callAuction', 'closeGate'],
      ['callAuction', 'clear'],
      ['meterReadings', 'commitReadings'],
      ['settlement', 'settle'],
    ])

    const domain = orderDomain(market.ledger)
    const [bid, offer] = signedOrders(market.ledger, period, [
      [3, 'bid', 1_000n, 200_000n],
      [4, 'offer', 1_500n, 100_000n],
    ])
    const fillOf = (memberId: number, side: string, quantityWh: number, limit: number, digest: string) => ({
      area: AREA,
      period,
      memberId,
      side,
      quantityWh,
      limitPriceMicroEuroPerKwh: limit,
      salt: `${BigInt(period) * 1_000n + BigInt(memberId)}`,
      filledWh: 1_000,
      digest,
    })
    expect(await store.client.fill.findMany({ where: { period }, orderBy: { memberId: 'asc' } })).toEqual([
      fillOf(3, 'bid', 1_000, 200_000, orderDigest(domain, bid!)),
      fillOf(4, 'offer', 1_500, 100_000, orderDigest(domain, offer!)),
    ])
    expect(await store.client.payment.findMany({ where: { period }, orderBy: { memberId: 'asc' } })).toEqual([
      { area: AREA, period, memberId: SUPPLIER, amountMicroEuro: -10_000n },
      { area: AREA, period, memberId: 3, amountMicroEuro: 100_000n },
      { area: AREA, period, memberId: 4, amountMicroEuro: -90_000n },
    ])
    await requireMoneyAsOnTheLedger()
  })

  test('keep readings that were committed before the gate was closed', async () => {
    const period = periodAfter(1)
    await actors.gateway.send(commitCall(period, 7))
    await index()
    expect(await store.client.session.count({ where: { period } })).toBe(0)

    await actors.operator.send(closeGateCall(period, []))
    await actors.operator.send(clearCall(period, []))
    await index()
    expect(await sessionOf(period)).toMatchObject({
      isCleared: true,
      priceMicroEuroPerKwh: null,
      volumeWh: 0n,
      readingCount: 7,
      importTotalWh: 2_000n,
    })
  })

  test('find the orders of a session that was cleared through a contract of somebody else', async () => {
    const period = periodAfter(2)
    const orders = signedOrders(market.ledger, period, [
      [3, 'offer', 700n, -50_000n],
      [5, 'bid', 700n, 120_000n],
    ])
    await actors.operator.send(closeGateCall(period, orders))
    const { callAuction } = market.ledger.contracts
    const { provider } = market.ledger
    // Passes on whatever it is called with.
    const runtime = `365f5f375f5f365f5f73${market.ledger.addresses.callAuction.slice(2)}5af100`
    await sendSetUpCalls(provider, STRANGER, [{ to: null, data: `0x60218060095f395ff3${runtime}` }])
    await index()
    const creation = await store.client.indexedTransaction.findFirstOrThrow({
      where: { recipient: null },
      orderBy: { blockNumber: 'desc' },
    })
    const receipt = (await provider.send('eth_getTransactionReceipt', [creation.hash])) as { contractAddress: string }
    const data = callAuction.interface.encodeFunctionData('clear', clearCall(period, orders).arguments)
    await sendSetUpCalls(provider, STRANGER, [{ to: receipt.contractAddress, data }])
    await index()

    expect(await sessionOf(period)).toMatchObject({ isCleared: true, volumeWh: 700n })
    const fills = await store.client.fill.findMany({ where: { period }, orderBy: { memberId: 'asc' } })
    expect(fills).toMatchObject([
      { memberId: 3, side: 'offer', quantityWh: 700, limitPriceMicroEuroPerKwh: -50_000, filledWh: 700 },
      { memberId: 5, side: 'bid', quantityWh: 700, limitPriceMicroEuroPerKwh: 120_000, filledWh: 700 },
    ])
  })

  test('keep the transactions of strangers, and those that failed, without their events', async () => {
    const nonsense = market.ledger.addresses.settlement
    await sendSetUpCalls(market.ledger.provider, STRANGER, [{ to: NOBODY, data: '0x1234' }])
    await expect(
      sendSetUpCalls(market.ledger.provider, STRANGER, [{ to: nonsense, data: '0xdeadbeef' }]),
    ).rejects.toThrow()
    await index()
    const rows = await store.client.indexedTransaction.findMany({ orderBy: { blockNumber: 'desc' }, take: 2 })
    expect(rows).toMatchObject([
      { recipient: nonsense.toLowerCase(), contract: 'settlement', function: null, succeeded: false },
      { recipient: NOBODY, contract: null, function: null, succeeded: true },
    ])
    const hashes = rows.map(({ hash }) => hash)
    expect(await store.client.indexedEvent.count({ where: { transactionHash: { in: hashes } } })).toBe(0)
  })

  test('show balances and debts as they are on the ledger, whoever carries what', async () => {
    // Member 3 has 900,000 micro-euro left: the supplier carries the rest.
    await holdSession(market, actors, periodAfter(3), 2_000_000n)
    await index()
    const indebted = await requireMoneyAsOnTheLedger()
    expect(indebted.find(({ id }) => id === 3)).toMatchObject({ balanceMicroEuro: 0n, debtMicroEuro: 1_190_000n })

    await fundAccounts(market.ledger, { settlementBankKey: KEYS.settlementBank }, [
      { memberId: 3, amount: money(1_500_000n) },
      { memberId: 5, amount: money(7n) },
    ])
    const withdraw = { contract: 'accounts', function: 'withdraw', arguments: [5, 500_000n] } as const
    await actorOf(market, accountKeyOf(5)).send(withdraw)
    await index()
    const repaid = await requireMoneyAsOnTheLedger()
    expect(repaid.find(({ id }) => id === 3)).toMatchObject({ balanceMicroEuro: 310_000n, debtMicroEuro: 0n })
    expect(repaid.find(({ id }) => id === 5)).toMatchObject({ balanceMicroEuro: 500_007n })
  })

  test('say since when a member is not active', async () => {
    const deactivate = { contract: 'memberRegistry', function: 'deactivateMember', arguments: [5] } as const
    await actorOf(market, KEYS.administrator).send(deactivate)
    await index()
    const member = await store.client.member.findUniqueOrThrow({ where: { id: 5 } })
    const block = await store.client.indexedBlock.findFirstOrThrow({ orderBy: { number: 'desc' } })
    expect(member.activeUntil).toBe(block.timestamp)
    const onLedger = await readMembers(market.ledger, AREA)
    expect(onLedger.map(({ memberId, activeUntil }) => [memberId, activeUntil])).toEqual([
      [SUPPLIER, null],
      [DSO, null],
      [3, null],
      [4, null],
      [5, block.timestamp],
    ])
  })

  test('are told to whoever listens, with the periods that changed', async () => {
    await index()
    const heard: unknown[] = []
    const stop = await listen(store.url, 'projection', (payload) => heard.push(JSON.parse(payload)))
    await actors.operator.send(closeGateCall(periodAfter(4), []))
    const cursor = await index()
    await eventually(() => heard.length > 0)
    await stop()
    expect(heard).toEqual([{ blockNumber: cursor?.number, periods: [periodAfter(4)] }])
  })

  test('are the same to the byte when the ledger is replayed from block 0', async () => {
    await index()
    const before = await dumpProjections(store.url)
    expect(Object.values(before).every((text) => text !== '')).toBe(true)
    const cursor = await rebuildProjections({ databaseUrl: store.url, ledgerUrl: node.url })
    expect(cursor).toEqual(await readIndexCursor(store))
    expect(await dumpProjections(store.url)).toEqual(before)
  })

  test('are never mixed with those of another ledger', async () => {
    const before = await dumpProjections(store.url)
    const other = await startLedger(18_222)
    const elsewhere = await setUpMarket(other.url)
    // More blocks than the projections have, so that there would be something to take.
    for (let blocks = 0; blocks < 60; blocks += 1) await mineBlock(elsewhere)

    const mixed = { ...following(), ledger: elsewhere.ledger }
    await expect(catchUp(mixed)).rejects.toMatchObject({ code: 'ledger-mismatch' })
    // Even where the deployment cannot tell, the blocks do.
    await expect(catchUp({ ...mixed, deploymentHash: elsewhere.deploymentHash })).rejects.toMatchObject({
      code: 'ledger-mismatch',
    })
    expect(await dumpProjections(store.url)).toEqual(before)
    elsewhere.ledger.close()
    await other.stop()
  })
})

function mineBlock(market: Market): Promise<unknown> {
  return market.ledger.provider.send('evm_mine', [])
}
