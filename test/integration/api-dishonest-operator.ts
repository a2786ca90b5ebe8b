import { bytesToHex } from '@noble/hashes/utils.js'
import type { ContractName } from '../../services/chain/ledger.ts'
import { readLatestBlock } from '../../services/chain/ledger-clock.ts'
import { hashOrders, packOrders } from '../../services/chain/packed-orders.ts'
import { sendSetUpCalls } from '../../services/chain/set-up-transactions.ts'
import { readTradingKeys } from '../../services/chain/trading-days.ts'
import { clearingOf, sortOrders } from '../../services/domain/market/clearing.ts'
import { readingTreeOf, type SaltedReading } from '../../services/domain/metering/reading-tree.ts'
import { dayStatementsOf, type DayStatement } from '../../services/domain/settlement/day-statement.ts'
import { encodePayments, paymentsOf } from '../../services/domain/settlement/payment.ts'
import { statementsOf, type Statement } from '../../services/domain/settlement/statement.ts'
import { statementTreeOf, type PeriodStatement } from '../../services/domain/settlement/statement-tree.ts'
import {
  energyWh,
  money,
  price,
  startOf,
  tradingDayOf,
  type DeliveryPeriod,
  type Money,
} from '../../services/domain/units.ts'
import { readAcceptedOrders } from '../../services/store/gate-closures.ts'
import { ACTOR_KEYS, AREA, CALENDAR, DSO, SUPPLIER, TARIFF, type ApiHousehold } from './api-market.ts'
import { projectReadingBatch, projectRun } from './api-projection.ts'
import { hashOf, type ApiWorld } from './api-world.ts'

const [TAX_AUTHORITY, PLATFORM_OPERATOR] = [3, 4]
const NO_ORDERS = `0x${'00'.repeat(32)}`
const CLEARING_PRICE = price(200_000n)

/** Closes the gate with these of the accepted orders and no others, clears, and writes what the indexer would. */
export async function clearSession(world: ApiWorld, period: DeliveryPeriod, digests: readonly string[]): Promise<void> {
  const { ledger, store } = world
  const gateClosure = startOf(period) - CALENDAR.gateClosureLeadSeconds
  const keys = await readTradingKeys(ledger, AREA, tradingDayOf(period))
  const accepted = await readAcceptedOrders(store, AREA, period)
  const orders = sortOrders(accepted.filter(({ digest }) => digests.includes(digest)))
  const packed = packOrders(
    orders.map((order) => ({ order, entry: keys.find(({ key }) => key === order.signingKey)! })),
    gateClosure,
  )
  const { claim, fills, price: clearingPrice, volume } = clearingOf(orders)
  const hash = orders.length === 0 ? NO_ORDERS : hashOrders(packed)
  await call(world, ACTOR_KEYS.marketOperator, 'callAuction', 'closeGate', [AREA, period, orders.length, hash])
  const clearing = [AREA, period, claim, `0x${bytesToHex(packed)}`, '0x']
  await call(world, ACTOR_KEYS.marketOperator, 'callAuction', 'clear', clearing)

  await store.client.session.create({
    data: {
      area: AREA,
      period,
      orderCount: orders.length,
      ordersHash: hash,
      gateClosedTransaction: hashOf(period),
      closedBy: `0x${'00'.repeat(20)}`,
      ledgerOrderCount: 0,
      voidOrderCount: 0,
      isCleared: true,
      priceMicroEuroPerKwh: clearingPrice === null ? null : Number(clearingPrice),
      volumeWh: volume,
      clearedTransaction: hashOf(period + 1),
    },
  })
  await store.client.fill.createMany({
    data: orders.map((order, position) => ({
      digest: order.digest,
      area: AREA,
      period,
      trader: order.trader,
      side: order.side,
      quantityWh: Number(order.quantity),
      limitPriceMicroEuroPerKwh: Number(order.limitPrice),
      expiry: BigInt(order.expiry),
      salt: order.salt.toString(),
      isFromLedger: false,
      filledWh: Number(fills[position]),
    })),
  })
}

type WrongSettlement = {
  /** In the first of them the buyer bought 1,000 Wh of the seller, in the others nobody traded. */
  readonly periods: readonly DeliveryPeriod[]
  readonly buyer: ApiHousehold
  readonly seller: ApiHousehold
  /** What the buyer pays too much for the first period, and the seller receives. */
  readonly overcharge: Money
  /** Charged to the seller on top of what its periods come to, in the statement alone, and credited to the DSO. */
  readonly surcharge: Money
}

