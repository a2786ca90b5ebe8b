import { bytesToHex } from '@noble/hashes/utils.js'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { RunningPostgres } from '../../scripts/embedded/postgres.ts'
import { proveLeftOutCall } from '../../services/chain/challenge-calls.ts'
import { claimArgument } from '../../services/chain/clearing-claims.ts'
import { readCommittedOrders } from '../../services/chain/committed-orders.ts'
import { advanceTo } from '../../services/chain/hardhat-time.ts'
import {
  orderArgument,
  orderCommitment,
  orderDigest,
  orderDomain,
  signOrder,
  type SignedOrder,
} from '../../services/chain/orders.ts'
import { chunksOfOrders, hashOrders, orderTerms } from '../../services/chain/packed-orders.ts'
import { receiptDomain, signReceipt } from '../../services/chain/receipts.ts'
import { sendSetUpCalls } from '../../services/chain/set-up-transactions.ts'
import type { Call } from '../../services/chain/transactions.ts'
import { addressOfKey } from '../../services/chain/typed-data.ts'
import { clearingOf } from '../../services/domain/market/clearing.ts'
import { endOf, type DeliveryPeriod } from '../../services/domain/units.ts'
import { catchUp } from '../../services/indexer/follow.ts'
import { rebuildProjections } from '../../services/indexer/rebuild.ts'
import type { Store } from '../../services/store/connect.ts'
import {
  actorOf,
  createFollower,
  dumpProjections,
  periodAfter,
  requireMoneyAsOnTheLedger,
  startTestPostgres,
  type Actor,
} from './indexer-world.ts'
import {
  accountKeyOf,
  AREA,
  CALENDAR,
  clearCall,
  closeGateCall,
  entryIndexOf,
  gateOf,
  KEYS,
  packedOrders,
  setUpMarket,
  signedOrders,
  startLedger,
  STRANGER,
  tradingKeyOf,
  type Market,
  type RunningLedger,
  type Wish,
} from './ledger-fixture.ts'

let postgres: RunningPostgres
let node: RunningLedger
let market: Market
let store: Store
let operator: Actor
let stranger: Actor
let nextPeriod = 0
let period: DeliveryPeriod

beforeAll(async () => {
  postgres = await startTestPostgres(18_224)
  node = await startLedger(18_225)
  market = await setUpMarket(node.url)
  store = await createFollower(postgres, 'indexer_orders', market)
  operator = actorOf(market, KEYS.marketOperator)
  stranger = actorOf(market, STRANGER)
})
beforeEach(() => {
  period = periodAfter((nextPeriod += 1))
})
afterAll(async () => {
  await store.close()
  market.ledger.close()
  await node.stop()
  await postgres.stop()
})

const index = () => catchUp({ ledger: market.ledger, store, deploymentHash: market.deploymentHash })
const sessionOfPeriod = () => store.client.session.findUniqueOrThrow({ where: { area_period: { area: AREA, period } } })
const fillsOfPeriod = () =>
  store.client.fill.findMany({ where: { period }, orderBy: [{ trader: 'asc' }, { side: 'asc' }] })
const auctionCall = (name: string, ...parameters: unknown[]): Call => ({
  contract: 'callAuction',
  function: name,
  arguments: parameters,
})
const ordersOf = (...wishes: Wish[]) => signedOrders(market.ledger, period, wishes)

/** Another order for the same, with the greater salt. */
function resaltedOf(order: SignedOrder): SignedOrder {
  const changed = { ...order, salt: order.salt + 1n }
  const signature = signOrder(orderDomain(market.ledger), changed, tradingKeyOf(order.trader))
  return { ...changed, signature }
}

function clearChunks(counting: readonly SignedOrder[], packed: Uint8Array, forced = '0x'): Call[] {
  const claim = claimArgument(clearingOf(counting).claim)
  return chunksOfOrders(packed).map((chunk, index, { length }) =>
    auctionCall('clear', AREA, period, claim, chunk, index === length - 1 ? forced : '0x'),
  )
}

