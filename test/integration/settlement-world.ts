import { keccak256 } from 'ethers'
import { DomainError } from '../../services/domain/errors.ts'
import type { Calendar } from '../../services/domain/grid/calendar.ts'
import { readingTreeOf } from '../../services/domain/metering/reading-tree.ts'
import type { LedgerFill } from '../../services/chain/fills.ts'
import {
  deliveryPeriod,
  endOfDay,
  energyWh,
  firstPeriodOf,
  money,
  price,
  rate,
  tradingDay,
  type DeliveryPeriod,
  type Money,
  type TradingDay,
} from '../../services/domain/units.ts'
import type { Operation } from '../../services/market-operator/operation.ts'
import type { Store } from '../../services/store/connect.ts'
import { outboxOf } from '../../services/store/outbox.ts'
import { storeReadingBatch, type ReadingBatch } from '../../services/store/readings.ts'

export const AREA = 1
export const DAY = tradingDay(20_000)
/** The last three quarter-hours of a day: what the area trades. */
export const PERIODS = [93, 94, 95].map((offset) => deliveryPeriod(firstPeriodOf(DAY) + offset))
export const [BUYER, SELLER] = [10, 11] as const
export const PLATFORM_OPERATOR = 4

export const calendar: Calendar = {
  firstPeriod: PERIODS[0]!,
  lastPeriod: PERIODS[2]!,
  gateClosureLeadSeconds: 300,
  readingDeadlineSeconds: 300,
  operatorDeadlineSeconds: 600,
  challengeWindowSeconds: 3_600,
  correctionDelaySeconds: 10_000,
  finalDelaySeconds: 20_000,
}

type Commitment = { root: string; count: number; total: bigint }
type Run = Commitment & {
  run: 0 | 1 | 2
  committedAt: number
  readingsAt: number
  isPaid: boolean
  paymentsHash: string
}

const LONGEST_READINGS_AGE_SECONDS = 3_600

/** What the ledger's contracts say of one area and day, as far as the settlement asks. */
export class LedgerOfDay {
  now = endOfDay(DAY)
  readonly cleared = new Set<DeliveryPeriod>(PERIODS)
  readonly readings = new Map<DeliveryPeriod, ReadingBatch[]>()
  /** When each version of them was committed. */
  readonly readingTimes = new Map<DeliveryPeriod, number[]>()
  readonly runs = new Map<number, Run>()
  readonly corrections = new Map<string, Money>()
  /** What corrections of the initial run still owe, by member. */
  readonly owed = new Map<number, bigint>()
  bond = 0n
  /** Every packed payment that was made, by run. */
  readonly paid = new Map<number, string>()

  readonly fills: LedgerFill[] = [
    { trader: BUYER, side: 'bid', filled: energyWh(1_000n) },
    { trader: SELLER, side: 'offer', filled: energyWh(1_000n) },
  ]
  readonly members = (['supplier', 'dso', 'tax-authority', 'platform-operator'] as const).map((kind, index) => ({
    kind,
    memberId: index + 1,
  }))
  readonly tariff = {
    retail: rate(300_000n),
    feedIn: rate(80_000n),
    grid: rate(60_000n),
    gridLocal: rate(20_000n),
    levy: rate(30_000n),
    platformFee: rate(5_000n),
  }

  lastRun(): Run | null {
    return [...this.runs.values()].sort((one, other) => other.run - one.run)[0] ?? null
  }
  withheld(): bigint {
    return [...this.owed.values()].reduce((sum, owed) => sum + owed, 0n)
  }
  version(period: DeliveryPeriod, time = Infinity): number | null {
    const versions = (this.readings.get(period) ?? []).map((_, version) => version)
    return versions.findLast((version) => (this.readingTimes.get(period)![version] ?? 0) <= time) ?? null
  }
  session(period: DeliveryPeriod) {
    return this.cleared.has(period)
      ? { state: 'cleared', price: price(200_000n) }
      : { state: 'gate-closed', price: null }
  }
  commitment(period: DeliveryPeriod, version = (this.readings.get(period)?.length ?? 0) - 1) {
    const { root } = readingTreeOf(this.readings.get(period)?.[version]?.leaves ?? [])
    return { root: root.hash, count: root.count, importTotal: root.a, exportTotal: root.b }
  }

  apply(name: string, values: readonly unknown[]): void {
    const [, day, run] = values as [number, TradingDay, 0 | 1 | 2]
    if (day !== DAY) throw new Error('only one day is played')
    if (name === 'commitStatements') {
      const [commitment, readingsAt, payments] = values.slice(3) as [Commitment, number, string]
      if (this.runs.has(run)) throw new DomainError('settlement-already-committed', 'twice')
      if (readingsAt > this.now || readingsAt + LONGEST_READINGS_AGE_SECONDS < this.now) {
        throw new DomainError('settlement-readings-too-old', `of ${readingsAt}`)
      }
      const paymentsHash = keccak256(payments)
      this.runs.set(run, { ...commitment, run, committedAt: this.now, readingsAt, isPaid: false, paymentsHash })
    } else if (name === 'payCorrections') this.payCorrections(values[3] as number)
    else this.pay(run, values[3] as string)
  }

