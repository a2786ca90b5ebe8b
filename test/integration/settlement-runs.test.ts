import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import type { RunningPostgres } from '../../scripts/embedded/postgres.ts'
import { statementTreeOf } from '../../services/domain/settlement/statement-tree.ts'
import { endOfDay, money, type DeliveryPeriod, type TradingDay } from '../../services/domain/units.ts'
import type { Operation } from '../../services/market-operator/operation.ts'
import { isRunNeeded, payRun, settleDay } from '../../services/market-operator/settlement-day.ts'
import { createSettlementDuty } from '../../services/market-operator/settlement-duty.ts'
import { drawStatements } from '../../services/market-operator/settlement.ts'
import { connectStore, type Store } from '../../services/store/connect.ts'
import { readDayStatements } from '../../services/store/day-statements.ts'
import { readFinishedDays } from '../../services/store/finished-days.ts'
import { migrateStore } from '../../services/store/migrate.ts'
import { readStatements } from '../../services/store/statements.ts'
import { startTestPostgres } from './indexer-world.ts'
import {
  AREA,
  BUYER,
  calendar,
  commitReadings,
  DAY,
  LedgerOfDay,
  operationOn,
  paymentsIn,
  PERIODS,
  PLATFORM_OPERATOR,
  SELLER,
} from './settlement-world.ts'

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
  postgres = await startTestPostgres(18_249)
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
    client.finishedDay.deleteMany(),
    client.operatorTransaction.deleteMany(),
  ])
  ledger = new LedgerOfDay()
})

const meterAll = async () => {
  for (const period of PERIODS) await commitReadings(store, ledger, period, 1_000n)
}
const rootOf = async (run: number) =>
  statementTreeOf(await readDayStatements(store, { area: AREA, run }, DAY)).root.hash
/** What the buyer pays of a quarter-hour: 200,000 for energy, and 55,000 for grid, levies and fee. */
const BUYER_PAYS = 255_000n

describe('statements of a period', () => {
  test('are drawn when it is cleared and metered, and no sooner', async () => {
    const { operation } = operationOn(store, ledger)
    const [period] = PERIODS as [DeliveryPeriod]
    expect(await drawStatements(operation, AREA, period)).toBeNull()
    await commitReadings(store, ledger, period, 1_000n)
    ledger.cleared.delete(period)
    expect(await drawStatements(operation, AREA, period)).toBeNull()
    ledger.cleared.add(period)
    expect((await drawStatements(operation, AREA, period))?.isNew).toBe(true)
    expect((await drawStatements(operation, AREA, period))?.isNew).toBe(false)
  })

  test('are drawn again when a reading is corrected, until the run is signed', async () => {
    const { operation } = operationOn(store, ledger)
    await meterAll()
    const [period] = PERIODS as [DeliveryPeriod]
    await drawStatements(operation, AREA, period)
    await commitReadings(store, ledger, period, 1_200n)
    expect((await drawStatements(operation, AREA, period))?.isNew).toBe(true)
    expect(await readStatements(store, { area: AREA, run: 0 }, period)).toContainEqual(
      expect.objectContaining({ memberId: BUYER, readingVersion: 1, imbalance: 60_000n }),
    )
    await settleDay(operation, AREA, DAY, 'initial')
    await commitReadings(store, ledger, period, 1_300n)
    expect((await drawStatements(operation, AREA, period))?.isNew).toBe(false)
  })

  test('are not drawn from readings that are not those on the ledger', async () => {
    const { operation } = operationOn(store, ledger)
    const [period] = PERIODS as [DeliveryPeriod]
    await commitReadings(store, ledger, period, 1_000n)
    await store.client.readingLeaf.updateMany({ data: { importEndWh: 51n } })
    await expect(drawStatements(operation, AREA, period)).rejects.toMatchObject({ code: 'readings-not-committed' })
  })
})