describe('the orders of a cleared session', () => {
  test('are those that count: void ones take no part, and one that was opened replaces an earlier one', async () => {
    const [bid, offer, replaced] = ordersOf(
      [3, 'bid', 1_000n, 200_000n],
      [4, 'offer', 1_500n, 100_000n],
      [5, 'offer', 800n, 90_000n],
    )
    const unsigned = { ...offer!, signature: bid!.signature }
    const onLedger = resaltedOf(replaced!)
    const digest = orderDigest(orderDomain(market.ledger), onLedger)
    const member = actorOf(market, accountKeyOf(5))
    await member.send(auctionCall('commitOrder', AREA, period, 5, 0, orderCommitment(digest, onLedger.signature)))

    await advanceTo(market.ledger, gateOf(period))
    const batch = [bid!, unsigned, replaced!]
    await operator.send(closeGateCall(period, batch))
    const opening = auctionCall('openOrder', orderArgument(onLedger), entryIndexOf(5), 0, onLedger.signature)
    await stranger.send(opening)
    await index()
    const forced = `0x${bytesToHex(orderTerms(onLedger, entryIndexOf(5), gateOf(period)))}`
    const [clearing] = clearChunks([bid!, onLedger], packedOrders(period, batch), forced)
    await operator.send(clearing!)
    await index()

    expect(await sessionOfPeriod()).toMatchObject({
      orderCount: 3,
      ledgerOrderCount: 1,
      voidOrderCount: 1,
      volumeWh: 800n,
    })
    expect(await fillsOfPeriod()).toMatchObject([
      { trader: 3, side: 'bid', filledWh: 800, isFromLedger: false },
      { trader: 5, side: 'offer', filledWh: 800, isFromLedger: true, digest, salt: onLedger.salt.toString() },
    ])
  })

  test('are found in chunks, told apart from those that somebody else checked', async () => {
    const [bid, offer] = ordersOf([3, 'bid', 1_000n, 200_000n], [4, 'offer', 1_500n, 100_000n])
    // All but the first are void, since a member has one bid.
    const batch = [...Array.from({ length: 1_000 }, () => bid!), offer!]
    const packed = packedOrders(period, batch)
    await advanceTo(market.ledger, gateOf(period))
    await operator.send(auctionCall('closeGate', AREA, period, batch.length, hashOrders(packed)))
    const [first, second] = clearChunks([bid!, offer!], packed)
    await operator.send(first!)
    await index()
    await stranger.send(first!)
    await index()
    expect(await fillsOfPeriod()).toEqual([])
    await operator.send(second!)
    await index()

    expect(await sessionOfPeriod()).toMatchObject({ orderCount: 1_001, voidOrderCount: 999, volumeWh: 1_000n })
    expect(await fillsOfPeriod()).toMatchObject([
      { trader: 3, side: 'bid', filledWh: 1_000 },
      { trader: 4, side: 'offer', quantityWh: 1_500, filledWh: 1_000 },
    ])
  })

  test('are there for a cancellation too, which gets nothing', async () => {
    const orders = ordersOf([3, 'bid', 0n, 200_000n], [4, 'offer', 500n, 100_000n])
    await advanceTo(market.ledger, gateOf(period))
    await operator.send(closeGateCall(period, orders))
    await operator.send(clearCall(period, orders))
    await index()
    expect(await sessionOfPeriod()).toMatchObject({ priceMicroEuroPerKwh: null, volumeWh: 0n, voidOrderCount: 0 })
    expect(await fillsOfPeriod()).toMatchObject([
      { trader: 3, quantityWh: 0, filledWh: 0 },
      { trader: 4, quantityWh: 500, filledWh: 0 },
    ])
  })

  test('are found where it was cleared through a contract of somebody else', async () => {
    const orders = ordersOf([3, 'offer', 700n, -50_000n], [5, 'bid', 700n, 120_000n])
    await advanceTo(market.ledger, gateOf(period))
    await operator.send(closeGateCall(period, orders))
    const { callAuction } = market.ledger.contracts
    const { provider } = market.ledger
    // Passes on whatever it is called with.
    const runtime = `365f5f375f5f365f5f73${market.ledger.addresses.callAuction.slice(2)}5af100`
    await sendSetUpCalls(provider, KEYS.dso, [{ to: null, data: `0x60218060095f395ff3${runtime}` }])
    await index()
    const creation = await store.client.indexedTransaction.findFirstOrThrow({
      where: { recipient: null },
      orderBy: { blockNumber: 'desc' },
    })
    const receipt = (await provider.send('eth_getTransactionReceipt', [creation.hash])) as { contractAddress: string }
    const data = callAuction.interface.encodeFunctionData('clear', clearCall(period, orders).arguments)
    await sendSetUpCalls(provider, KEYS.dso, [{ to: receipt.contractAddress, data }])
    await index()
    expect(await readCommittedOrders(market.ledger, AREA, period)).toEqual([
      `0x${bytesToHex(packedOrders(period, orders))}`,
    ])

    expect(await sessionOfPeriod()).toMatchObject({ isCleared: true, volumeWh: 700n, voidOrderCount: 0 })
    expect(await fillsOfPeriod()).toMatchObject([
      { trader: 3, side: 'offer', quantityWh: 700, limitPriceMicroEuroPerKwh: -50_000, filledWh: 700 },
      { trader: 5, side: 'bid', quantityWh: 700, limitPriceMicroEuroPerKwh: 120_000, filledWh: 700 },
    ])
  })

  test('are those opened on the ledger alone where a member replaced a silent operator', async () => {
    await advanceTo(market.ledger, gateOf(period))
    await operator.send(closeGateCall(period, ordersOf([3, 'bid', 100n, 200_000n])))
    await index()
    const { fundMicroEuro: fund, bondMicroEuro: bond } = await store.client.area.findFirstOrThrow()
    await advanceTo(market.ledger, endOf(period) + CALENDAR.operatorDeadlineSeconds)
    const member = actorOf(market, accountKeyOf(4))
    await member.send(auctionCall('replaceOperator', 4, AREA, period))
    await index()
    const closedBy = addressOfKey(accountKeyOf(4))
    expect(await sessionOfPeriod()).toMatchObject({
      closedBy,
      closedByMember: 4,
      orderCount: 0,
      isCleared: false,
      voidOrderCount: null,
    })
    expect(await store.client.area.findMany()).toMatchObject([
      { fundMicroEuro: fund + 100_000_000n, bondMicroEuro: bond - 100_000_000n },
    ])
    await stranger.send(clearCall(period, []))
    await index()
    expect(await sessionOfPeriod()).toMatchObject({
      closedBy,
      closedByMember: 4,
      isCleared: true,
      volumeWh: 0n,
      voidOrderCount: 0,
    })
    expect(await fillsOfPeriod()).toEqual([])
  })
})