/**
 * Commits readings of what was traded, and statements that take `overcharge` from the buyer for the seller, and of the
 * seller a `surcharge` that none of its periods has.
 */
export async function settleWrongly(world: ApiWorld, wrong: WrongSettlement): Promise<void> {
  const statements: PeriodStatement[] = []
  for (const [index, period] of wrong.periods.entries()) {
    const tradedWh = index === 0 ? 1_000n : 0n
    const readings = readingsOf(wrong, period, tradedWh)
    const { root } = readingTreeOf(readings)
    const commitment = [root.hash, root.count, root.a, root.b]
    await call(world, ACTOR_KEYS.gateway, 'meterReadings', 'commitReadings', [AREA, period, commitment])
    await projectReadingBatch(world.store, AREA, period, readings)
    const drawn = honestStatements(wrong, period, tradedWh, readings)
    const falsified = index === 0 ? drawn.map((statement) => falsify(statement, wrong)) : drawn
    statements.push(...falsified.map((statement) => ({ ...statement, period, salt: hashOf(statement.memberId) })))
  }
  const day = tradingDayOf(wrong.periods[0]!)
  const honest = dayStatementsOf({ day, run: 'initial', statements, previous: new Map(), saltOf: hashOf })
  const days = honest.map((statement) => surcharge(statement, wrong))
  const { root } = statementTreeOf(days)
  const payments = encodePayments(paymentsOf(days))
  const readingsAt = (await readLatestBlock(world.ledger)).timestamp
  const commitment = [root.hash, root.count, root.a]
  const values = [AREA, day, 0, commitment, readingsAt, payments]
  await call(world, ACTOR_KEYS.marketOperator, 'settlement', 'commitStatements', values)
  const { timestamp } = await readLatestBlock(world.ledger)
  await projectRun(world.store, AREA, statements, { committedAt: timestamp, paidAt: null }, days)
}

function surcharge(statement: DayStatement, { seller, surcharge: amount }: WrongSettlement): DayStatement {
  const { memberId, charges, credits, payment } = statement
  if (memberId === seller.memberId) {
    return { ...statement, charges: money(charges + amount), payment: money(payment + amount) }
  }
  if (memberId === DSO) return { ...statement, credits: money(credits + amount), payment: money(payment - amount) }
  return statement
}

function readingsOf({ buyer, seller }: WrongSettlement, period: DeliveryPeriod, tradedWh: bigint): SaltedReading[] {
  return [
    { memberId: buyer.memberId, imported: tradedWh, exported: 0n },
    { memberId: seller.memberId, imported: 0n, exported: tradedWh },
  ].map(({ memberId, imported, exported }) => ({
    memberId,
    period,
    importStart: energyWh(0n),
    importEnd: energyWh(imported),
    exportStart: energyWh(0n),
    exportEnd: energyWh(exported),
    quality: 'metered',
    salt: hashOf(100 + memberId),
  }))
}

function honestStatements(
  { buyer, seller }: WrongSettlement,
  period: DeliveryPeriod,
  tradedWh: bigint,
  readings: readonly SaltedReading[],
): Statement[] {
  const filled = energyWh(tradedWh)
  return statementsOf({
    period,
    fills: [
      { memberId: buyer.memberId, side: 'bid', filled },
      { memberId: seller.memberId, side: 'offer', filled },
    ],
    price: tradedWh === 0n ? null : CLEARING_PRICE,
    readingVersion: 0,
    readings: readings.map(({ memberId, importEnd, exportEnd, quality }) => ({
      memberId,
      quality,
      import: importEnd,
      export: exportEnd,
    })),
    tariff: TARIFF,
    supplier: SUPPLIER,
    dso: DSO,
    taxAuthority: TAX_AUTHORITY,
    platformOperator: PLATFORM_OPERATOR,
  })
}

function falsify(statement: Statement, { buyer, seller, overcharge }: WrongSettlement): Statement {
  if (statement.memberId === buyer.memberId) return { ...statement, energy: money(statement.energy + overcharge) }
  if (statement.memberId === seller.memberId) return { ...statement, energy: money(statement.energy - overcharge) }
  return statement
}

async function call(
  { ledger }: ApiWorld,
  key: string,
  contract: ContractName,
  name: string,
  values: readonly unknown[],
): Promise<void> {
  const data = ledger.contracts[contract].interface.encodeFunctionData(name, values)
  await sendSetUpCalls(ledger.provider, key, [{ to: ledger.addresses[contract], data }])
}
