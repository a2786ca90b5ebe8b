import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readBond, readCreditLine, readFree, readFund } from '../../services/chain/accounts.ts'
import { readCalendar, readTariff } from '../../services/chain/areas.ts'
import { readFillChunks, readFills } from '../../services/chain/fills.ts'
import { publishEnergyRates, publishGridRates, setCreditLines } from '../../services/chain/deploy.ts'
import { advanceTo, hasTimeControl } from '../../services/chain/hardhat-time.ts'
import { connectLedger, ledgerHoldsDeployment } from '../../services/chain/ledger.ts'
import { readLatestBlock } from '../../services/chain/ledger-clock.ts'
import { readBalance, readMembers, readRevocations } from '../../services/chain/members.ts'
import {
  areCleared,
  areCommitted,
  isCommitted,
  readCommitment,
  readReadingsVersion,
  readSession,
} from '../../services/chain/sessions.ts'
import { sendSetUpCalls } from '../../services/chain/set-up-transactions.ts'
import {
  readCommittedPayments,
  readCorrections,
  readLastRun,
  readOwed,
  readRun,
  readWithheld,
} from '../../services/chain/settlement-runs.ts'
import {
  areKeysPublished,
  readLocked,
  readOpenDays,
  readPageCount,
  readSessionKeys,
  readTradingKeys,
} from '../../services/chain/trading-days.ts'
import type { Call } from '../../services/chain/transactions.ts'
import { addressOfKey } from '../../services/chain/typed-data.ts'
import { encodePayments } from '../../services/domain/settlement/payment.ts'
import {
  deliveryPeriod,
  endOf,
  endOfDay,
  HIGHEST_PRICE,
  LOWEST_PRICE,
  money,
  rate,
  startOf,
  tradingDay,
  type DeliveryPeriod,
} from '../../services/domain/units.ts'
import {
  accountKeyOf,
  AREA,
  BOND,
  CALENDAR,
  clearCall,
  closeGateCall,
  commitCall,
  commitStatementsCall,
  DEPOSITS,
  FIRST_DAY,
  FIRST_PERIOD,
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
  tradingKeyOf,
  type Market,
  type RunningLedger,
} from './ledger-fixture.ts'

/** The last two periods of the first day, which is settled after four sessions. */
const LAST_PERIOD = deliveryPeriod(FIRST_PERIOD + 3)
const TRADED = deliveryPeriod(LAST_PERIOD - 1)
const ALLOWANCE = DEPOSITS.household / 4n / 96n
const [BUYER, SELLER, DELEGATOR] = HOUSEHOLDS

let node: RunningLedger
let market: Market