describe('a day', () => {
  test('is committed once every period is cleared and metered, with the statements that are kept', async () => {
    const { operation, sent } = operationOn(store, ledger)
    await commitReadings(store, ledger, PERIODS[0]!, 1_000n)
    expect(await settleDay(operation, AREA, DAY, 'initial')).toBe(false)
    expect(sent).toEqual([])
    for (const period of PERIODS.slice(1)) await commitReadings(store, ledger, period, 1_000n)
    expect(await settleDay(operation, AREA, DAY, 'initial')).toBe(true)
    expect(await settleDay(operation, AREA, DAY, 'initial')).toBe(true)
    expect(sent).toEqual([`commit-statements:1:${DAY}:0`])
    expect(ledger.runs.get(0)?.root).toBe(await rootOf(0))
    const statements = await readDayStatements(store, { area: AREA, run: 0 }, DAY)
    expect(statements.every(({ periodCount }) => periodCount === PERIODS.length)).toBe(true)
  })

  test('states every quarter-hour of a member that came later, the earlier ones without anything', async () => {
    const { operation } = operationOn(store, ledger)
    await meterAll()
    const late = ledger.readings.get(PERIODS[2]!)![0]!
    const leaves = [...late.leaves, { ...late.leaves[0]!, memberId: 12 }]
    ledger.readings.set(PERIODS[2]!, [{ ...late, leaves }])
    await store.client.readingLeaf.create({
      data: {
        ...{ area: AREA, period: PERIODS[2]!, version: 0, position: 2, memberId: 12, quality: 'metered' },
        ...{ importStartWh: 50n, importEndWh: 1_050n, exportStartWh: 0n, exportEndWh: 0n, salt: leaves[0]!.salt },
      },
    })
    await settleDay(operation, AREA, DAY, 'initial')
    const joined = (await readDayStatements(store, { area: AREA, run: 0 }, DAY)).find(({ memberId }) => memberId === 12)
    expect(joined).toMatchObject({ periodCount: 3, charges: 390_000n, credits: 0n })
    expect(await readStatements(store, { area: AREA, run: 0 }, PERIODS[0]!)).toContainEqual(
      expect.objectContaining({ memberId: 12, quality: 'none' }),
    )
  })

  test('is paid when its window is over, one netted payment a member', async () => {
    const { operation, sent } = operationOn(store, ledger)
    await meterAll()
    await settleDay(operation, AREA, DAY, 'initial')
    ledger.now += calendar.challengeWindowSeconds - 1
    expect(await payRun(operation, AREA, DAY, 'initial')).toBe(false)
    ledger.now += 1
    expect(await payRun(operation, AREA, DAY, 'initial')).toBe(true)
    expect(await payRun(operation, AREA, DAY, 'initial')).toBe(true)
    expect(sent.filter((purpose) => purpose.startsWith('pay'))).toHaveLength(1)
    const payments = paymentsIn(ledger.paid.get(0)!)
    expect(payments.get(BUYER)).toBe(3n * BUYER_PAYS)
    expect(payments.get(SELLER)).toBe(-600_000n)
    expect([...payments.values()].reduce((sum, amount) => sum + amount, 0n)).toBe(0n)
  })

  test('is not paid from statements that are not those on the ledger', async () => {
    const { operation } = operationOn(store, ledger)
    await meterAll()
    await settleDay(operation, AREA, DAY, 'initial')
    ledger.now += calendar.challengeWindowSeconds
    await store.client.dayStatement.updateMany({ where: { memberId: BUYER }, data: { chargesMicroEuro: 1n } })
    await expect(payRun(operation, AREA, DAY, 'initial')).rejects.toMatchObject({ code: 'statements-not-committed' })
  })
})

describe('an operator that is killed', () => {
  test('before it signed draws the day anew, on what the ledger says by then', async () => {
    await meterAll()
    const killed = operationOn(store, ledger)
    killed.state.kill = 'before signing'
    await expect(settleDay(killed.operation, AREA, DAY, 'initial')).rejects.toMatchObject({ code: 'sender-stopped' })
    await commitReadings(store, ledger, PERIODS[1]!, 1_100n)
    await settleDay(operationOn(store, ledger).operation, AREA, DAY, 'initial')
    expect(ledger.runs.get(0)?.root).toBe(await rootOf(0))
    expect(await readStatements(store, { area: AREA, run: 0 }, PERIODS[1]!)).toContainEqual(
      expect.objectContaining({ memberId: BUYER, readingVersion: 1 }),
    )
  })

  test('after it signed keeps the statements that it signed, whatever was corrected since', async () => {
    await meterAll()
    const { operation, state, sent } = operationOn(store, ledger)
    state.kill = 'after signing'
    await expect(settleDay(operation, AREA, DAY, 'initial')).rejects.toMatchObject({ code: 'sender-stopped' })
    const signed = await rootOf(0)
    await commitReadings(store, ledger, PERIODS[1]!, 1_100n)
    await drawStatements(operation, AREA, PERIODS[1]!)
    state.kill = null
    await settleDay(operation, AREA, DAY, 'initial')
    expect([ledger.runs.get(0)?.root, await rootOf(0)]).toEqual([signed, signed])
    expect(sent).toHaveLength(1)
    expect(await readStatements(store, { area: AREA, run: 0 }, PERIODS[1]!)).toContainEqual(
      expect.objectContaining({ memberId: BUYER, readingVersion: 0 }),
    )
  })
})