  private payCorrections(memberId: number): void {
    const owed = this.owed.get(memberId) ?? 0n
    const paid = owed < this.bond ? owed : this.bond
    if (owed === 0n) throw new DomainError('challenges-nothing-owed', 'nothing')
    if (paid === 0n) throw new DomainError('challenges-bond-empty', 'empty')
    this.owed.set(memberId, owed - paid)
    this.bond -= paid
    this.corrections.set(`0:${memberId}`, money((this.corrections.get(`0:${memberId}`) ?? 0n) - paid))
  }

  private pay(run: number, payments: string): void {
    const committed = this.runs.get(run)!
    if (committed.isPaid) throw new DomainError('settlement-already-paid', 'twice')
    if (this.withheld() > 0n) throw new DomainError('settlement-withheld', 'owed')
    committed.isPaid = true
    this.paid.set(run, payments)
  }
}

/** Registers import what is given and export the rest of 1,000 Wh of the seller. */
export async function commitReadings(
  store: Store,
  ledger: LedgerOfDay,
  period: DeliveryPeriod,
  boughtWh: bigint,
  quality: 'metered' | 'estimated' = 'metered',
): Promise<void> {
  const versions = ledger.readings.get(period) ?? []
  const leafOf = (memberId: number, importWh: bigint, exportWh: bigint) => ({
    memberId,
    period,
    importStart: energyWh(50n),
    importEnd: energyWh(50n + importWh),
    exportStart: energyWh(0n),
    exportEnd: energyWh(exportWh),
    quality,
    salt: `0x${memberId.toString(16).padStart(64, '0')}`,
  })
  const leaves = [leafOf(BUYER, boughtWh, 0n), leafOf(SELLER, 0n, 1_000n)]
  const { root } = readingTreeOf(leaves)
  const totals = { root: root.hash, importTotal: root.a, exportTotal: root.b }
  const batch = { area: AREA, period, version: versions.length, ...totals, leaves }
  await storeReadingBatch(store, batch)
  ledger.readings.set(period, [...versions, batch])
  ledger.readingTimes.set(period, [...(ledger.readingTimes.get(period) ?? []), ledger.now])
}

/** Where the operator is killed: before its transaction is signed, or after it was and before it is mined. */
export type Kill = 'before signing' | 'after signing' | null

/** An operator whose transactions go to the ledger of the day, through the real outbox. */
export function operationOn(store: Store, ledger: LedgerOfDay) {
  const sent: string[] = []
  const calls = new Map<string, readonly [string, readonly unknown[]]>()
  const outbox = outboxOf(store, 'operator')
  const state: { kill: Kill } = { kill: null }
  const send: Operation['sender']['send'] = async (purpose, call) => {
    const known = await outbox.find(purpose)
    const mined = { hash: purpose, blockNumber: 1, gasUsed: 0n }
    if (known?.status === 'mined') return mined
    if (state.kill === 'before signing') throw new DomainError('sender-stopped', 'killed')
    if (known?.status !== 'signed') {
      calls.set(purpose, [call.function, call.arguments])
      const nonce = await store.client.operatorTransaction.count()
      const entry = {
        sender: '0x',
        nonce,
        purpose,
        rawTransaction: '0x',
        hash: purpose,
        blockNumber: null,
        earlierHashes: [],
      }
      await outbox.add({ ...entry, status: 'signed' })
    }
    if (state.kill === 'after signing') throw new DomainError('sender-stopped', 'killed')
    // What was signed is what is mined, whatever the caller would say by now.
    try {
      ledger.apply(...calls.get(purpose)!)
    } catch (error) {
      await outbox.markMined(purpose, 'reverted', 1, purpose)
      throw error
    }
    sent.push(purpose)
    await outbox.markMined(purpose, 'mined', 1, purpose)
    return mined
  }
  const operation = {
    ledger,
    store,
    clock: { now: () => ledger.now },
    sender: { address: '0x', send, stop: () => undefined },
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    saltOf: (purpose: string) => `0x${Buffer.from(purpose).toString('hex').slice(-64).padStart(64, '0')}`,
  } as unknown as Operation
  return { operation, sent, state }
}

/** Payments as they were packed, by member. */
export function paymentsIn(packed: string): Map<number, bigint> {
  const payments = packed.slice(2).match(/.{22}/g) ?? []
  return new Map(
    payments.map((payment) => [
      Number.parseInt(payment.slice(0, 6), 16),
      BigInt.asIntN(64, BigInt(`0x${payment.slice(6)}`)),
    ]),
  )
}
