import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { RunningPostgres } from '../../scripts/embedded/postgres.ts'
import { chargedAfter, dayStatementsOf } from '../../services/domain/settlement/day-statement.ts'
import { emptyStatementOf } from '../../services/domain/settlement/statement.ts'
import type { PeriodStatement } from '../../services/domain/settlement/statement-tree.ts'
import { deliveryPeriod, energyWh, firstPeriodOf, money, tradingDayOf } from '../../services/domain/units.ts'
import { connectStore, type Store } from '../../services/store/connect.ts'
import { readDayStatements, replaceDayStatements } from '../../services/store/day-statements.ts'
import { migrateStore } from '../../services/store/migrate.ts'
import {
  findLastReadingBatch,
  insertReadings,
  readLeafEnds,
  readMeteredProfiles,
  readOpenEstimates,
  readReadingBatch,
  readReadingsBesides,
  removeReadingCorrection,
  storeReadingBatch,
  type ReadingBatch,
} from '../../services/store/readings.ts'
import { findOutdatedStatements, readStatements, replaceStatements } from '../../services/store/statements.ts'
import { startTestPostgres } from './indexer-world.ts'

const AREA = 1
const PERIOD = deliveryPeriod(1_630_000)
const salt = `0x${'ab'.repeat(32)}`

let postgres: RunningPostgres
let store: Store

beforeAll(async () => {
  postgres = await startTestPostgres(18_247)
  await migrateStore(postgres.url)
  store = connectStore(postgres.url)
})
afterAll(async () => {
  await store.close()
  await postgres.stop()
})
beforeEach(async () => {
  const { client } = store
  await client.$transaction([
    client.readingLeaf.deleteMany(),
    client.readingBatch.deleteMany(),
    client.meterReading.deleteMany(),
    client.statement.deleteMany(),
    client.dayStatement.deleteMany(),
  ])
})

type Leaf = { memberId: number; importWh: bigint; quality?: 'metered' | 'estimated' }

function batch(period: number, version: number, leaves: readonly Leaf[]): ReadingBatch {
  return {
    area: AREA,
    period: deliveryPeriod(period),
    version,
    root: salt,
    importTotal: 0n,
    exportTotal: 0n,
    leaves: leaves.map(({ memberId, importWh, quality = 'metered' }) => ({
      memberId,
      period: deliveryPeriod(period),
      importStart: energyWh(1_000n),
      importEnd: energyWh(1_000n + importWh),
      exportStart: energyWh(5n),
      exportEnd: energyWh(7n),
      quality,
      salt,
    })),
  }
}

