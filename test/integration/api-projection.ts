import type { SumRoot } from '../../services/domain/metering/merkle-sum-tree.ts'
import { readingTreeOf, type SaltedReading } from '../../services/domain/metering/reading-tree.ts'
import { dayStatementsOf, type DayStatement } from '../../services/domain/settlement/day-statement.ts'
import { statementTreeOf, type PeriodStatement } from '../../services/domain/settlement/statement-tree.ts'
import { deliveryPeriod, energyWh, money, tradingDayOf } from '../../services/domain/units.ts'
import type { Store } from '../../services/store/connect.ts'
import { hashOf } from './api-world.ts'

type Settled = {
  area: number
  period: number
  buyer: number
  seller: number
  third: number
}

const address = (value: number) => `0x${value.toString(16).padStart(40, '0')}`

/** Members that receive what households pay beside their trades, as the set-up numbers them. */
const [SUPPLIER, DSO] = [1, 2]
export const TAX_AUTHORITY = 3
export const PLATFORM_OPERATOR = 4

/** Transactions of the steps of a settled period, as `projectSettledPeriod` writes them. */
export const STEPS = {
  gateClosed: hashOf(901),
  cleared: hashOf(902),
  readingsCommitted: hashOf(903),
  statementsCommitted: hashOf(904),
  paid: hashOf(905),
}

/** Unix seconds. */
export const COMMITTED_AT = 1_000
export const PAID_AT = 5_000

/**
 * What gateway, operator and indexer leave behind of one settled period: the buyer bought 1,000 Wh of the seller at
 * 190,000 and metered 1,200 Wh, the seller metered 1,500 Wh of export; the third has neither order nor reading. The day
 * has no other period, and its initial run is paid.
 */
export async function projectSettledPeriod(store: Store, settled: Settled): Promise<void> {
  await projectSteps(store, settled)
  const root = await projectReadings(store, settled)
  await projectSession(store, settled, root)
  await projectOrders(store, settled)
  await projectSettlement(store, settled)
}

async function projectReadings(store: Store, { area, period, buyer, seller }: Settled) {
  const readings = [
    { memberId: buyer, importStart: 5_000n, importEnd: 6_200n, exportStart: 0n, exportEnd: 0n },
    { memberId: seller, importStart: 100n, importEnd: 100n, exportStart: 2_000n, exportEnd: 3_500n },
  ].map((reading, position): SaltedReading => ({
    memberId: reading.memberId,
    period: deliveryPeriod(period),
    importStart: energyWh(reading.importStart),
    importEnd: energyWh(reading.importEnd),
    exportStart: energyWh(reading.exportStart),
    exportEnd: energyWh(reading.exportEnd),
    quality: 'metered',
    salt: hashOf(70 + position),
  }))
  return projectReadingBatch(store, area, period, readings)
}

/** The first version of a period's readings, as the gateway writes it; their root. */
export async function projectReadingBatch(
  store: Store,
  area: number,
  period: number,
  readings: readonly SaltedReading[],
): Promise<SumRoot> {
  const { root } = readingTreeOf(readings)
  await store.client.readingBatch.create({
    data: {
      area,
      period,
      version: 0,
      root: root.hash,
      count: root.count,
      importTotalWh: root.a,
      exportTotalWh: root.b,
      leaves: {
        create: readings.map((reading, position) => ({
          position,
          memberId: reading.memberId,
          importStartWh: reading.importStart,
          importEndWh: reading.importEnd,
          exportStartWh: reading.exportStart,
          exportEndWh: reading.exportEnd,
          quality: reading.quality,
          salt: reading.salt,
        })),
      },
    },
  })
  return root
}

