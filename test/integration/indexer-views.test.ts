import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { RunningPostgres } from '../../scripts/embedded/postgres.ts'
import { deliveryPeriod, endOf, tradingDayOf } from '../../services/domain/units.ts'
import { connectStore, type Store } from '../../services/store/connect.ts'
import { migrateStore } from '../../services/store/migrate.ts'
import { resetStore } from '../../services/store/reset.ts'
import { readArea, readTariffOf } from '../../services/store/views/area.ts'
import { listHouseholdPeriods } from '../../services/store/views/household-periods.ts'
import { readHouseholdSummary } from '../../services/store/views/household-summary.ts'
import { readHousehold } from '../../services/store/views/households.ts'
import { readNeighbourhood } from '../../services/store/views/neighbourhood.ts'
import { readSession } from '../../services/store/views/sessions.ts'
import { readTrace } from '../../services/store/views/trace.ts'
import { createDatabase, startTestPostgres } from './indexer-world.ts'
import { AREA, CALENDAR, FIRST_DAY, FIRST_PERIOD } from './ledger-fixture.ts'

const PERIOD = FIRST_PERIOD
const NEXT = deliveryPeriod(PERIOD + 1)
const [HOME, NEIGHBOUR] = [3, 4]
const NOW = endOf(NEXT) + 2_000
const hash = (value: number) => `0x${value.toString(16).padStart(64, '0')}`
const address = (value: number) => `0x${value.toString(16).padStart(40, '0')}`

let postgres: RunningPostgres
let store: Store

beforeAll(async () => {
  postgres = await startTestPostgres(18_227)
  const url = await createDatabase(postgres, 'indexer_views')
  await migrateStore(url)
  store = connectStore(url)
})
afterAll(async () => {
  await store.close()
  await postgres.stop()
})
beforeEach(async () => {
  await resetStore(store)
  await store.client.area.create({
    data: {
      id: AREA,
      ...CALENDAR,
      firstPeriod: BigInt(CALENDAR.firstPeriod),
      lastPeriod: BigInt(CALENDAR.lastPeriod),
      levyMicroEuroPerKwh: 20_500,
      fundMicroEuro: 7n,
      bondMicroEuro: 9n,
    },
  })
  for (const memberId of [HOME, NEIGHBOUR]) {
    const keys = { account: address(memberId), tradingKey: address(memberId + 10), meterKey: address(memberId + 20) }
    const capacities = { connectionCapacityW: 1, pvCapacityW: 0 }
    await store.client.household.create({
      data: {
        memberId,
        area: AREA,
        name: `home_${memberId}`,
        ...keys,
        ...capacities,
        connectionPoint: 'x',
        connectionPointSalt: hash(memberId),
      },
    })
    await store.client.member.create({
      data: { id: memberId, area: AREA, kind: 'household', ...keys, quantityLimitWh: 5_000, connectionPoint: hash(1) },
    })
  }
  for (const period of [PERIOD, NEXT]) {
    await store.client.session.create({
      data: {
        area: AREA,
        period,
        orderCount: 0,
        ordersHash: hash(0),
        gateClosedTransaction: hash(100),
        closedBy: address(NEIGHBOUR + 10),
        closedByMember: NEIGHBOUR,
        isCleared: true,
        volumeWh: 0n,
        readingsTransaction: hash(101),
      },
    })
    await drawUp(period, 0, 1_000n)
  }
})

/** A statement of the home over what it imported, at a micro-euro for every Wh in each line but the energy. */
async function drawUp(period: number, run: number, importWh: bigint, quality = 'metered'): Promise<void> {
  const line = importWh
  await store.client.statement.create({
    data: {
      area: AREA,
      period,
      run,
      position: 0,
      memberId: HOME,
      boughtWh: 0n,
      soldWh: 0n,
      readingVersion: run,
      quality,
      importWh,
      exportWh: 0n,
      energyMicroEuro: 0n,
      imbalanceMicroEuro: line,
      gridTariffMicroEuro: line,
      leviesMicroEuro: line,
      platformFeeMicroEuro: line,
      tariffOnlyMicroEuro: 5n * line,
      salt: hash(1),
    },
  })
}