describe('later runs', () => {
  const settleAndPay = async (run: 'initial' | 'corrected' | 'final') => {
    const { operation } = operationOn(store, ledger)
    await settleDay(operation, AREA, DAY, run)
    ledger.now += calendar.challengeWindowSeconds
    await payRun(operation, AREA, DAY, run)
    return operation
  }

  test('are needed where readings have a newer version on the ledger, not in the database alone', async () => {
    await meterAll()
    const operation = await settleAndPay('initial')
    expect(await isRunNeeded(operation, AREA, DAY)).toBe(false)
    await commitReadings(store, ledger, PERIODS[0]!, 1_100n)
    const [first] = ledger.readings.get(PERIODS[0]!)!
    const both = ledger.readings.get(PERIODS[0]!)!
    ledger.readings.set(PERIODS[0]!, [first!])
    expect(await isRunNeeded(operation, AREA, DAY)).toBe(false)
    ledger.readings.set(PERIODS[0]!, both)
    expect(await isRunNeeded(operation, AREA, DAY)).toBe(true)
    await settleAndPay('corrected')
    expect(await isRunNeeded(operation, AREA, DAY)).toBe(false)
  })

  test('pay the difference, so that all runs together are the last statement', async () => {
    await meterAll()
    await settleAndPay('initial')
    await commitReadings(store, ledger, PERIODS[0]!, 1_100n)
    await settleAndPay('corrected')
    await commitReadings(store, ledger, PERIODS[0]!, 1_300n)
    await settleAndPay('final')
    const last = await readDayStatements(store, { area: AREA, run: 2 }, DAY)
    for (const { memberId, charges, credits } of last) {
      const paid = [...ledger.paid.values()].map((packed) => paymentsIn(packed).get(memberId) ?? 0n)
      expect(paid.reduce((sum, amount) => sum + amount, 0n)).toBe(charges - credits)
    }
    // 100 Wh more cost 300 a Wh at retail, 60 for the grid and 30 of levies.
    expect(paymentsIn(ledger.paid.get(1)!).get(BUYER)).toBe(39_000n)
  })

  test('are needed after a challenge, and give the platform operator what its bond paid', async () => {
    await meterAll()
    const operation = await settleAndPay('initial')
    ledger.corrections.set(`0:${BUYER}`, money(-500n))
    expect(await isRunNeeded(operation, AREA, DAY)).toBe(true)
    await settleAndPay('corrected')
    expect(paymentsIn(ledger.paid.get(1)!)).toEqual(
      new Map([
        [PLATFORM_OPERATOR, -500n],
        [BUYER, 500n],
      ]),
    )
  })
})

describe('the duty', () => {
  const start = async (operation: Operation) =>
    createSettlementDuty(operation, AREA, calendar, await readFinishedDays(store, AREA))
  const work = async (sent: string[], step: () => Promise<boolean>) => {
    const before = sent.length
    for (let steps = 0; await step(); steps += 1) if (steps > 50) throw new Error('it never comes to rest')
    return sent.slice(before)
  }

  test('commits, pays and corrects in turn, and rests in between', async () => {
    const { operation, sent } = operationOn(store, ledger)
    await meterAll()
    const duty = await start(operation)
    expect(await work(sent, duty)).toEqual([`commit-statements:1:${DAY}:0`])
    ledger.now += calendar.challengeWindowSeconds
    expect(await work(sent, duty)).toEqual([`pay-run:1:${DAY}:0`])
    await commitReadings(store, ledger, PERIODS[0]!, 1_100n)
    expect(await work(sent, duty)).toEqual([])
    ledger.now = endOfDay(DAY) + calendar.correctionDelaySeconds
    expect(await work(sent, duty)).toEqual([`commit-statements:1:${DAY}:1`])
    ledger.now += calendar.challengeWindowSeconds
    expect(await work(sent, duty)).toEqual([`pay-run:1:${DAY}:1`])
    ledger.now = endOfDay(DAY) + calendar.finalDelaySeconds
    expect(await work(sent, duty)).toEqual([])
  })

  test('goes on after a restart, and leaves out the runs that would change nothing', async () => {
    const { operation, sent } = operationOn(store, ledger)
    await meterAll()
    await work(sent, await start(operation))
    ledger.now += calendar.challengeWindowSeconds
    expect(await work(sent, await start(operation))).toEqual([`pay-run:1:${DAY}:0`])
    for (const delay of [calendar.correctionDelaySeconds, calendar.finalDelaySeconds]) {
      ledger.now = endOfDay(DAY) + delay
      expect(await readFinishedDays(store, AREA)).toEqual(new Set())
      expect(await work(sent, await start(operation))).toEqual([])
    }
    expect(await readFinishedDays(store, AREA)).toEqual(new Set([DAY]))
  })

  test('draws a period again whose reading was corrected before the day is over', async () => {
    const { operation, sent } = operationOn(store, ledger)
    ledger.now = endOfDay(DAY) - 900
    await commitReadings(store, ledger, PERIODS[0]!, 1_000n, 'estimated')
    const duty = await start(operation)
    await drawStatements(operation, AREA, PERIODS[0]!)
    await work(sent, duty)
    await commitReadings(store, ledger, PERIODS[0]!, 1_100n)
    await work(sent, duty)
    expect(sent).toEqual([])
    expect(await readStatements(store, { area: AREA, run: 0 }, PERIODS[0]!)).toContainEqual(
      expect.objectContaining({ memberId: BUYER, readingVersion: 1, quality: 'metered' }),
    )
  })
})
