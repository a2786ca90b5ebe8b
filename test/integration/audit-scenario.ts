import { keccakHex } from '../../scripts/audit/ledger/keccak.ts'
import { hexOf } from '../../scripts/audit/ledger/hex.ts'
import type { ConsentData } from '../../scripts/audit/consent-data.ts'
import { challengePeriod, challengeWhole, payCorrections } from './audit-challenges.ts'
import { consentOf, type SettledRun } from './audit-consent.ts'
import { fillsIn } from '../../scripts/audit/replay/sessions.ts'
import { signatureCheckOf } from '../../scripts/audit/market/order-signer.ts'
import { orderCommitment } from '../../services/chain/orders.ts'
import { proveLeftOutCall } from '../../services/chain/challenge-calls.ts'
import { readingDomain, signReading } from '../../services/chain/readings.ts'
import { receiptDomain, signReceipt } from '../../services/chain/receipts.ts'
import { addressOfKey } from '../../services/chain/typed-data.ts'
import { chunksOfOrders, hashOrders } from '../../services/chain/packed-orders.ts'
import { readingTreeOf, type SaltedReading } from '../../services/domain/metering/reading-tree.ts'
import { chargedAfter, dayStatementsOf, type DayStatement } from '../../services/domain/settlement/day-statement.ts'
import { encodePayments, paymentsOf } from '../../services/domain/settlement/payment.ts'
import { statementsOf } from '../../services/domain/settlement/statement.ts'
import { statementTreeOf, type PeriodStatement } from '../../services/domain/settlement/statement-tree.ts'
import { deliveryPeriod, energyWh, money, price, rate, tradingDay, type Money } from '../../services/domain/units.ts'
import {
  accountKeyOf,
  AREA,
  CHALLENGE_WINDOW,
  DAY_SECONDS,
  DSO,
  FIRST_HOUSEHOLD,
  keyOf,
  KEYS,
  PERIOD_SECONDS,
  PLATFORM_OPERATOR,
  setUpMarket,
  SUPPLIER,
  TARIFF,
  TAX_AUTHORITY,
  tradingKeyOf,
  type MarketMaker,
  type Wish,
} from './audit-ledger.ts'

export const DAY = 20_000
export const HOUSEHOLDS = 5
export const FIRST_PERIOD = DAY * 96 + 92
export const LAST_PERIOD = DAY * 96 + 95
export const GENESIS_TIME = DAY * DAY_SECONDS + 60 * PERIOD_SECONDS
export const [ANNA, BEN, CEM, DANA, ELI] = [5, 6, 7, 8, 9] as const
const DELEGATED_KEY = keyOf('delegated')
/** Index of the delegated key among the day's: behind one of Anna, Ben, Cem and Dana each. */
const DELEGATED_ENTRY = 4
const STRANGER = keyOf('stranger')
const MEMBERS = Array.from({ length: HOUSEHOLDS }, (_, index) => FIRST_HOUSEHOLD + index)
/** What Anna was charged too much, until she challenged it. */
const WRONG_CHARGE = 1_000n
/** What Cem was charged too much in his statement alone, more than the bond holds. */
export const WRONG_SUM = 6_000_000_000n

const saltOf = (...parts: readonly (string | number)[]) => keccakHex(new TextEncoder().encode(parts.join(':')))

type SignedReadings = NonNullable<ConsentData['signedReadings']>
type Session = { readonly price: number | null; readonly fills: readonly Uint8Array[] }

/**
 * A day of five households with everything that a ledger can hold: an order by a delegated key, and one by it when it was
 * revoked, which is void, as is one of a stranger; one opened on the ledger; one left out, which its receipt proves; a
 * reading that was estimated and corrected; a quarter-hour and a whole statement that were wrong and challenged, challenges
 * of both kinds that were false; a run held back until the bond holds what it owes; initial and corrected run; and another
 * day that nobody settles, and that is released in the end.
 */
