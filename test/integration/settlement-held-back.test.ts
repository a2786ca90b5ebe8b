import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import type { RunningPostgres } from '../../scripts/embedded/postgres.ts'
import { statementTreeOf } from '../../services/domain/settlement/statement-tree.ts'
import { money, type DeliveryPeriod, type TradingDay } from '../../services/domain/units.ts'
import { payRun, settleDay } from '../../services/market-operator/settlement-day.ts'
import { drawStatements } from '../../services/market-operator/settlement.ts'
import { connectStore, type Store } from '../../services/store/connect.ts'
import { readDayStatements } from '../../services/store/day-statements.ts'
import { migrateStore } from '../../services/store/migrate.ts'
import { readStatements } from '../../services/store/statements.ts'
import { startTestPostgres } from './indexer-world.ts'
import { AREA, BUYER, calendar, commitReadings, DAY, LedgerOfDay, operationOn, PERIODS } from './settlement-world.ts'

vi.mock('../../services/chain/accounts.ts', () => ({ readBond: async (ledger: LedgerOfDay) => ledger.bond }))
vi.mock('../../services/chain/ledger-clock.ts', () => ({
  readLatestBlock: async (ledger: LedgerOfDay) => ({ number: 1, timestamp: ledger.now }),
}))
vi.mock('../../services/chain/areas.ts', () => ({
  readCalendar: async () => calendar,
  readTariff: async (ledger: LedgerOfDay) => ledger.tariff,
}))
vi.mock('../../services/chain/fills.ts', () => ({ readFills: async (ledger: LedgerOfDay) => ledger.fills }))
vi.mock('../../services/chain/members.ts', () => ({ readMembers: async (ledger: LedgerOfDay) => ledger.members }))
vi.mock('../../services/chain/sessions.ts', () => ({
  readSession: async (ledger: LedgerOfDay, _: number, period: DeliveryPeriod) => ledger.session(period),
  readCommitment: async (ledger: LedgerOfDay, _: number, period: DeliveryPeriod, version?: number) =>
    ledger.commitment(period, version),
  readReadingsVersion: async (ledger: LedgerOfDay, _: number, period: DeliveryPeriod, time?: number) =>
    ledger.version(period, time),
  areCleared: async (ledger: LedgerOfDay) => ledger.cleared.size === PERIODS.length,
  areCommitted: async (ledger: LedgerOfDay) => ledger.readings.size === PERIODS.length,
}))
vi.mock('../../services/chain/trading-days.ts', () => ({ isSealedDay: async () => false }))
vi.mock('../../services/chain/settlement-runs.ts', () => ({
  readRun: async (ledger: LedgerOfDay, _: number, __: TradingDay, run: number) => ledger.runs.get(run) ?? null,
  readLastRun: async (ledger: LedgerOfDay) => ledger.lastRun(),
  readWithheld: async (ledger: LedgerOfDay) => ledger.withheld(),
  readOwed: async (ledger: LedgerOfDay, _: number, __: TradingDay, ___: number, members: number[]) =>
    members.map((memberId) => ledger.owed.get(memberId) ?? 0n),
  readCorrections: async (ledger: LedgerOfDay, _: number, __: TradingDay, run: number, members: number[]) =>
    members.map((memberId) => ledger.corrections.get(`${run}:${memberId}`) ?? money(0n)),
}))

let postgres: RunningPostgres
let store: Store
let ledger: LedgerOfDay

beforeAll(async () => {
  postgres = await startTestPostgres(18_248)
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
    client.statement.deleteMany(),
    client.dayStatement.deleteMany(),
    client.operatorTransaction.deleteMany(),
  ])
  ledger = new LedgerOfDay()
})

const meterAll = async () => {
  for (const period of PERIODS) await commitReadings(store, ledger, period, 1_000n)
}
const rootOf = async (run: number) =>
  statementTreeOf(await readDayStatements(store, { area: AREA, run }, DAY)).root.hash