async function projectSession(store: Store, { area, period }: Settled, root: SumRoot): Promise<void> {
  await store.client.session.create({
    data: {
      area,
      period,
      orderCount: 2,
      ordersHash: hashOf(60),
      gateClosedTransaction: STEPS.gateClosed,
      closedBy: address(1),
      ledgerOrderCount: 0,
      voidOrderCount: 0,
      isCleared: true,
      priceMicroEuroPerKwh: 190_000,
      volumeWh: 1_000n,
      clearedTransaction: STEPS.cleared,
      readingsRoot: root.hash,
      readingCount: root.count,
      importTotalWh: root.a,
      exportTotalWh: root.b,
      readingsVersion: 0,
      readingsTransaction: STEPS.readingsCommitted,
    },
  })
  await store.client.gateClosure.create({ data: { area, period } })
}

async function projectOrders(store: Store, { area, period, buyer, seller }: Settled): Promise<void> {
  const order = { area, period, limitPriceMicroEuroPerKwh: 190_000, expiry: 2n ** 31n, salt: '2' }
  const accepted = { signature: '0x', signingKey: address(3), receipt: `0x${'5e'.repeat(64)}` }
  const bid = { ...order, digest: hashOf(50), trader: buyer, side: 'bid', quantityWh: 1_000 }
  const offer = { ...order, digest: hashOf(51), trader: seller, side: 'offer', quantityWh: 1_500 }
  await store.client.order.createMany({
    data: [
      // Replaced by the bid.
      { ...bid, ...accepted, digest: hashOf(49), salt: '1', quantityWh: 400, position: 1, receivedAt: 4 },
      { ...bid, ...accepted, position: 2, receivedAt: 5 },
      { ...offer, ...accepted, position: 3, receivedAt: 6 },
    ],
  })
  await store.client.fill.createMany({
    data: [
      { ...bid, filledWh: 1_000, isFromLedger: false },
      { ...offer, filledWh: 1_000, isFromLedger: false },
    ],
  })
}

async function projectSettlement(store: Store, { area, period, buyer, seller }: Settled): Promise<void> {
  const lines = [
    [buyer, 1_000n, 0n, 1_200n, 0n, 190_000n, 60_000n, 56_000n, 60_000n, 1_000n, 516_000n],
    [seller, 0n, 1_000n, 0n, 1_500n, -190_000n, -40_000n, 0n, 0n, 0n, -120_000n],
    [SUPPLIER, 0n, 0n, null, null, 0n, -20_000n, 0n, 0n, 0n, null],
    [DSO, 0n, 0n, null, null, 0n, 0n, -56_000n, 0n, 0n, null],
    [TAX_AUTHORITY, 0n, 0n, null, null, 0n, 0n, 0n, -60_000n, 0n, null],
    [PLATFORM_OPERATOR, 0n, 0n, null, null, 0n, 0n, 0n, 0n, -1_000n, null],
  ] as const
  const statements = lines.map(
    (
      [memberId, bought, sold, imported, exported, energy, imbalance, grid, levies, fee, only],
      position,
    ): PeriodStatement => ({
      memberId,
      period: deliveryPeriod(period),
      bought: energyWh(bought),
      sold: energyWh(sold),
      readingVersion: 0,
      quality: imported === null ? 'none' : 'metered',
      metered: imported === null ? null : { import: energyWh(imported), export: energyWh(exported) },
      energy: money(energy),
      imbalance: money(imbalance),
      gridTariff: money(grid),
      levies: money(levies),
      platformFee: money(fee),
      tariffOnly: only === null ? null : money(only),
      salt: hashOf(80 + position),
    }),
  )
  await projectRun(store, area, statements, { committedAt: COMMITTED_AT, paidAt: PAID_AT })
}

/**
 * The day's initial run with these statements of its periods, and the day's that follow from them or that are given; times
 * are unix seconds.
 */