export async function playScenario(url: string): Promise<{ maker: MarketMaker; consent: ConsentData[] }> {
  const plan = { households: HOUSEHOLDS, firstPeriod: FIRST_PERIOD, lastPeriod: LAST_PERIOD + 1 }
  const maker = await setUpMarket(url, plan)
  await maker.send(accountKeyOf(DANA), 'memberRegistry', 'delegateTrading', [
    DANA,
    [addressOfKey(DELEGATED_KEY), 2, 900, 0, 500_000, (DAY + 30) * DAY_SECONDS],
  ])
  await maker.publishDay(DAY)
  await maker.send(accountKeyOf(CEM), 'accounts', 'withdraw', [CEM, 1_000_000n])

  const sessions = new Map<number, Session>()
  const readings = new Map<string, SaltedReading[]>()
  for (let period = FIRST_PERIOD; period <= LAST_PERIOD; period += 1) {
    sessions.set(period, await playSession(maker, period))
    // The gate of a session closes before the delivery of the one before is over.
    if (period > FIRST_PERIOD) readings.set(`${period - 1}:0`, await commitReadings(maker, period - 1, 0))
  }
  await maker.publishDay(DAY + 1)
  readings.set(`${LAST_PERIOD}:0`, await commitReadings(maker, LAST_PERIOD, 0))
  const initial = await settle(maker, 0, sessions, readings, new Map())
  await challengePeriod(maker, initial, readings, ANNA, FIRST_PERIOD)
  await challengePeriod(maker, initial, readings, BEN, FIRST_PERIOD + 1)
  await challengeWhole(maker, initial, CEM)
  await challengeWhole(maker, initial, BEN)
  await payCorrections(maker, initial, CEM)
  await pay(maker, initial)

  readings.set(`${LAST_PERIOD}:1`, await commitReadings(maker, LAST_PERIOD, 1))
  const corrections = new Map([
    [ANNA, money(-WRONG_CHARGE)],
    [CEM, money(-WRONG_SUM)],
  ])
  const previous = chargedAfter(initial.statements, corrections, PLATFORM_OPERATOR)
  const corrected = await settle(maker, 1, sessions, readings, previous)
  await pay(maker, corrected)
  const signed = new Map(MEMBERS.map((memberId) => [memberId, signedReadingsOf(maker, memberId)]))
  const released = (DAY + 5) * DAY_SECONDS + CHALLENGE_WINDOW
  await maker.send(KEYS.supplier, 'settlement', 'releaseUnpaidDay', [AREA, DAY + 1], released)
  return { maker, consent: consentOf(maker, [initial, corrected], readings, signed) }
}

/** Four sessions: plain; with a delegated key and a void order; with an opened order; with one left out. */
async function playSession(maker: MarketMaker, period: number): Promise<Session> {
  const wishes: Wish[] = [
    { memberId: ANNA, side: 0, quantity: 800, limit: 290_000 },
    { memberId: BEN, side: 0, quantity: 500, limit: 200_000 },
    { memberId: CEM, side: 1, quantity: 600, limit: 80_000 },
    { memberId: DANA, side: 1, quantity: 500, limit: 120_000 },
    { memberId: ELI, side: 0, quantity: 200, limit: 200_000 },
  ]
  const place = period - FIRST_PERIOD
  if (place === 1) {
    const changed = wishes.map((wish) => (wish.memberId === DANA ? { ...wish, key: DELEGATED_KEY } : wish))
    return maker.clear(
      period,
      maker.packOrders(period, [...changed, { ...wishes[0]!, side: 1 as const, key: STRANGER }]),
    )
  }
  if (place === 2) return playOpenedOrder(maker, period, wishes)
  if (place === 3) return playLeftOut(maker, period, wishes)
  return maker.clear(period, maker.packOrders(period, wishes))
}

async function playOpenedOrder(maker: MarketMaker, period: number, wishes: readonly Wish[]): Promise<Session> {
  const own = { memberId: ELI, side: 0 as const, quantity: 300, limit: 210_000, salt: 9n }
  const packed = maker.packOrders(period, [own])
  const { order, digest, signature } = signedOrderOf(maker, period, own, packed)
  await maker.send(tradingKeyOf(ELI), 'callAuction', 'commitOrder', [
    AREA,
    period,
    ELI,
    0,
    orderCommitment(digest, signature),
  ])
  const batch = maker.packOrders(period, wishes)
  const gateClosure = period * PERIOD_SECONDS - 300
  await maker.send(
    KEYS.marketOperator,
    'callAuction',
    'closeGate',
    [AREA, period, wishes.length, hashOrders(batch)],
    gateClosure + 1,
  )
  await maker.send(tradingKeyOf(ELI), 'callAuction', 'openOrder', [order, packed.readUInt16BE(0), 0, signature])
  return maker.clearClosed(period, batch, [packed.subarray(0, 20)])
}