describe('the readings that a day is drawn on', () => {
  test('are those of the time that is committed with it, though the clock goes on while it is drawn', async () => {
    await meterAll()
    const { operation } = operationOn(store, ledger)
    const begun = ledger.now
    const versionOf = ledger.version.bind(ledger)
    ledger.version = (period, time) => {
      ledger.now += 1
      return versionOf(period, time)
    }
    await settleDay(operation, AREA, DAY, 'initial')
    const { readingsAt, committedAt } = ledger.runs.get(0)!
    expect(readingsAt).toBeGreaterThan(begun)
    expect(readingsAt).toBeLessThan(committedAt)
    for (const period of PERIODS) {
      const [statement] = await readStatements(store, { area: AREA, run: 0 }, period)
      expect(statement?.readingVersion).toBe(versionOf(period, readingsAt))
    }
  })

  test('are looked at again where one was corrected before the round began', async () => {
    await meterAll()
    const { operation } = operationOn(store, ledger)
    for (const period of PERIODS) await drawStatements(operation, AREA, period)
    ledger.now += 60
    await commitReadings(store, ledger, PERIODS[2]!, 1_100n)
    await settleDay(operation, AREA, DAY, 'initial')
    expect(ledger.runs.get(0)).toMatchObject({ readingsAt: ledger.now, root: await rootOf(0) })
    const [statement] = await readStatements(store, { area: AREA, run: 0 }, PERIODS[2]!)
    expect(statement?.readingVersion).toBe(1)
  })
})

describe('a run whose corrections are not paid', () => {
  const settleOwing = async (owed: bigint) => {
    const world = operationOn(store, ledger)
    await meterAll()
    await settleDay(world.operation, AREA, DAY, 'initial')
    ledger.owed.set(BUYER, owed)
    ledger.now += calendar.challengeWindowSeconds
    return world
  }

  test('is held back while the bond is empty, and says what to do', async () => {
    const { operation, sent } = await settleOwing(5_000_000n)
    await expect(payRun(operation, AREA, DAY, 'initial')).rejects.toMatchObject({
      code: 'settlement-withheld',
      message: expect.stringContaining('Deposit at least 5.000000 EUR into the bond of area 1') as string,
    })
    expect(sent.filter((purpose) => purpose.startsWith('pay'))).toEqual([])
    expect(ledger.runs.get(0)?.isPaid).toBe(false)
  })

  test('is paid once the bond holds what it owes, and is paid before it', async () => {
    const { operation, sent } = await settleOwing(5_000_000n)
    ledger.bond = 2_000_000n
    await expect(payRun(operation, AREA, DAY, 'initial')).rejects.toMatchObject({ code: 'settlement-withheld' })
    expect(ledger.owed.get(BUYER)).toBe(3_000_000n)
    ledger.now += 1
    ledger.bond = 3_000_000n
    expect(await payRun(operation, AREA, DAY, 'initial')).toBe(true)
    expect(sent.map((purpose) => purpose.replace(/:\d+$/, ''))).toEqual([
      `commit-statements:1:${DAY}`,
      `pay-corrections:1:${DAY}:0:${BUYER}`,
      `pay-corrections:1:${DAY}:0:${BUYER}`,
      `pay-run:1:${DAY}`,
    ])
    expect(ledger.corrections.get(`0:${BUYER}`)).toBe(-5_000_000n)
  })
})

describe('an operator that comes back too late', () => {
  test('draws anew what it signed before, on the readings that the ledger has by then', async () => {
    await meterAll()
    const { operation, state, sent } = operationOn(store, ledger)
    state.kill = 'after signing'
    await expect(settleDay(operation, AREA, DAY, 'initial')).rejects.toMatchObject({ code: 'sender-stopped' })
    const signed = await rootOf(0)
    ledger.now += 4_000
    await commitReadings(store, ledger, PERIODS[1]!, 1_100n)
    state.kill = null
    expect(await settleDay(operation, AREA, DAY, 'initial')).toBe(true)
    expect(sent).toEqual([`commit-statements:1:${DAY}:0`])
    expect(ledger.runs.get(0)).toMatchObject({ root: await rootOf(0), readingsAt: ledger.now })
    expect(await rootOf(0)).not.toBe(signed)
  })

  test('does so too where the ledger refused it already when the operator started', async () => {
    await meterAll()
    const { operation, state } = operationOn(store, ledger)
    state.kill = 'after signing'
    await expect(settleDay(operation, AREA, DAY, 'initial')).rejects.toMatchObject({ code: 'sender-stopped' })
    ledger.now += 4_000
    state.kill = null
    await store.client.operatorTransaction.updateMany({ data: { status: 'reverted' } })
    expect(await settleDay(operation, AREA, DAY, 'initial')).toBe(true)
    expect(ledger.runs.get(0)).toMatchObject({ root: await rootOf(0), readingsAt: ledger.now })
  })
})
