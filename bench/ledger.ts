import { randomBytes } from 'node:crypto'
import { bytesToHex } from '@noble/hashes/utils.js'
import { endowArea, fundAccounts, openArea, registerMembers, setCharges, setTariff } from '../services/chain/deploy.ts'
import { readMembers } from '../services/chain/members.ts'
import { orderDomain, signOrder } from '../services/chain/orders.ts'
import { hashOrders, packOrders } from '../services/chain/packed-orders.ts'
import { readTradingKeys } from '../services/chain/trading-days.ts'
import { addressOfKey } from '../services/chain/typed-data.ts'
import { clearPacked } from '../services/domain/market/packed-orders.ts'
import { encodePayments } from '../services/domain/settlement/payment.ts'
import {
  deliveryPeriod,
  endOfDay,
  energyWh,
  firstPeriodOf,
  money,
  price,
  rate,
  startOf,
  startOfDay,
  tradingDay,
  type TradingDay,
} from '../services/domain/units.ts'
import type { Figure } from './figure.ts'
import type { InProcessLedger } from './in-process-ledger.ts'
import { randomKey, startLedgerWorld, type LedgerWorld, type Sent } from './ledger-world.ts'

const DAY = tradingDay(20_650)
const ORDERS_AREA = 1
const SETTLED_AREA = 2
const TRADERS = 1_000
const SETTLED_MEMBERS = 500
const SESSIONS = 10
const TRANSFERS = 300
const LEAD_SECONDS = 300
const CHALLENGE_WINDOW_SECONDS = 900
const DEPOSIT = money(10_000_000_000n)
const NO_COMMITMENT = `0x${'00'.repeat(32)}`

/** What the ledger costs and how fast one EVM is, on sessions of a thousand signed orders and a day of 500 members. */
export async function measureLedger(): Promise<Figure[]> {
  const world = await startLedgerWorld(startOfDay(DAY) - 40_000)
  try {
    const tradingKeys = await openOrdersArea(world)
    const transfer = await measureTransfers(world)
    const sessions: Sent[] = []
    for (let number = 0; number < SESSIONS; number += 1) sessions.push(await holdSession(world, tradingKeys, number))
    const settlement = await settleDay(world)
    const gasPerOrder = Math.round(sessions.reduce((sum, { gas }) => sum + gas, 0) / SESSIONS / TRADERS)
    const seconds = sessions.reduce((sum, { milliseconds }) => sum + milliseconds, 0) / 1000
    const ordersPerSecond = Math.round((SESSIONS * TRADERS) / seconds)
    const gasPerMemberDay = Math.round(settlement / SETTLED_MEMBERS)
    return [
      {
        name: 'ledger.gasPerVerifiedOrder',
        value: gasPerOrder,
        unit: 'gas',
        target: '<= 5,600',
        reference: `published energy auctions: 191,000-371,000 (${Math.round(191_000 / gasPerOrder)} times and more)`,
      },
      {
        name: 'ledger.gasPerMemberDay',
        value: gasPerMemberDay,
        unit: 'gas',
        target: '<= 12,000',
        reference: `an ERC-20 transfer for each of 96 trades: ${96 * transfer.gas} (${Math.round((96 * transfer.gas) / gasPerMemberDay)} times)`,
      },
      {
        name: 'ledger.verifiedOrdersPerSecond',
        value: ordersPerSecond,
        unit: '/s',
        target: '>= 10,000',
        reference: `one transaction (a token transfer) per order: ${Math.round(1000 / transfer.milliseconds)} /s (${(ordersPerSecond / (1000 / transfer.milliseconds)).toFixed(1)} times)`,
      },
    ]
  } finally {
    await world.close()
  }
}

