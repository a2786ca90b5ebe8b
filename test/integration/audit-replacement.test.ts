import { beforeAll, expect, test } from 'vitest'
import { hashOrders } from '../../services/chain/packed-orders.ts'
import { orderCommitment } from '../../services/chain/orders.ts'
import { addressOfKey } from '../../services/chain/typed-data.ts'
import { findLog, flipped, makeConsistent, type LedgerCopy } from './audit-copy.ts'
import {
  accountKeyOf,
  AREA,
  DAY_SECONDS,
  keyOf,
  KEYS,
  PERIOD_SECONDS,
  setUpMarket,
  tradingKeyOf,
  type MarketMaker,
  type Wish,
} from './audit-ledger.ts'
import { ANNA, BEN, CEM, DAY, FIRST_PERIOD, HOUSEHOLDS, LAST_PERIOD, signedOrderOf } from './audit-scenario.ts'
import { auditCopy, differenceAfter, makeAuditWorld, topicOf } from './audit-world.ts'

const AGENT_KEY = keyOf('agent of two')
/** Index among the day's keys of the one that Anna delegated to, behind her own. */
const ANNAS_AGENT = 1
const OPERATOR_DEADLINE = 600
const FINE = 100_000_000n
const NOTHING = Buffer.alloc(0)

let truth: LedgerCopy

const gateOf = (period: number) => period * PERIOD_SECONDS - 300
const replaceOperator = (maker: MarketMaker, memberId: number, period: number, time: number) =>
  maker.send(tradingKeyOf(memberId), 'callAuction', 'replaceOperator', [memberId, AREA, period], time)

/** Two sessions whose operator was replaced, and one with orders by a key that serves two members. */
async function playReplacements(url: string) {
  const plan = { households: HOUSEHOLDS, firstPeriod: FIRST_PERIOD, lastPeriod: LAST_PERIOD }
  const maker = await setUpMarket(url, plan)
  const delegation = [addressOfKey(AGENT_KEY), 3, 900, 0, 500_000, (DAY + 30) * DAY_SECONDS]
  for (const memberId of [ANNA, BEN]) {
    await maker.send(accountKeyOf(memberId), 'memberRegistry', 'delegateTrading', [memberId, delegation])
  }
  await maker.publishDay(DAY)
  await playSilent(maker, FIRST_PERIOD)
  await playWithheld(maker, FIRST_PERIOD + 1)
  await playSharedKey(maker, FIRST_PERIOD + 2)
  return { maker, consent: [] }
}

/** The gate was never closed: what was committed is opened when a member closes it. */
async function playSilent(maker: MarketMaker, period: number): Promise<void> {
  const own: Wish = { memberId: ANNA, side: 0, quantity: 300, limit: 210_000 }
  const packed = maker.packOrders(period, [own])
  const { order, digest, signature } = signedOrderOf(maker, period, own, packed)
  const commitment = orderCommitment(digest, signature)
  await maker.send(tradingKeyOf(ANNA), 'callAuction', 'commitOrder', [AREA, period, ANNA, 0, commitment])
  await replaceOperator(maker, BEN, period, gateOf(period) + OPERATOR_DEADLINE)
  await maker.send(KEYS.dso, 'callAuction', 'openOrder', [order, packed.readUInt16BE(0), 0, signature])
  await maker.clearClosed(period, NOTHING, [packed.subarray(0, 20)])
}

/** The gate was closed with orders that were never brought to the ledger. */
async function playWithheld(maker: MarketMaker, period: number): Promise<void> {
  const orders = maker.packOrders(period, [{ memberId: BEN, side: 0, quantity: 100, limit: 200_000 }])
  const closing = [AREA, period, 1, hashOrders(orders)]
  await maker.send(KEYS.marketOperator, 'callAuction', 'closeGate', closing, gateOf(period) + 5)
  await replaceOperator(maker, CEM, period, gateOf(period) + 5 + OPERATOR_DEADLINE)
  await maker.clearClosed(period, NOTHING, [])
}

/** Anna revokes the key that Ben still trades with. */
async function playSharedKey(maker: MarketMaker, period: number): Promise<void> {
  await maker.send(accountKeyOf(ANNA), 'memberRegistry', 'revokeDelegation', [ANNA])
  const wishes: Wish[] = [
    { memberId: ANNA, side: 0, quantity: 400, limit: 250_000, key: AGENT_KEY },
    { memberId: BEN, side: 0, quantity: 500, limit: 200_000, key: AGENT_KEY },
    { memberId: CEM, side: 1, quantity: 600, limit: 80_000 },
  ]
  const { volume } = await maker.clear(period, maker.packOrders(period, wishes), [], [ANNAS_AGENT])
  expect(volume).toBe(500)
}

beforeAll(async () => {
  truth = (await makeAuditWorld(playReplacements)).truth
})

test('an audit agrees with replaced operators, their fines, and a key that serves two members', async () => {
  const { difference, counts, books } = await auditCopy(truth)
  expect(difference).toBeNull()
  expect(counts).toMatchObject({ sessions: 3, orders: 3, voidOrders: 1 })
  expect(books!.accounts.poolOf(AREA)).toMatchObject({
    bond: 5_000_000_000n - 2n * FINE,
    fund: 1_000_000_000n + 2n * FINE,
  })
  expect([0, 1, 2].map((place) => books!.sessions.clearedOf(AREA, FIRST_PERIOD + place)?.isReplaced)).toEqual([
    true,
    true,
    false,
  ])
})

test('a fine that is not what it has to be is found, with all hashes made to fit', async () => {
  const difference = await differenceAfter(truth, (copy) => {
    const { log, number } = findLog(copy, topicOf('accounts', 'Fined'))
    log.data = flipped(log.data, 31)
    makeConsistent(copy, number)
  })
  expect(difference).toMatchObject({ check: 'accounts', area: AREA })
})

test('whoever closes the gate in the place of the operator does so without orders', async () => {
  const difference = await differenceAfter(truth, (copy) => {
    const { log, number } = findLog(copy, topicOf('callAuction', 'GateClosed'))
    log.data = flipped(log.data, 31)
    makeConsistent(copy, number)
  })
  expect(difference).toMatchObject({ check: 'sessions', period: FIRST_PERIOD })
  expect(difference?.message).toContain('closed the gate with orders')
})