describe('readings', () => {
  const readingsOf = (memberId: number, periods: readonly number[], after: number | null = null) =>
    periods.map((period, position) => {
      const before = position === 0 ? after : periods[position - 1]!
      return {
        memberId,
        follows: before === null ? null : deliveryPeriod(before),
        deliveryPeriod: deliveryPeriod(period),
        sequence: period,
        importRegister: energyWh(BigInt(period)),
        exportRegister: energyWh(0n),
        signature: '0x',
        signedBy: 'meter' as const,
        receivedAt: 0,
      }
    })
  const accept = (memberId: number, ...periods: number[]) => insertReadings(store, readingsOf(memberId, periods))
  const periodsOf = async (memberId: number) =>
    (await store.client.meterReading.findMany({ where: { memberId }, orderBy: { period: 'asc' } })).map(
      (row) => row.period,
    )

  test('are left out, with all that follow, where the one before is another than they were decided on', async () => {
    await accept(61, PERIOD)
    const behind = readingsOf(61, [PERIOD + 1, PERIOD + 2], PERIOD - 1)
    const others = readingsOf(62, [PERIOD + 1, PERIOD + 2])
    expect(await insertReadings(store, [behind[0]!, others[0]!, behind[1]!, others[1]!])).toEqual(new Set(behind))
    expect(await periodsOf(61)).toEqual([PERIOD])
    expect(await periodsOf(62)).toEqual([PERIOD + 1, PERIOD + 2])
  })

  test('of two writers at once are taken of one alone', async () => {
    const written = await Promise.all(
      Array.from({ length: 8 }, async (_, writer) => {
        const readings = readingsOf(63, [PERIOD + writer])
        return (await insertReadings(store, readings)).size === 0 ? PERIOD + writer : null
      }),
    )
    expect(written.filter((period) => period !== null)).toEqual(await periodsOf(63))
    expect(await periodsOf(63)).toHaveLength(1)
  })

  test('count as written where an attempt before wrote them, and as left out where somebody else did', async () => {
    const readings = readingsOf(64, [PERIOD, PERIOD + 1])
    await insertReadings(store, readings)
    expect(await insertReadings(store, readings)).toEqual(new Set(readings))
    expect(await insertReadings(store, readings, 2)).toEqual(new Set())
    const other = { ...readings[1]!, signature: '0x01' }
    expect(await insertReadings(store, [readings[0]!, other], 2)).toEqual(new Set([other]))
  })

  test('besides a period are the last before its end and the first from there on, of each member', async () => {
    await accept(1, PERIOD - 9, PERIOD - 4, PERIOD + 3, PERIOD + 8)
    await accept(2, PERIOD - 1, PERIOD)
    await accept(3, PERIOD + 1)
    await accept(4, PERIOD - 1)
    const besides = await readReadingsBesides(store, PERIOD, [1, 2, 3, 5])
    const periods = [...besides].map(([memberId, readings]) => [memberId, readings.map((of) => of.deliveryPeriod)])
    expect(periods).toEqual([
      [1, [PERIOD - 4, PERIOD + 3]],
      [2, [PERIOD - 1, PERIOD]],
      [3, [PERIOD + 1]],
    ])
  })

  test('keep every version of a batch, give the latest, and forget none but a correction', async () => {
    const first = batch(PERIOD, 0, [{ memberId: 1, importWh: 10n, quality: 'estimated' }])
    const correction = batch(PERIOD, 1, [{ memberId: 1, importWh: 12n }])
    await storeReadingBatch(store, first)
    await storeReadingBatch(store, correction)
    await storeReadingBatch(store, { ...correction, root: 'another' })
    expect(await readReadingBatch(store, AREA, PERIOD)).toEqual(correction)
    expect(await readReadingBatch(store, AREA, PERIOD, 0)).toEqual(first)
    expect(await readReadingBatch(store, AREA, PERIOD, 2)).toBeNull()
    expect(await findLastReadingBatch(store, AREA)).toBe(PERIOD)
    expect((await readLeafEnds(store, PERIOD, [1, 2])).get(1)).toEqual({ import: 1_012n, export: 7n })

    await removeReadingCorrection(store, correction)
    expect(await readReadingBatch(store, AREA, PERIOD)).toEqual(first)
    await expect(removeReadingCorrection(store, first)).rejects.toThrow(RangeError)
  })

  test('of the same quarter-hour are those of the latest seven days that were metered, as last decided', async () => {
    for (let days = 1; days <= 9; days += 1) {
      const quality = days === 2 || days === 3 ? 'estimated' : 'metered'
      await storeReadingBatch(store, batch(PERIOD - 96 * days, 0, [{ memberId: 1, importWh: BigInt(days), quality }]))
    }
    await storeReadingBatch(store, batch(PERIOD - 96 * 3, 1, [{ memberId: 1, importWh: 30n }]))
    await storeReadingBatch(store, batch(PERIOD - 1, 0, [{ memberId: 1, importWh: 99n }]))
    await storeReadingBatch(store, batch(PERIOD, 0, [{ memberId: 1, importWh: 98n }]))
    const profiles = await readMeteredProfiles(store, PERIOD, [1, 2])
    expect(profiles.get(1)?.map(({ imported }) => imported)).toEqual([1n, 30n, 4n, 5n, 6n, 7n, 8n])
    expect(profiles.get(1)?.[0]?.exported).toBe(2n)
    expect(profiles.has(2)).toBe(false)
  })

  test('that are open are the estimates of latest versions, with the corrections', async () => {
    const estimated = { memberId: 2, importWh: 1n, quality: 'estimated' } as const
    const metered = { memberId: 1, importWh: 1n }
    await storeReadingBatch(store, batch(PERIOD - 1, 0, [metered, estimated]))
    await storeReadingBatch(store, batch(PERIOD, 0, [metered]))
    await storeReadingBatch(store, batch(PERIOD + 1, 0, [metered, estimated, { ...estimated, memberId: 3 }]))
    await storeReadingBatch(store, batch(PERIOD + 2, 0, [estimated]))
    await storeReadingBatch(store, batch(PERIOD + 2, 1, [metered]))
    expect(await readOpenEstimates(store, AREA, PERIOD)).toEqual([
      { period: PERIOD + 1, version: 0, memberIds: [2, 3] },
      { period: PERIOD + 2, version: 1, memberIds: [] },
    ])
  })
})

