import { readingTreeOf } from '../../services/domain/metering/reading-tree.ts'
import { deliveryPeriod, energyWh } from '../../services/domain/units.ts'
import type { Store } from '../../services/store/connect.ts'
import { hashOf } from './api-world.ts'

type Settled = {
  area: number
  period: number
  buyer: number
  seller: number
  third: number
  supplier: number
  dso: number
}

const address = (value: number) => `0x${value.toString(16).padStart(40, '0')}`

/** Transactions of the steps of a settled period, as `projectSettledPeriod` writes them. */
export const STEPS = {
  gateClosed: hashOf(901),
  cleared: hashOf(902),
  readingsCommitted: hashOf(903),
  settled: hashOf(904),
}

/**
 * What gateway, operator and indexer leave behind of one settled period: the buyer bought 1,000 Wh of the seller at
 * 190,000 and metered 1,200 Wh, the seller metered 1,500 Wh of export; the third has neither order nor reading.
 */
export async function projectSettledPeriod(store: Store, settled: Settled): Promise<void> {
  const { area, period, buyer, seller, supplier, dso } = settled
  await projectSteps(store, settled)
  const readings = [
    { memberId: buyer, importStart: 5_000n, importEnd: 6_200n, exportStart: 0n, exportEnd: 0n },
    { memberId: seller, importStart: 100n, importEnd: 100n, exportStart: 2_000n, exportEnd: 3_500n },
  ].map((reading, position) => ({
    memberId: reading.memberId,
    period: deliveryPeriod(period),
    importStart: energyWh(reading.importStart),
    importEnd: energyWh(reading.importEnd),
    exportStart: energyWh(reading.exportStart),
    exportEnd: energyWh(reading.exportEnd),
    salt: hashOf(70 + position),
  }))
  const { root } = readingTreeOf(readings)
  const totals = { importTotalWh: root.a, exportTotalWh: root.b }
  await store.client.readingBatch.create({ data: { area, period, root: root.hash, count: root.count, ...totals } })
  await store.client.readingLeaf.createMany({
    data: readings.map((reading, position) => ({
      area,
      period,
      position,
      memberId: reading.memberId,
      importStartWh: reading.importStart,
      importEndWh: reading.importEnd,
      exportStartWh: reading.exportStart,
      exportEndWh: reading.exportEnd,
      salt: reading.salt,
    })),
  })
  await store.client.session.create({
    data: {
      area,
      period,
      orderCount: 2,
      ordersHash: hashOf(60),
      gateClosedTransaction: STEPS.gateClosed,
      isCleared: true,
      priceMicroEuroPerKwh: 190_000,
      volumeWh: 1_000n,
      clearedTransaction: STEPS.cleared,
      readingsRoot: root.hash,
      readingCount: root.count,
      ...totals,
      readingsTransaction: STEPS.readingsCommitted,
      statementsRoot: hashOf(61),
      settledTransaction: STEPS.settled,
    },
  })
  await store.client.gateClosure.create({ data: { area, period } })
  const order = { area, period, limitPriceMicroEuroPerKwh: 190_000, salt: '1' }
  await store.client.order.createMany({
    data: [
      { ...order, digest: hashOf(50), memberId: buyer, side: 'bid', quantityWh: 1_000, signature: '0x', receivedAt: 5 },
      {
        ...order,
        digest: hashOf(51),
        memberId: seller,
        side: 'offer',
        quantityWh: 1_500,
        signature: '0x',
        receivedAt: 6,
      },
    ],
  })
  await store.client.fill.createMany({
    data: [
      { ...order, digest: hashOf(50), memberId: buyer, side: 'bid', quantityWh: 1_000, filledWh: 1_000 },
      { ...order, digest: hashOf(51), memberId: seller, side: 'offer', quantityWh: 1_500, filledWh: 1_000 },
    ],
  })
  const lines = [
    [buyer, 1_000n, 0n, 1_200n, 0n, 190_000n, 60_000n, 56_000n, 456_000n],
    [seller, 0n, 1_000n, 0n, 1_500n, -190_000n, -40_000n, 0n, -120_000n],
    [supplier, 0n, 0n, null, null, 0n, -20_000n, 0n, null],
    [dso, 0n, 0n, null, null, 0n, 0n, -56_000n, null],
  ] as const
  await store.client.statement.createMany({
    data: lines.map(
      ([memberId, boughtWh, soldWh, importWh, exportWh, market, imbalance, grid, tariffOnly], position) => ({
        area,
        period,
        position,
        memberId,
        boughtWh,
        soldWh,
        importWh,
        exportWh,
        marketMicroEuro: market,
        imbalanceMicroEuro: imbalance,
        gridTariffMicroEuro: grid,
        tariffOnlyMicroEuro: tariffOnly,
        salt: hashOf(80 + position),
      }),
    ),
  })
  await store.client.payment.createMany({
    data: lines.map(([memberId, , , , , market, imbalance, grid]) => ({
      area,
      period,
      memberId,
      amountMicroEuro: market + imbalance + grid,
    })),
  })
}

async function projectSteps(store: Store, { area, period, third }: Settled): Promise<void> {
  const steps = [
    ['callAuction', 'closeGate', 'GateClosed', STEPS.gateClosed],
    ['callAuction', 'clear', 'SessionCleared', STEPS.cleared],
    ['meterReadings', 'commitReadings', 'ReadingsCommitted', STEPS.readingsCommitted],
    ['settlement', 'settle', 'PeriodSettled', STEPS.settled],
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