async function commitRun(run: number, paidAt: number | null, payment: bigint): Promise<void> {
  const key = { area: AREA, day: FIRST_DAY, run }
  const transactions = {
    committedTransaction: hash(200 + run),
    paidTransaction: paidAt === null ? null : hash(210 + run),
  }
  await store.client.settlementRun.create({
    data: {
      ...key,
      root: hash(run),
      statementCount: 1,
      totalMicroEuro: 5n,
      committedAt: 1_000,
      readingsAt: 999,
      paidAt,
      ...transactions,
    },
  })
  if (paidAt === null) {
    const sums = { chargesMicroEuro: payment, creditsMicroEuro: 0n, previousMicroEuro: 0n }
    const leaf = { position: 0, memberId: HOME, periodCount: 2, periodsRoot: hash(1), salt: hash(2) }
    await store.client.dayStatement.create({ data: { ...key, ...leaf, ...sums } })
  } else if (payment !== 0n) {
    await store.client.payment.create({ data: { ...key, memberId: HOME, amountMicroEuro: payment } })
  }
}

const summary = async () => (await readHouseholdSummary(store, await readArea(store), HOME, 7))!
const session = async () => (await readSession(store, await readArea(store), NOW, PERIOD))!
const trace = async () => (await readTrace(store, await readArea(store), NOW, PERIOD, HOME))!

describe('the money of a household', () => {
  test('is provisional while its day is only drawn up', async () => {
    expect(await summary()).toMatchObject({
      periodCount: 2,
      provisionalFrom: PERIOD,
      leviesMicroEuro: 2_000n,
      platformFeeMicroEuro: 2_000n,
      totalMicroEuro: 8_000n,
      savingMicroEuro: 2_000n,
      settlementDays: [{ day: FIRST_DAY, state: 'drawn-up', periodCount: 2, totalMicroEuro: 8_000n, runs: [] }],
    })
    expect((await session()).state).toBe('metered')
  })

  test('says what a committed run will have it pay, and until when that can be challenged', async () => {
    await commitRun(0, null, 8_000n)
    const { provisionalFrom, settlementDays } = await summary()
    expect(provisionalFrom).toBe(PERIOD)
    expect(settlementDays).toMatchObject([
      {
        state: 'committed',
        runs: [{ run: 0, paidAt: null, challengeableUntil: 1_000 + 3_600, paymentMicroEuro: 8_000n }],
      },
    ])
    expect((await session()).settlement).toMatchObject({ day: tradingDayOf(PERIOD), state: 'committed' })
  })

  test('is no longer provisional once the initial run is paid, which settles the sessions of its day', async () => {
    await commitRun(0, 5_000, 8_000n)
    expect(await summary()).toMatchObject({ provisionalFrom: null, settlementDays: [{ state: 'paid' }] })
    expect((await session()).state).toBe('settled')
  })

  test('follows the statements of the latest run, with what each run and each challenge moved', async () => {
    await commitRun(0, 5_000, 8_000n)
    await drawUp(PERIOD, 1, 1_500n, 'estimated')
    await commitRun(1, 9_000, 2_000n)
    await store.client.indexedBlock.create({
      data: { number: 1, hash: hash(9), parentHash: hash(8), timestamp: 6_000, gasUsed: 0n },
    })
    await store.client.challenge.create({
      data: {
        blockNumber: 1,
        logIndex: 0,
        transactionHash: hash(300),
        outcome: 'statement-corrected',
        area: AREA,
        day: FIRST_DAY,
        run: 0,
        period: PERIOD,
        memberId: HOME,
        challenger: NEIGHBOUR,
        amountMicroEuro: -30n,
      },
    })
    expect(await summary()).toMatchObject({
      importWh: 2_500n,
      estimatedCount: 1,
      totalMicroEuro: 10_000n,
      settlementDays: [
        {
          state: 'corrected',
          estimatedCount: 1,
          correctionsMicroEuro: -30n,
          runs: [{ paymentMicroEuro: 8_000n }, { paymentMicroEuro: 2_000n }],
        },
      ],
    })
    const { items } = await listHouseholdPeriods(store, await readArea(store), NOW, HOME, { limit: 10 })
    expect(items.find(({ period }) => period === PERIOD)?.statement).toMatchObject({
      run: 1,
      quality: 'estimated',
      settlementState: 'corrected',
      totalMicroEuro: 6_000n,
    })
    expect(await trace()).toMatchObject({
      statement: { run: 1, totalMicroEuro: 6_000n },
      day: { state: 'corrected' },
      challenges: [{ outcome: 'statement-corrected', challengerName: 'home_4', timestamp: 6_000 }],
    })
    const { totals, challenges } = await readNeighbourhood(store, NOW)
    expect(totals).toMatchObject({ periodCount: 2, gridImportWh: 2_500n, savingMicroEuro: 2_500n })
    expect(challenges).toMatchObject([{ memberId: HOME, amountMicroEuro: -30n }])
  })
})