describe('statements', () => {
  const of = (run: number) => ({ area: AREA, run })
  const statement = (memberId: number, readingVersion: number, energy = 0n): PeriodStatement => ({
    ...emptyStatementOf(memberId, readingVersion),
    period: PERIOD,
    energy: money(energy),
    salt,
  })

  test('come back as they were kept, and give way to those drawn later for the same run', async () => {
    const metered: PeriodStatement = {
      ...statement(2, 0, -7n),
      bought: energyWh(3n),
      sold: energyWh(4n),
      quality: 'estimated',
      metered: { import: energyWh(9n), export: energyWh(1n) },
      imbalance: money(-1n),
      gridTariff: money(2n),
      levies: money(3n),
      platformFee: money(4n),
      tariffOnly: money(5n),
    }
    await replaceStatements(store, of(0), PERIOD, [statement(1, 0, 7n), metered])
    expect(await readStatements(store, of(0), PERIOD)).toEqual([statement(1, 0, 7n), metered])
    await replaceStatements(store, of(1), PERIOD, [statement(1, 1)])
    await replaceStatements(store, of(0), PERIOD, [statement(1, 1, 8n)])
    expect(await readStatements(store, of(0), PERIOD)).toEqual([statement(1, 1, 8n)])
    expect(await readStatements(store, of(1), PERIOD)).toEqual([statement(1, 1)])
  })

  test('are outdated where their readings have a newer version, in the run and periods asked for', async () => {
    await storeReadingBatch(store, batch(PERIOD, 0, []))
    await replaceStatements(store, of(0), PERIOD, [statement(1, 0), statement(2, 0)])
    expect(await findOutdatedStatements(store, of(0), PERIOD, 1)).toEqual([])
    await storeReadingBatch(store, batch(PERIOD, 1, []))
    expect(await findOutdatedStatements(store, of(0), PERIOD, 1)).toEqual([{ period: PERIOD, readingVersion: 0 }])
    expect(await findOutdatedStatements(store, of(1), PERIOD, 1)).toEqual([])
    expect(await findOutdatedStatements(store, of(0), deliveryPeriod(PERIOD + 1), 9)).toEqual([])
  })

  test('of a day come back with their payments', async () => {
    const day = tradingDayOf(PERIOD)
    const facts = { day, saltOf: () => salt }
    const statements = [statement(1, 0, 7n), statement(2, 0, -7n)].map((one) => ({
      ...one,
      period: firstPeriodOf(day),
    }))
    const initial = dayStatementsOf({ ...facts, run: 'initial', statements, previous: new Map() })
    const final = dayStatementsOf({ ...facts, run: 'final', statements, previous: chargedAfter(initial, new Map(), 4) })
    await replaceDayStatements(store, of(0), day, initial)
    await replaceDayStatements(store, of(2), day, final)
    await replaceDayStatements(store, of(2), day, final)
    expect(await readDayStatements(store, of(0), day)).toEqual(initial)
    expect(await readDayStatements(store, of(2), day)).toEqual(final)
    expect(initial.map(({ payment }) => payment)).toEqual([7n, -7n])
    expect(await readDayStatements(store, of(1), day)).toEqual([])
  })
})