const send = (privateKey: string, { contract, function: name, arguments: parameters }: Call) => {
  const { contracts, addresses, provider } = market.ledger
  const data = contracts[contract].interface.encodeFunctionData(name, parameters)
  return sendSetUpCalls(provider, privateKey, [{ to: addresses[contract], data }])
}

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
    const { ledger } = market
    expect(await readCalendar(ledger, AREA)).toEqual(CALENDAR)
    await publishEnergyRates(ledger, KEYS.supplier, AREA, LAST_PERIOD, [{ retail: rate(1n), feedIn: rate(-5n) }])
    await publishGridRates(ledger, KEYS.dso, AREA, LAST_PERIOD, [{ grid: rate(9n), gridLocal: rate(8n) }])
    const standard = {
      retail: 250_000n,
      feedIn: 60_000n,
      grid: 70_000n,
      gridLocal: 30_000n,
      levy: 20_500n,
      platformFee: 5_000n,
    }
    expect(await readTariff(ledger, AREA, TRADED)).toEqual(standard)
    const changed = { retail: 1n, feedIn: -5n, grid: 9n, gridLocal: 8n }
    expect(await readTariff(ledger, AREA, LAST_PERIOD)).toEqual({ ...standard, ...changed })
  })

  test('hold a bond and a guarantee fund, and their members deposits and credit lines', async () => {
    const { ledger } = market
    expect([await readBond(ledger, AREA), await readFund(ledger, AREA)]).toEqual([BOND, FUND])
    await setCreditLines(ledger, KEYS.communityManager, [{ memberId: BUYER, amount: money(7n) }])
    expect([await readCreditLine(ledger, BUYER), await readCreditLine(ledger, SELLER)]).toEqual([7n, 0n])
    const locked = await readLocked(ledger, SELLER)
    expect(locked).toBe(ALLOWANCE * 96n * 2n)
    expect(await readFree(ledger, SELLER)).toBe(DEPOSITS.household - locked)
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

describe('members', () => {
  test('have a delegated key, whose revocation is seen among the day’s keys', async () => {
    const { ledger } = market
    const delegate = (key: string): Call => ({
      contract: 'memberRegistry',
      function: 'delegateTrading',
      arguments: [DELEGATOR, [key, 2, 900, -100, 4_000_000, endOfDay(FIRST_DAY)]],
    })
    const key = addressOfKey(STRANGER)
    await send(accountKeyOf(DELEGATOR), delegate(key))
    const delegation = {
      key,
      mayBid: false,
      mayOffer: true,
      quantityLimit: 900n,
      lowestPrice: -100n,
      highestPrice: 4_000_000n,
      expiry: endOfDay(FIRST_DAY),
    }
    const memberOf = async () => (await readMembers(ledger, AREA)).find(({ memberId }) => memberId === DELEGATOR)
    expect((await memberOf())?.delegation).toEqual(delegation)

    const { index, trader } = (await readTradingKeys(ledger, AREA, FIRST_DAY))[2]!
    const entry = { index, memberId: trader, key }
    expect(await readRevocations(ledger, [entry])).toEqual(new Map())
    await send(accountKeyOf(DELEGATOR), delegate(`0x${'77'.repeat(20)}`))
    const { timestamp } = await readLatestBlock(ledger)
    expect(await readRevocations(ledger, [entry])).toEqual(new Map([[entry.index, timestamp]]))
    // Orders whose gate closed before are judged by how it stood then.
    expect(await readRevocations(ledger, [entry], timestamp)).toEqual(new Map([[entry.index, timestamp]]))
    expect(await readRevocations(ledger, [entry], timestamp - 1)).toEqual(new Map())
    await send(accountKeyOf(DELEGATOR), {
      contract: 'memberRegistry',
      function: 'revokeDelegation',
      arguments: [DELEGATOR],
    })
    expect((await memberOf())?.delegation).toBeNull()
  })
})

describe('trading keys', () => {
  test('are those of every household, with what each may put at risk', async () => {
    const { ledger } = market
    const keys = await readTradingKeys(ledger, AREA, FIRST_DAY)
    expect(keys).toEqual(
      HOUSEHOLDS.map((memberId, index) => ({
        index,
        trader: memberId,
        key: addressOfKey(tradingKeyOf(memberId)),
        mayBid: true,
        mayOffer: true,
        validPeriods: 96,
        quantityLimit: 5_000n,
        lowestPrice: LOWEST_PRICE,
        highestPrice: HIGHEST_PRICE,
        allowance: ALLOWANCE,
      })),
    )
    // The same pages give the same array.
    expect(await readTradingKeys(ledger, AREA, FIRST_DAY)).toBe(keys)
    expect(await areKeysPublished(ledger, AREA, FIRST_DAY)).toBe(true)
    expect(await readPageCount(ledger, AREA, FIRST_DAY)).toBe(1)
    expect(await readOpenDays(ledger, AREA)).toEqual([FIRST_DAY, SECOND_DAY])
  })

  test('count only in sessions whose gate closes after they were published', async () => {
    const { timestamp } = await readLatestBlock(market.ledger)
    expect(await readSessionKeys(market.ledger, AREA, FIRST_DAY, timestamp + 1)).toHaveLength(HOUSEHOLDS.length)
    expect(await readSessionKeys(market.ledger, AREA, FIRST_DAY, timestamp - 100_000)).toEqual([])
  })

  test('are none on a day for which nobody published any', async () => {
    const later = tradingDay(SECOND_DAY + 1)
    expect(await readTradingKeys(market.ledger, AREA, later)).toEqual([])
    expect(await areKeysPublished(market.ledger, AREA, later)).toBe(false)
  })
})

describe('sessions', () => {
  test('are read in each of their states, with what everybody got', async () => {
    const { ledger } = market
    expect(await readSession(ledger, AREA, TRADED)).toMatchObject({ state: 'open', gateClosedAt: null, price: null })
    await expect(readFillChunks(ledger, AREA, TRADED)).rejects.toMatchObject({ code: 'session-not-cleared' })
    const orders = signedOrders(ledger, TRADED, [
      [BUYER, 'bid', 1_000n, 200_000n],
      [SELLER, 'offer', 1_500n, 100_000n],
    ])
    await advanceTo(ledger, startOf(TRADED) - 300)
    await send(KEYS.marketOperator, closeGateCall(TRADED, orders))
    const { timestamp } = await readLatestBlock(ledger)
    expect(await readSession(ledger, AREA, TRADED)).toMatchObject({
      state: 'gate-closed',
      gateClosedAt: timestamp,
      orderCount: 2,
    })

    await send(KEYS.marketOperator, clearCall(TRADED, orders))
    expect(await readSession(ledger, AREA, TRADED)).toMatchObject({
      state: 'cleared',
      price: 100_000n,
      volume: 1_000n,
      openedOrderCount: 0,
    })
    expect(await readFillChunks(ledger, AREA, TRADED)).toEqual(['0x000003000003e8000004800003e8'])
    expect(await readFills(ledger, AREA, TRADED)).toEqual([
      { trader: BUYER, side: 'bid', filled: 1_000n },
      { trader: SELLER, side: 'offer', filled: 1_000n },
    ])
    expect(await areCleared(ledger, AREA, TRADED, 1)).toBe(true)
    expect(await areCleared(ledger, AREA, TRADED, 2)).toBe(false)
  })

  test('are metered in versions', async () => {
    const { ledger } = market
    expect(await readReadingsVersion(ledger, AREA, TRADED)).toBeNull()
    await advanceTo(ledger, endOf(TRADED))
    await send(KEYS.gateway, commitCall(TRADED, 2))
    const { timestamp } = await readLatestBlock(ledger)
    const first = { root: `0x${'ab'.repeat(32)}`, count: 2, importTotal: 2_000n, exportTotal: 1_000n }
    expect(await readCommitment(ledger, AREA, TRADED)).toEqual(first)
    await advanceTo(ledger, timestamp + 10)
    await send(KEYS.gateway, { ...commitCall(TRADED, 3), function: 'correctReadings' })
    expect(await readCommitment(ledger, AREA, TRADED)).toEqual({ ...first, count: 3 })
    expect(await readCommitment(ledger, AREA, TRADED, 0)).toEqual(first)
    expect(await readReadingsVersion(ledger, AREA, TRADED)).toBe(1)
    expect(await readReadingsVersion(ledger, AREA, TRADED, timestamp)).toBe(0)
    expect([await isCommitted(ledger, AREA, TRADED), await areCommitted(ledger, AREA, TRADED, 2)]).toEqual([
      true,
      false,
    ])
  })
})

describe('settlement', () => {
  const payments = [
    { memberId: SUPPLIER, amount: money(-5n) },
    { memberId: BUYER, amount: money(5n) },
  ]

  test('is committed and paid in runs', async () => {
    const { ledger } = market
    for (const period of [FIRST_PERIOD, FIRST_PERIOD + 1, LAST_PERIOD].map(deliveryPeriod)) await holdEmpty(period)
    expect(await readLastRun(ledger, AREA, FIRST_DAY)).toBeNull()

    const readingsAt = (await readLatestBlock(ledger)).timestamp
    await send(KEYS.marketOperator, commitStatementsCall(FIRST_DAY, 0, payments, readingsAt))
    const { timestamp } = await readLatestBlock(ledger)
    const committed = { run: 0, count: 2, total: 5n, committedAt: timestamp, readingsAt, isPaid: false }
    const run = (await readRun(ledger, AREA, FIRST_DAY, 0))!
    expect(run).toMatchObject(committed)
    expect(await readCommittedPayments(ledger, AREA, FIRST_DAY, run)).toBe(encodePayments(payments))
    const foreign = { ...run, paymentsHash: `0x${'11'.repeat(32)}` }
    await expect(readCommittedPayments(ledger, AREA, FIRST_DAY, foreign)).rejects.toMatchObject({
      code: 'ledger-inconsistent',
    })
    expect(await readRun(ledger, AREA, FIRST_DAY, 2)).toBeNull()
    expect(await readCorrections(ledger, AREA, FIRST_DAY, 0, [SUPPLIER, BUYER])).toEqual([0n, 0n])
    expect(await readOwed(ledger, AREA, FIRST_DAY, 0, [SUPPLIER, BUYER])).toEqual([0n, 0n])
    expect(await readWithheld(ledger, AREA, FIRST_DAY, 0)).toBe(0n)

    await advanceTo(ledger, timestamp + CALENDAR.challengeWindowSeconds)
    const before = await readBalance(ledger, BUYER)
    await send(STRANGER, payRunCall(FIRST_DAY, 0, payments))
    expect(await readLastRun(ledger, AREA, FIRST_DAY)).toMatchObject({ run: 0, isPaid: true })
    expect(await readBalance(ledger, BUYER)).toBe(before - 5n)
    expect(await readOpenDays(ledger, AREA)).toEqual([SECOND_DAY])
  })

  async function holdEmpty(period: DeliveryPeriod): Promise<void> {
    await advanceTo(market.ledger, endOf(period))
    await send(KEYS.marketOperator, closeGateCall(period, []))
    await send(KEYS.marketOperator, clearCall(period, []))
    await send(KEYS.gateway, commitCall(period))
  }
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