describe('a household', () => {
  test('signs with the key that the ledger has now, and not with that of the set-up', async () => {
    await store.client.member.update({ where: { id: HOME }, data: { tradingKey: address(99) } })
    const { account, meterKey, tradingKey } = (await readHousehold(store, await readArea(store), HOME))!
    expect([account, meterKey, tradingKey]).toEqual([address(HOME), address(HOME + 20), address(99)])
  })
})

describe('a trace', () => {
  test('names the page on which the household is, and who closed the gate in the place of the operator', async () => {
    const block = { parentHash: hash(8), gasUsed: 0n }
    await store.client.indexedBlock.create({ data: { number: 1, hash: hash(9), timestamp: 10, ...block } })
    const pages = [
      [1, 3],
      [2, 4],
    ] as const
    for (const [index, [membersSeen, entryCount]] of pages.entries()) {
      const transactionHash = hash(400 + index)
      await store.client.indexedTransaction.create({
        data: { hash: transactionHash, blockNumber: 1, position: index, sender: '0x', succeeded: true, gasUsed: 0n },
      })
      const values = { area: '1', day: `${FIRST_DAY}`, page: `${index}`, code: address(index), entryCount, membersSeen }
      await store.client.indexedEvent.create({
        data: {
          blockNumber: 1,
          logIndex: index,
          transactionHash,
          contract: 'tradingDays',
          name: 'KeysPublished',
          arguments: values,
          area: AREA,
        },
      })
    }
    expect((await trace()).keys).toMatchObject({ page: 0, transactionHash: hash(400), timestamp: 10 })
    const other = await readTrace(store, await readArea(store), NOW, PERIOD, NEIGHBOUR)
    expect(other?.keys).toMatchObject({ page: 1, entryCount: 4, code: address(1) })
    const closedBy = { address: address(NEIGHBOUR + 10), memberId: NEIGHBOUR, name: 'home_4' }
    expect((await session()).closedBy).toEqual(closedBy)
  })
})

describe('an area', () => {
  test('has a fund, a bond and a tariff of six rates, which published ones override', async () => {
    const rates = { retailMicroEuroPerKwh: 3, feedInMicroEuroPerKwh: -2 }
    await store.client.energyRate.create({ data: { area: AREA, period: PERIOD, ...rates } })
    const grid = { gridMicroEuroPerKwh: 5, gridLocalMicroEuroPerKwh: 4 }
    await store.client.gridRate.create({ data: { area: AREA, period: NEXT, ...grid } })
    const area = await readArea(store)
    expect(area).toMatchObject({ fundMicroEuro: 7n, bondMicroEuro: 9n, calendar: CALENDAR })
    expect(await readTariffOf(store, area, PERIOD)).toEqual({
      retailMicroEuroPerKwh: 3n,
      feedInMicroEuroPerKwh: -2n,
      gridMicroEuroPerKwh: 0n,
      gridLocalMicroEuroPerKwh: 0n,
      levyMicroEuroPerKwh: 20_500n,
      platformFeeMicroEuroPerKwh: 0n,
    })
    expect(await readTariffOf(store, area, NEXT)).toMatchObject({
      retailMicroEuroPerKwh: 0n,
      gridMicroEuroPerKwh: 5n,
      gridLocalMicroEuroPerKwh: 4n,
    })
  })
})