async function playLeftOut(maker: MarketMaker, period: number, wishes: readonly Wish[]): Promise<Session> {
  const left = wishes[4]!
  const packed = maker.packOrders(period, [left])
  const { order, digest, signature } = signedOrderOf(maker, period, left, packed)
  await maker.send(accountKeyOf(DANA), 'memberRegistry', 'revokeDelegation', [DANA])
  const others = wishes.slice(0, 4).map((wish) => (wish.memberId === DANA ? { ...wish, key: DELEGATED_KEY } : wish))
  const batch = maker.packOrders(period, others)
  const session = await maker.clear(period, batch, [], [DELEGATED_ENTRY])
  const deadline = period * PERIOD_SECONDS - 300
  const receipt = { orderDigest: digest, position: 5, deadline }
  const call = proveLeftOutCall(maker.ledger, {
    challenger: ELI,
    order: {
      area: AREA,
      trader: ELI,
      deliveryPeriod: deliveryPeriod(period),
      side: 'bid',
      quantity: energyWh(BigInt(left.quantity)),
      limitPrice: price(BigInt(left.limit)),
      expiry: deadline,
      salt: BigInt(order.salt),
    },
    signature,
    entryIndex: packed.readUInt16BE(0),
    position: 5,
    deadline,
    receiptSignature: signReceipt(receiptDomain(maker.ledger), receipt, KEYS.receipts),
    chunks: chunksOfOrders(batch).map(hexOf),
  })
  await maker.sendData(tradingKeyOf(ELI), 'orderReceipts', call.calldata)
  return session
}

export function signedOrderOf(
  maker: MarketMaker,
  period: number,
  { memberId, side, quantity, limit, salt = 1n }: Wish,
  packed: Uint8Array,
) {
  const expiry = period * PERIOD_SECONDS - 300
  const terms = {
    trader: memberId,
    side,
    quantity,
    tick: (limit + 500_000) / 100,
    expiry,
    salt: packed.subarray(12, 20),
  }
  return {
    order: {
      product: 0,
      area: AREA,
      trader: memberId,
      deliveryPeriod: period,
      side,
      quantity,
      limitPrice: limit,
      expiry,
      salt,
      terms: `0x${'00'.repeat(32)}`,
    },
    digest: hexOf(signatureCheckOf(maker.domainSeparator, AREA, period).digestOf(terms)),
    signature: hexOf(packed.subarray(20)),
  }
}

/** Where a member's registers stand when a period begins: every one brings the same. */
function registersAt(memberId: number, period: number): { import: bigint; export: bigint } {
  const periods = BigInt(period - FIRST_PERIOD)
  const imported = { [ANNA]: 1_000n, [BEN]: 260n, [ELI]: 100n }[memberId] ?? 0n
  const exported = { [CEM]: 600n, [DANA]: 450n }[memberId] ?? 0n
  return { import: 5_000n + imported * periods, export: 10n + exported * periods }
}

/** What the meters signed at the end of each period, and of the one before the first. */
function signedReadingsOf({ ledger }: MarketMaker, memberId: number): SignedReadings {
  const domain = readingDomain(ledger)
  return Array.from({ length: LAST_PERIOD - FIRST_PERIOD + 2 }, (_, place) => {
    const period = FIRST_PERIOD - 1 + place
    const registers = registersAt(memberId, period + 1)
    const reading = { importRegister: registers.import, exportRegister: registers.export, sequence: place }
    const signature = signReading(domain, { ...reading, deliveryPeriod: period }, keyOf(`meter ${memberId}`))
    return {
      deliveryPeriod: period,
      sequence: place,
      importRegisterWh: registers.import.toString(),
      exportRegisterWh: registers.export.toString(),
      signature,
      signedBy: 'meter' as const,
    }
  })
}

/** Version 1 corrects what version 0 estimated of Ben's last period. */
async function commitReadings(maker: MarketMaker, period: number, version: number): Promise<SaltedReading[]> {
  const readings = MEMBERS.map((memberId): SaltedReading => {
    const isEstimated = memberId === BEN && period === LAST_PERIOD && version === 0
    const start = registersAt(memberId, period)
    const end = registersAt(memberId, period + 1)
    return {
      memberId,
      period: deliveryPeriod(period),
      importStart: energyWh(start.import),
      importEnd: energyWh(isEstimated ? start.import + 200n : end.import),
      exportStart: energyWh(start.export),
      exportEnd: energyWh(end.export),
      quality: isEstimated ? 'estimated' : 'metered',
      salt: saltOf('reading', memberId, period, version),
    }
  })
  const { root } = readingTreeOf(readings)
  const name = version === 0 ? 'commitReadings' : 'correctReadings'
  const time = version === 0 ? (period + 1) * PERIOD_SECONDS + 1 : (DAY + 2) * DAY_SECONDS
  await maker.send(KEYS.gateway, 'meterReadings', name, [AREA, period, [root.hash, root.count, root.a, root.b]], time)
  return readings
}