/** An area with members that trade, deposits and a bond; resolves to the trading keys by member. */
async function openMarket(
  { ledger, keys }: LedgerWorld,
  area: number,
  day: TradingDay,
  households: number,
): Promise<Map<number, string>> {
  await openArea(ledger, keys, area, {
    firstPeriod: firstPeriodOf(day),
    lastPeriod: deliveryPeriod(firstPeriodOf(day) + 959),
    gateClosureLeadSeconds: LEAD_SECONDS,
    readingDeadlineSeconds: 300,
    operatorDeadlineSeconds: 120,
    challengeWindowSeconds: CHALLENGE_WINDOW_SECONDS,
    correctionDelaySeconds: 3_600,
    finalDelaySeconds: 7_200,
  })
  const rates = { retail: rate(300_000n), feedIn: rate(80_000n), grid: rate(80_000n), gridLocal: rate(40_000n) }
  await setTariff(ledger, { supplierKey: keys.supplier, dsoKey: keys.dso }, area, rates)
  await setCharges(ledger, keys, area, { levy: rate(20_500n), platformFee: rate(0n) })
  const institutions = [
    ['supplier', keys.supplier],
    ['dso', keys.dso],
    ['tax-authority', keys.taxAuthority],
    ['platform-operator', keys.platformOperator],
  ] as const
  const traders = Array.from({ length: households }, randomKey)
  await registerMembers(ledger, keys, area, [
    ...institutions.map(([kind, key]) => registrationOf(kind, addressOfKey(key), null)),
    ...traders.map((key) => registrationOf('household', addressOfKey(randomKey()), addressOfKey(key))),
  ])
  const members = await readMembers(ledger, area)
  await fundAccounts(
    ledger,
    { settlementBankKey: keys.settlementBank },
    members.map(({ memberId }) => ({ memberId, amount: DEPOSIT })),
  )
  await endowArea(ledger, { settlementBankKey: keys.settlementBank }, area, {
    bond: money(1_000_000_000n),
    fund: money(1_000_000_000n),
  })
  const keyOf = new Map(traders.map((key) => [addressOfKey(key), key]))
  return new Map(
    members.flatMap(({ memberId, tradingKey }) => {
      const key = keyOf.get(tradingKey)
      return key === undefined ? [] : [[memberId, key] as const]
    }),
  )
}

async function openOrdersArea(world: LedgerWorld): Promise<Map<number, string>> {
  const traders = await openMarket(world, ORDERS_AREA, DAY, TRADERS)
  for (let published = 0; published < TRADERS; published += 500) await publishKeys(world, ORDERS_AREA, DAY)
  return traders
}

async function publishKeys({ send, keys }: LedgerWorld, area: number, day: number): Promise<void> {
  await send(keys.marketOperator, 'tradingDays', 'publishKeys', [area, day, 504])
}

/** A session of a thousand random orders, from gate closure to clearing; what the clearing took. */
async function holdSession(world: LedgerWorld, traders: Map<number, string>, number: number): Promise<Sent> {
  const { ledger, node, send, keys } = world
  const period = deliveryPeriod(firstPeriodOf(DAY) + number)
  const gateClosure = startOf(period) - LEAD_SECONDS
  const entries = await readTradingKeys(ledger, ORDERS_AREA, DAY)
  const domain = orderDomain(ledger)
  const orders = entries.map((entry) => {
    const order = {
      area: ORDERS_AREA,
      trader: entry.trader,
      deliveryPeriod: period,
      side: Math.random() < 0.5 ? ('bid' as const) : ('offer' as const),
      quantity: energyWh(BigInt(1 + Math.floor(Math.random() * 2_000))),
      limitPrice: price(BigInt(800 + Math.floor(Math.random() * 2_200)) * 100n),
      expiry: startOf(period),
      salt: randomBytes(8).readBigUInt64BE(),
    }
    return { order: { ...order, signature: signOrder(domain, order, traders.get(entry.trader)!) }, entry }
  })
  const packed = packOrders(orders, gateClosure)
  await advance(node, gateClosure)
  await send(keys.marketOperator, 'callAuction', 'closeGate', [ORDERS_AREA, period, orders.length, hashOrders(packed)])
  const { claim } = clearPacked(packed)
  const { bidsAtOrAbove, bidsAbove, offersAtOrBelow, offersBelow } = claim
  return send(keys.marketOperator, 'callAuction', 'clear', [
    ORDERS_AREA,
    period,
    [claim.price, bidsAtOrAbove, bidsAbove, offersAtOrBelow, offersBelow],
    `0x${bytesToHex(packed)}`,
    '0x',
  ])
}

