import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RunningPostgres } from '../../scripts/embedded/postgres.ts'
import { fundAccounts, publishEnergyRates, publishGridRates, setCreditLines } from '../../services/chain/deploy.ts'
import { advanceTo } from '../../services/chain/hardhat-time.ts'
import { readLatestBlock } from '../../services/chain/ledger-clock.ts'
import { readMembers } from '../../services/chain/members.ts'
import { orderDigest, orderDomain } from '../../services/chain/orders.ts'
import { sendSetUpCalls } from '../../services/chain/set-up-transactions.ts'
import { addressOfKey } from '../../services/chain/typed-data.ts'
import { endOf, endOfDay, money, rate, startOf } from '../../services/domain/units.ts'
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
  requireMoneyAsOnTheLedger,
  startTestPostgres,
  type Actor,
} from './indexer-world.ts'
import {
  accountKeyOf,
  AREA,
  BOND,
  CALENDAR,
  clearCall,
  closeGateCall,
  commitCall,
  commitStatementsCall,
  eventually,
  FIRST_DAY,
  FUND,
  HOUSEHOLDS,
  KEYS,
  payRunCall,
  SECOND_DAY,
  setUpMarket,
  signedOrders,
  startLedger,
  STRANGER,
  SUPPLIER,
  TAX_AUTHORITY,
  type Market,
  type RunningLedger,
} from './ledger-fixture.ts'

const NOBODY = `0x${'77'.repeat(20)}`

let postgres: RunningPostgres
let node: RunningLedger
let market: Market
let store: Store
let actors: { operator: Actor; gateway: Actor; registrar: Actor }