export async function projectRun(
  store: Store,
  area: number,
  statements: readonly PeriodStatement[],
  { committedAt, paidAt }: { readonly committedAt: number; readonly paidAt: number | null },
  committed?: readonly DayStatement[],
): Promise<void> {
  const day = tradingDayOf(statements[0]!.period)
  await store.client.statement.createMany({
    data: statements.map((statement) => ({
      area,
      period: statement.period,
      run: 0,
      position: statements.filter(({ period }) => period === statement.period).indexOf(statement),
      memberId: statement.memberId,
      boughtWh: statement.bought,
      soldWh: statement.sold,
      readingVersion: statement.readingVersion,
      quality: statement.quality,
      importWh: statement.metered?.import ?? null,
      exportWh: statement.metered?.export ?? null,
      energyMicroEuro: statement.energy,
      imbalanceMicroEuro: statement.imbalance,
      gridTariffMicroEuro: statement.gridTariff,
      leviesMicroEuro: statement.levies,
      platformFeeMicroEuro: statement.platformFee,
      tariffOnlyMicroEuro: statement.tariffOnly,
      salt: statement.salt,
    })),
  })
  const honest = dayStatementsOf({ day, run: 'initial', statements, previous: new Map(), saltOf: hashOf })
  const days = committed ?? honest
  const { root } = statementTreeOf(days)
  await store.client.dayStatement.createMany({
    data: days.map((statement, position) => ({
      area,
      day,
      run: 0,
      position,
      memberId: statement.memberId,
      periodCount: statement.periodCount,
      periodsRoot: statement.periodsRoot,
      chargesMicroEuro: statement.charges,
      creditsMicroEuro: statement.credits,
      previousMicroEuro: statement.previous,
      salt: statement.salt,
    })),
  })
  await store.client.settlementRun.create({
    data: {
      area,
      day,
      run: 0,
      root: root.hash,
      statementCount: root.count,
      totalMicroEuro: root.a,
      committedAt,
      readingsAt: committedAt,
      committedTransaction: STEPS.statementsCommitted,
      paidAt,
      paidTransaction: paidAt === null ? null : STEPS.paid,
    },
  })
  await store.client.payment.createMany({
    data: days.map(({ memberId, payment }) => ({ area, day, run: 0, memberId, amountMicroEuro: payment })),
  })
}

async function projectSteps(store: Store, { area, period, third }: Settled): Promise<void> {
  const steps = [
    ['callAuction', 'closeGate', 'GateClosed', STEPS.gateClosed],
    ['callAuction', 'clear', 'SessionCleared', STEPS.cleared],
    ['meterReadings', 'commitReadings', 'ReadingsCommitted', STEPS.readingsCommitted],
    ['settlement', 'commitStatements', 'StatementsCommitted', STEPS.statementsCommitted],
    ['settlement', 'payRun', 'RunPaid', STEPS.paid],
  ] as const
  const { _max: latest } = await store.client.indexedBlock.aggregate({ _max: { number: true } })
  const first = (latest.number ?? 0) + 1
  for (const [index, [contract, name, event, hash]] of steps.entries()) {
    const blockNumber = first + index
    await store.client.indexedBlock.create({
      data: {
        number: blockNumber,
        hash: hashOf(1_000 + blockNumber),
        parentHash: hashOf(999 + blockNumber),
        timestamp: period * 900 + index,
        gasUsed: 100_000n,
      },
    })
    await store.client.indexedTransaction.create({
      data: {
        hash,
        blockNumber,
        position: 0,
        sender: address(1),
        recipient: address(2),
        contract,
        function: name,
        succeeded: true,
        gasUsed: 100_000n,
      },
    })
    await store.client.indexedEvent.create({
      data: {
        blockNumber,
        logIndex: 0,
        transactionHash: hash,
        contract,
        name: event,
        arguments: { area: String(area), period: String(period) },
        area,
        period,
      },
    })
  }
  await store.client.indexedEvent.create({
    data: {
      blockNumber: first,
      logIndex: 1,
      transactionHash: STEPS.gateClosed,
      contract: 'accounts',
      name: 'Deposited',
      arguments: { memberId: String(third), amount: '5' },
      memberId: third,
    },
  })
}