describe('challenges of an order that was left out', () => {
  test('are shown with what they cost the operator, or whoever was wrong', async () => {
    const [held, leftOut] = ordersOf([3, 'bid', 100n, 200_000n], [4, 'bid', 100n, 200_000n])
    await advanceTo(market.ledger, gateOf(period))
    await operator.send(closeGateCall(period, [held!]))
    const claimOf = (order: SignedOrder) => {
      const digest = orderDigest(orderDomain(market.ledger), order)
      const receipt = { orderDigest: digest, position: 1, deadline: gateOf(period) }
      return proveLeftOutCall(market.ledger, {
        challenger: order.trader,
        order,
        signature: order.signature,
        entryIndex: entryIndexOf(order.trader),
        position: receipt.position,
        deadline: receipt.deadline,
        receiptSignature: signReceipt(receiptDomain(market.ledger), receipt, KEYS.receipts),
        chunks: [`0x${bytesToHex(packedOrders(period, [held!]))}`],
      })
    }
    for (const order of [held!, leftOut!]) {
      const { contract, calldata } = claimOf(order)
      await sendSetUpCalls(market.ledger.provider, accountKeyOf(order.trader), [{ to: contract, data: calldata }])
    }
    await index()

    const challenge = { area: AREA, day: null, run: null, period }
    expect(await store.client.challenge.findMany({ orderBy: { blockNumber: 'asc' } })).toMatchObject([
      { ...challenge, outcome: 'rejected', memberId: 3, challenger: 3, amountMicroEuro: 10_000_000n },
      { ...challenge, outcome: 'order-left-out', memberId: 4, challenger: 4, amountMicroEuro: 100_000_000n },
    ])
    await requireMoneyAsOnTheLedger(market, store)
  })
})

test('a replay from block 0 makes the same rows to the byte', async () => {
  await index()
  const before = await dumpProjections(store.url)
  expect(before.fills?.split('\n').length).toBeGreaterThan(6)
  await rebuildProjections({ databaseUrl: store.url, ledgerUrl: node.url })
  expect(await dumpProjections(store.url)).toEqual(before)
})