async function settle(
  maker: MarketMaker,
  number: 0 | 1,
  sessions: ReadonlyMap<number, Session>,
  readings: ReadonlyMap<string, readonly SaltedReading[]>,
  previous: ReadonlyMap<number, Money>,
): Promise<SettledRun> {
  const periods = [...sessions].flatMap(([period, session]) => {
    const version = readings.has(`${period}:${number}`) ? number : 0
    const stated = periodStatementsOf(period, session, version, readings.get(`${period}:${version}`)!, number)
    return number === 0 && period === FIRST_PERIOD ? chargedWrongly(stated) : stated
  })
  const honest = dayStatementsOf({
    day: tradingDay(DAY),
    run: number === 0 ? 'initial' : 'corrected',
    statements: periods,
    previous,
    saltOf: (memberId) => saltOf('statement', memberId, number),
  })
  const statements = number === 0 ? honest.map(statedWrongly) : honest
  const { root } = statementTreeOf(statements)
  const payments = encodePayments(paymentsOf(statements))
  const time = number === 0 ? (DAY + 1) * DAY_SECONDS + 60 : (DAY + 3) * DAY_SECONDS + 60
  const commitment = [root.hash, root.count, root.a]
  await maker.send(
    KEYS.marketOperator,
    'settlement',
    'commitStatements',
    [AREA, DAY, number, commitment, time, payments],
    time,
  )
  return { number, periods, statements }
}

async function pay(maker: MarketMaker, { number, statements }: SettledRun): Promise<void> {
  const payments = encodePayments(paymentsOf(statements))
  const time = (await maker.now()) + CHALLENGE_WINDOW + 60
  await maker.send(KEYS.supplier, 'settlement', 'payRun', [AREA, DAY, number, payments], time)
}

function periodStatementsOf(
  period: number,
  session: Session,
  readingVersion: number,
  readings: readonly SaltedReading[],
  run: number,
): PeriodStatement[] {
  const rates = Object.entries(TARIFF).map(([name, value]) => [name, rate(BigInt(value))] as const)
  const statements = statementsOf({
    period: deliveryPeriod(period),
    fills: session.fills.flatMap((fills) =>
      [...fillsIn(fills)].map(({ trader, side, quantity }) => ({
        memberId: trader,
        side: side === 0 ? ('bid' as const) : ('offer' as const),
        filled: energyWh(BigInt(quantity)),
      })),
    ),
    price: session.price === null ? null : price(BigInt(session.price)),
    readingVersion,
    readings: readings.map((reading) => ({
      memberId: reading.memberId,
      quality: reading.quality,
      import: energyWh(reading.importEnd - reading.importStart),
      export: energyWh(reading.exportEnd - reading.exportStart),
    })),
    tariff: Object.fromEntries(rates) as Record<keyof typeof TARIFF, ReturnType<typeof rate>>,
    supplier: SUPPLIER,
    dso: DSO,
    taxAuthority: TAX_AUTHORITY,
    platformOperator: PLATFORM_OPERATOR,
  })
  return statements.map((statement) => ({
    ...statement,
    period: deliveryPeriod(period),
    salt: saltOf('period', statement.memberId, period, run),
  }))
}

/** The DSO gets of Anna what it should not. */
function chargedWrongly(statements: readonly PeriodStatement[]): PeriodStatement[] {
  return statements.map((statement) => {
    if (statement.memberId === ANNA) return { ...statement, gridTariff: money(statement.gridTariff + WRONG_CHARGE) }
    return statement.memberId === DSO
      ? { ...statement, gridTariff: money(statement.gridTariff - WRONG_CHARGE) }
      : statement
  })
}

/** The DSO gets of Cem what none of his quarter-hours has. */
function statedWrongly(statement: DayStatement): DayStatement {
  const { memberId, charges, credits, payment } = statement
  if (memberId === CEM) {
    return { ...statement, charges: money(charges + WRONG_SUM), payment: money(payment + WRONG_SUM) }
  }
  if (memberId !== DSO) return statement
  return { ...statement, credits: money(credits + WRONG_SUM), payment: money(payment - WRONG_SUM) }
}
