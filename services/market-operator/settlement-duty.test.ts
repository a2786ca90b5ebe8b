import { beforeEach, describe, expect, test, vi } from 'vitest'
import { RUNS, type Calendar, type Run } from '../domain/grid/calendar.ts'
import { endOfDay, firstPeriodOf, lastPeriodOf, SECONDS_PER_DAY, tradingDay, type TradingDay } from '../domain/units.ts'
import type { Operation } from './operation.ts'
import { createSettlementDuty, firstUnsettledDay } from './settlement-duty.ts'

const world = vi.hoisted(() => ({
  now: 0,
  /** The last run of each day on the ledger. */
  runs: new Map<number, { run: number; committedAt: number; isPaid: boolean }>(),
  /** The table. */
  finished: new Set<number>(),
  /** Days whose readings were corrected, or statements challenged, since their last run. */
  outdated: new Set<number>(),
  /** Days that are not cleared or not metered. */
  incomplete: new Set<number>(),
  looks: [] as number[],
}))

vi.mock('../chain/settlement-runs.ts', () => ({
  readLastRun: async (_: unknown, __: number, day: number) => {
    world.looks.push(day)
    return world.runs.get(day) ?? null
  },
}))
vi.mock('../store/finished-days.ts', () => ({
  insertFinishedDay: async (_: unknown, __: number, day: number) => void world.finished.add(day),
}))
vi.mock('./redrawing.ts', () => ({ redrawOutdated: async () => false }))
vi.mock('./settlement-day.ts', () => ({
  isRunNeeded: async (_: unknown, __: number, day: number) => world.outdated.has(day),
  settleDay: async (_: unknown, __: number, day: number, run: Run) => {
    if (world.incomplete.has(day)) return false
    world.runs.set(day, { run: RUNS.indexOf(run), committedAt: world.now, isPaid: false })
    world.outdated.delete(day)
    return true
  },
  payRun: async (_: unknown, __: number, day: number) => {
    world.runs.set(day, { ...world.runs.get(day)!, isPaid: true })
    return true
  },
}))

const FIRST = tradingDay(100)
const HOUR = 3_600
const calendar: Calendar = {
  firstPeriod: firstPeriodOf(FIRST),
  lastPeriod: lastPeriodOf(tradingDay(20_000)),
  gateClosureLeadSeconds: 300,
  readingDeadlineSeconds: 300,
  operatorDeadlineSeconds: 120,
  challengeWindowSeconds: HOUR,
  correctionDelaySeconds: 6 * HOUR,
  finalDelaySeconds: 12 * HOUR,
}
const operation = { ledger: {}, store: {}, clock: { now: () => world.now } } as unknown as Operation
const finished = () => new Set(world.finished) as Set<TradingDay>
const start = () => createSettlementDuty(operation, 1, calendar, finished())
const work = async (step: () => Promise<boolean>) => {
  for (let steps = 0; await step(); steps += 1) if (steps > 1_000) throw new Error('it never comes to rest')
}
const unpaid = () => [...world.runs].filter(([, { isPaid }]) => !isPaid).map(([day]) => day)

beforeEach(() => {
  world.now = endOfDay(FIRST)
  for (const collection of [world.runs, world.finished, world.outdated, world.incomplete]) collection.clear()
})

describe('an operator that is started again', () => {
  test('pays every day that it committed late, in the window of which it was stopped', async () => {
    world.now = endOfDay(tradingDay(104)) + 1_000
    await work(start())
    expect(unpaid()).toEqual([100, 101, 102, 103, 104])
    const again = start()
    world.now += HOUR
    await work(again)
    expect(unpaid()).toEqual([])
  })

  test('makes and pays a final run that was due while it was away, a month ago', async () => {
    await work(start())
    world.now += HOUR
    await work(start())
    world.outdated.add(100)
    world.now += 30 * SECONDS_PER_DAY
    await work(start())
    expect(world.runs.get(100)).toMatchObject({ run: 2, isPaid: false })
    world.now += HOUR
    await work(start())
    expect(world.runs.get(100)).toMatchObject({ run: 2, isPaid: true })
  })

  test('comes back to a day that could not be settled though later ones were', async () => {
    world.incomplete.add(101)
    world.now = endOfDay(tradingDay(130))
    await work(start())
    world.now += HOUR
    await work(start())
    expect(world.runs.has(101)).toBe(false)
    expect(await firstUnsettledDay(operation, 1, calendar, finished())).toBe(101)
    world.incomplete.clear()
    await work(start())
    expect(world.runs.has(101)).toBe(true)
  })

  test('asks the ledger for nothing of the years that are finished', async () => {
    const duty = start()
    for (let day = 100; day < 1_000; day += 1) {
      for (const seconds of [0, HOUR]) {
        world.now = endOfDay(tradingDay(day)) + seconds
        await work(duty)
      }
    }
    world.looks = []
    expect(await firstUnsettledDay(operation, 1, calendar, finished())).toBe(1_000)
    await work(start())
    expect(new Set(world.looks)).toEqual(new Set([999, 1_000]))
  })
})

describe('a day', () => {
  test('is finished once its final run is paid, or found to change nothing, and no sooner', async () => {
    await work(start())
    world.now += HOUR
    await work(start())
    expect(world.finished).toEqual(new Set())
    world.now = endOfDay(FIRST) + 12 * HOUR
    await work(start())
    expect(world.finished).toEqual(new Set([100]))

    world.finished.clear()
    world.outdated.add(100)
    await work(start())
    expect(world.finished).toEqual(new Set())
    world.now += HOUR
    await work(start())
    expect(world.finished).toEqual(new Set([100]))
  })
})

test('statements are drawn from the first day without a run on, however many days behind it have one', async () => {
  expect(await firstUnsettledDay(operation, 1, calendar, new Set())).toBe(100)
  world.now = endOfDay(tradingDay(104))
  await work(start())
  expect(await firstUnsettledDay(operation, 1, calendar, finished())).toBe(105)
})