/** The gas with which a day of 96 sessions is committed and paid while two more days are open. */
async function settleDay(world: LedgerWorld): Promise<number> {
  const { ledger, node, send, keys } = world
  const day = tradingDay(DAY + 1)
  await openMarket(world, SETTLED_AREA, day, SETTLED_MEMBERS)
  for (const open of [day, day + 1, day + 2]) {
    await advance(node, startOfDay(tradingDay(open - 1)))
    await publishKeys(world, SETTLED_AREA, open)
  }
  // The sessions of the day are held late, at once, and empty: what they cost is not what is measured here.
  await advance(node, endOfDay(tradingDay(day + 1)))
  for (let period = firstPeriodOf(day); period < firstPeriodOf(day) + 96; period = deliveryPeriod(period + 1)) {
    await send(keys.marketOperator, 'callAuction', 'closeGate', [SETTLED_AREA, period, 0, NO_COMMITMENT])
    await send(keys.marketOperator, 'callAuction', 'clear', [SETTLED_AREA, period, [0, 0, 0, 0, 0], '0x', '0x'])
    await send(keys.meteringOperator, 'meterReadings', 'commitReadings', [
      SETTLED_AREA,
      period,
      [NO_COMMITMENT, 0, 0, 0],
    ])
  }
  const households = (await readMembers(ledger, SETTLED_AREA)).filter(({ kind }) => kind === 'household')
  const supplier = (await readMembers(ledger, SETTLED_AREA)).find(({ kind }) => kind === 'supplier')!
  const amounts = households.map(() => money(BigInt(1 + Math.floor(Math.random() * 8_000_000)) - 3_000_000n))
  const sum = amounts.reduce((total, amount) => total + amount, 0n)
  const payments = [
    { memberId: supplier.memberId, amount: money(-sum) },
    ...households.map(({ memberId }, index) => ({ memberId, amount: amounts[index]! })),
  ].filter(({ amount }) => amount !== 0n)
  const total = payments.reduce((paid, { amount }) => (amount > 0n ? paid + amount : paid), 0n)
  const blob = encodePayments(payments)
  const root = `0x${'11'.repeat(32)}`
  const before = (await node.request('eth_getBlockByNumber', ['latest', false])) as { timestamp: string }
  const committed = await send(keys.marketOperator, 'settlement', 'commitStatements', [
    SETTLED_AREA,
    day,
    0,
    [root, payments.length, total],
    Number(before.timestamp),
    blob,
  ])
  const now = (await node.request('eth_getBlockByNumber', ['latest', false])) as { timestamp: string }
  await advance(node, Number(now.timestamp) + CHALLENGE_WINDOW_SECONDS + 1)
  const paid = await send(keys.marketOperator, 'settlement', 'payRun', [SETTLED_AREA, day, 0, blob])
  return committed.gas + paid.gas
}

/** One token transfer in a transaction of its own, between accounts that hold some: the mean of several. */
async function measureTransfers({ send, keys }: LedgerWorld): Promise<Sent> {
  const to = addressOfKey(keys.dso)
  await send(keys.settlementBank, 'settlementCurrency', 'mint', [addressOfKey(keys.settlementBank), 1_000_000])
  await send(keys.settlementBank, 'settlementCurrency', 'transfer', [to, 1])
  const sent: Sent[] = []
  for (let count = 0; count < TRANSFERS; count += 1) {
    sent.push(await send(keys.settlementBank, 'settlementCurrency', 'transfer', [to, 1]))
  }
  const mean = (valueOf: (one: Sent) => number) => sent.reduce((sum, one) => sum + valueOf(one), 0) / TRANSFERS
  return { gas: Math.round(mean(({ gas }) => gas)), milliseconds: mean(({ milliseconds }) => milliseconds) }
}

async function advance(node: InProcessLedger, unixSeconds: number): Promise<void> {
  const latest = (await node.request('eth_getBlockByNumber', ['latest', false])) as { timestamp: string }
  if (Number(latest.timestamp) >= unixSeconds) return
  await node.request('evm_mine', [`0x${unixSeconds.toString(16)}`])
}

function registrationOf(
  kind: Parameters<typeof registerMembers>[3][number]['kind'],
  account: string,
  tradingKey: string | null,
) {
  return {
    kind,
    account,
    tradingKey,
    meterKey: null,
    quantityLimitWh: tradingKey === null ? 0n : 10_000n,
    connectionPoint: `0x${account.slice(2).padStart(64, '0')}`,
  }
}