beforeAll(async () => {
  postgres = await startTestPostgres(18_220)
  node = await startLedger(18_221)
  market = await setUpMarket(node.url)
  store = await createFollower(postgres, 'indexer', market)
  actors = {
    operator: actorOf(market, KEYS.marketOperator),
    gateway: actorOf(market, KEYS.gateway),
    registrar: actorOf(market, KEYS.communityManager),
  }
  await publishEnergyRates(market.ledger, KEYS.supplier, AREA, periodAfter(11), [
    { retail: rate(300_000n), feedIn: rate(-20_000n) },
    { retail: rate(310_000n), feedIn: rate(50_000n) },
  ])
  await publishGridRates(market.ledger, KEYS.dso, AREA, periodAfter(12), [
    { grid: rate(90_000n), gridLocal: rate(20_000n) },
  ])
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

describe('the projections', () => {
  test('show areas with their rates and their money, members with their keys, and trading days', async () => {
    await index()
    const { firstPeriod, lastPeriod, ...seconds } = CALENDAR
    expect(await store.client.area.findMany()).toEqual([
      {
        id: AREA,
        firstPeriod: BigInt(firstPeriod),
        lastPeriod: BigInt(lastPeriod),
        ...seconds,
        retailMicroEuroPerKwh: 250_000,
        feedInMicroEuroPerKwh: 60_000,
        gridMicroEuroPerKwh: 70_000,
        gridLocalMicroEuroPerKwh: 30_000,
        levyMicroEuroPerKwh: 20_500,
        platformFeeMicroEuroPerKwh: 5_000,
        fundMicroEuro: FUND,
        bondMicroEuro: BOND,
      },
    ])
    expect(await store.client.energyRate.findMany({ orderBy: { period: 'asc' } })).toEqual([
      { area: AREA, period: periodAfter(11), retailMicroEuroPerKwh: 300_000, feedInMicroEuroPerKwh: -20_000 },
      { area: AREA, period: periodAfter(12), retailMicroEuroPerKwh: 310_000, feedInMicroEuroPerKwh: 50_000 },
    ])
    expect(await store.client.gridRate.findMany()).toEqual([
      { area: AREA, period: periodAfter(12), gridMicroEuroPerKwh: 90_000, gridLocalMicroEuroPerKwh: 20_000 },
    ])
    const members = await store.client.member.findMany({ orderBy: { id: 'asc' } })
    const households = HOUSEHOLDS.map(() => 'household')
    expect(members.map(({ kind }) => kind)).toEqual([
      'supplier',
      'dso',
      ...households,
      'tax-authority',
      'platform-operator',
    ])
    const onLedger = await readMembers(market.ledger, AREA)
    expect(members.map(({ account, tradingKey, meterKey }) => ({ account, tradingKey, meterKey }))).toEqual(
      onLedger.map(({ account, tradingKey, meterKey }) => ({ account, tradingKey, meterKey })),
    )
    expect(await store.client.tradingDay.findMany({ orderBy: { day: 'asc' } })).toEqual(
      [FIRST_DAY, SECOND_DAY].map((day) => ({
        area: AREA,
        day,
        entryCount: 3,
        membersSeen: 7,
        isSealed: false,
        pages: 1,
      })),
    )
  })

  test('follow a session from its orders to its readings, and to their correction', async () => {
    const period = periodAfter(0)
    await advanceTo(market.ledger, endOf(period))
    await holdSession(market, actors, period)
    await index()

    const session = await sessionOf(period)
    expect(session).toMatchObject({
      orderCount: 2,
      closedBy: addressOfKey(KEYS.marketOperator),
      closedByMember: null,
      isCleared: true,
      ledgerOrderCount: 0,
      voidOrderCount: 0,
      priceMicroEuroPerKwh: 100_000,
      volumeWh: 1_000n,
      readingsRoot: `0x${'ab'.repeat(32)}`,
      readingCount: 2,
      importTotalWh: 2_000n,
      exportTotalWh: 1_000n,
      readingsVersion: 0,
    })
    const transactions = await store.client.indexedTransaction.findMany({
      where: {
        hash: {
          in: [session.gateClosedTransaction, session.clearedTransaction ?? '', session.readingsTransaction ?? ''],
        },
      },
      orderBy: { blockNumber: 'asc' },
    })
    expect(transactions.map((transaction) => [transaction.contract, transaction.function])).toEqual([
      ['callAuction', 'closeGate'],
      ['callAuction', 'clear'],
      ['meterReadings', 'commitReadings'],
    ])

    const domain = orderDomain(market.ledger)
    const [bid, offer] = signedOrders(market.ledger, period, [
      [3, 'bid', 1_000n, 200_000n],
      [4, 'offer', 1_500n, 100_000n],
    ])
    const fillOf = (memberId: number, side: string, quantityWh: number, limit: number, digest: string) => ({
      area: AREA,
      period,
      trader: memberId,
      side,
      quantityWh,
      limitPriceMicroEuroPerKwh: limit,
      expiry: BigInt(startOf(period)),
      salt: `${BigInt(period) * 1_000n + BigInt(memberId)}`,
      isFromLedger: false,
      filledWh: 1_000,
      digest,
    })
    expect(await store.client.fill.findMany({ where: { period }, orderBy: { trader: 'asc' } })).toEqual([
      fillOf(3, 'bid', 1_000, 200_000, orderDigest(domain, bid!)),
      fillOf(4, 'offer', 1_500, 100_000, orderDigest(domain, offer!)),
    ])

    await actors.gateway.send(commitCall(period, 3, 'correctReadings'))
    await index()
    expect(await sessionOf(period)).toMatchObject({ readingsVersion: 1, readingCount: 3 })
  })

  test('keep readings that were committed before the gate was closed', async () => {
    const period = periodAfter(1)
    await advanceTo(market.ledger, endOf(period))
    await actors.gateway.send(commitCall(period, 3))
    await index()
    expect(await store.client.session.count({ where: { period } })).toBe(0)

    await actors.operator.send(closeGateCall(period, []))
    await actors.operator.send(clearCall(period, []))
    await index()
    expect(await sessionOf(period)).toMatchObject({
      isCleared: true,
      priceMicroEuroPerKwh: null,
      volumeWh: 0n,
      readingCount: 3,
      importTotalWh: 2_000n,
    })
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

  test('show a delegation until it is revoked', async () => {
    const { timestamp } = await readLatestBlock(market.ledger)
    const member = actorOf(market, accountKeyOf(3))
    const delegate = (key: string, sides: number) =>
      member.send({
        contract: 'memberRegistry',
        function: 'delegateTrading',
        arguments: [3, [key, sides, 400, -100_000, 300_000, timestamp + 9_000]],
      })
    await delegate(NOBODY, 3)
    await delegate(`0x${'78'.repeat(20)}`, 2)
    await index()
    expect(await store.client.delegation.findMany()).toEqual([
      {
        memberId: 3,
        key: `0x${'78'.repeat(20)}`,
        mayBid: false,
        mayOffer: true,
        quantityLimitWh: 400,
        lowestPriceMicroEuroPerKwh: -100_000,
        highestPriceMicroEuroPerKwh: 300_000,
        expiry: BigInt(timestamp + 9_000),
      },
    ])
    await member.send({ contract: 'memberRegistry', function: 'revokeDelegation', arguments: [3] })
    await index()
    expect(await store.client.delegation.count()).toBe(0)
    await delegate(`0x${'79'.repeat(20)}`, 1)
    await index()
  })

  test('show a settlement run and its payments, and money as it is on the ledger, whoever carries what', async () => {
    const { ledger } = market
    // Member 3 has 100 euro, of which 25 are locked: the fund pays the next 50, the supplier the rest.
    const payments = [
      { memberId: SUPPLIER, amount: money(-190_000_000n) },
      { memberId: 3, amount: money(200_000_000n) },
      { memberId: 4, amount: money(-10_000_001n) },
      { memberId: TAX_AUTHORITY, amount: money(1n) },
    ]
    await advanceTo(ledger, endOfDay(FIRST_DAY) + 600)
    for (const count of [2, 3]) await holdSession(market, actors, periodAfter(count))
    const readingsAt = (await readLatestBlock(ledger)).timestamp
    const committed = await actors.operator.send(commitStatementsCall(FIRST_DAY, 0, payments, readingsAt))
    await index()
    const where = { area_day_run: { area: AREA, day: FIRST_DAY, run: 0 } }
    const { timestamp } = await readLatestBlock(ledger)
    const run = {
      area: AREA,
      day: FIRST_DAY,
      run: 0,
      root: `0x${'cd'.repeat(32)}`,
      statementCount: 4,
      totalMicroEuro: 200_000_001n,
      committedAt: timestamp,
      committedTransaction: committed.hash,
      readingsAt,
      withheldMicroEuro: 0n,
    }
    expect(await store.client.settlementRun.findUnique({ where })).toEqual({
      ...run,
      paidAt: null,
      paidTransaction: null,
    })
    const rows = payments.map(({ memberId, amount }) => ({
      ...{ area: AREA, day: FIRST_DAY, run: 0 },
      memberId,
      amountMicroEuro: amount,
    }))
    expect(await store.client.payment.findMany({ orderBy: { memberId: 'asc' } })).toEqual(rows)

    await setCreditLines(ledger, KEYS.communityManager, [{ memberId: 5, amount: money(5_000_000n) }])
    await advanceTo(ledger, timestamp + CALENDAR.challengeWindowSeconds)
    const paid = await actorOf(market, STRANGER).send(payRunCall(FIRST_DAY, 0, payments))
    await index()
    expect(await store.client.settlementRun.findUnique({ where })).toEqual({
      ...run,
      paidAt: (await readLatestBlock(ledger)).timestamp,
      paidTransaction: paid.hash,
    })
    expect(await store.client.payment.findMany({ orderBy: { memberId: 'asc' } })).toEqual(rows)
    const indebted = await requireMoneyAsOnTheLedger(market, store)
    expect(indebted.fundMicroEuro).toBe(0n)
    expect(indebted.members.find(({ id }) => id === 3)!.debtMicroEuro).toBeGreaterThan(50_000_000n)

    const bank = { settlementBankKey: KEYS.settlementBank }
    await fundAccounts(ledger, bank, [{ memberId: 3, amount: money(60_000_000n) }])
    await index()
    const repaying = await requireMoneyAsOnTheLedger(market, store)
    expect(repaying.fundMicroEuro).toBe(50_000_000n)
    await fundAccounts(ledger, bank, [
      { memberId: 3, amount: money(150_000_000n) },
      { memberId: 5, amount: money(7n) },
    ])
    const withdraw = { contract: 'accounts', function: 'withdraw', arguments: [5, 500_000n] } as const
    await actorOf(market, accountKeyOf(5)).send(withdraw)
    await index()
    const repaid = await requireMoneyAsOnTheLedger(market, store)
    expect(repaid.members.find(({ id }) => id === 3)).toMatchObject({ debtMicroEuro: 0n })
    expect(repaid.members.find(({ id }) => id === 5)).toMatchObject({ balanceMicroEuro: 99_500_007n })
  })

  test('say since when a member is not active', async () => {
    const deactivate = { contract: 'memberRegistry', function: 'deactivateMember', arguments: [3] } as const
    await actors.registrar.send(deactivate)
    await index()
    const member = await store.client.member.findUniqueOrThrow({ where: { id: 3 } })
    expect(member.activeUntil).toBe((await readLatestBlock(market.ledger)).timestamp)
    expect(await store.client.delegation.count()).toBe(0)
    const onLedger = await readMembers(market.ledger, AREA)
    expect(onLedger.find(({ memberId }) => memberId === 3)?.activeUntil).toBe(member.activeUntil)
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
    const cursor = await rebuildProjections({ databaseUrl: store.url, ledgerUrl: node.url })
    expect(cursor).toEqual(await readIndexCursor(store))
    expect(await dumpProjections(store.url)).toEqual(before)
  })

  test('are never mixed with those of another ledger', async () => {
    const before = await dumpProjections(store.url)
    const other = await startLedger(18_222)
    const elsewhere = await setUpMarket(other.url)
    // More blocks than the projections have, so that there would be something to take.
    for (let blocks = 0; blocks < 90; blocks += 1) await mineBlock(elsewhere)

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
