import { describe, expect, test } from 'vitest'
import type { PeriodFlow } from '../domain/flexibility/baseline/period-flow.ts'
import { deliveryPeriod, energyWh, PERIODS_PER_DAY, signedWh, startOf, startOfDay } from '../domain/units.ts'
import { createGuards } from './guards.ts'
import { DAY, operationForTest, period } from './operation-for-test.ts'

const DAYS = 50
const CALLED_QUARTER = 76
/** Four days ago the home was called in the evening, and told two hours before. */
const CALLED_DAY = -4
const calledAt = period(CALLED_DAY * PERIODS_PER_DAY + CALLED_QUARTER)

/** A home's readings of the last days, up to now: a little other every day, and so many times as much before it was called. */
function flowsOf(raisedTimes: number): PeriodFlow[] {
  return Array.from({ length: DAYS * PERIODS_PER_DAY }, (_, index) => {
    const offset = index - (DAYS - 1) * PERIODS_PER_DAY
    const day = Math.floor(offset / PERIODS_PER_DAY)
    const quarter = offset - day * PERIODS_PER_DAY
    const isRaised = day === CALLED_DAY && quarter >= CALLED_QUARTER - 24 && quarter < CALLED_QUARTER - 8
    const usual = 400 + ((day * 7 + DAYS * 7) % 10)
    return { period: period(offset), flow: signedWh(BigInt(usual * (isRaised ? raisedTimes : 1))), quality: 'metered' }
  })
}

function watched(raisedTimes: number) {
  const { operation, state } = operationForTest()
  state.now = startOfDay(DAY) + 13 * 3_600
  state.flows = new Map([[10, flowsOf(raisedTimes)]])
  state.activations = new Map([[10, [{ activated: [calledAt], notifiedAt: startOf(deliveryPeriod(calledAt - 8)) }]]])
  return { guard: createGuards(operation), state }
}

describe('createGuards', () => {
  test('finds that a home used far more before it was told than it ever does, with the evidence', async () => {
    const { guard, state } = watched(3)
    expect(await guard()).toBe(true)
    const [found] = state.findings
    expect(found).toMatchObject({ productId: 1, memberId: 10 })
    expect(found!.finding).toMatchObject({ kind: 'consumption-raised-before-event', rule: 'excessive' })
    expect(found!.finding.use).toBeGreaterThan(2n * found!.finding.expected)
  })

  test('finds nothing where a home did as always, and looks once a day, after noon', async () => {
    const { guard, state } = watched(1)
    state.now = startOfDay(DAY) + 11 * 3_600
    expect(await guard()).toBe(false)
    state.now += 2 * 3_600
    expect([await guard(), await guard()]).toEqual([true, false])
    expect(state.findings).toEqual([])
  })

  test('finds an aggregator that nominates a congestion whenever it offers to cure it', async () => {
    const { guard, state } = watched(1)
    const offeredDays = [-1, -2, -5]
    const at = (day: number) => period(day * PERIODS_PER_DAY + CALLED_QUARTER)
    const days = Array.from({ length: 40 }, (_, index) => -1 - index)
    // 10 kW are 2,500 Wh: only what it nominates on days with offers is more.
    const nominatedOn = (day: number) => signedWh(offeredDays.includes(day) ? 3_000n : BigInt(1_000 + (-day % 5)))
    state.nominatedBy = new Map([[90, new Map(days.map((day) => [at(day), nominatedOn(day)]))]])
    state.offeredBy = new Map([[90, new Map(offeredDays.map((day) => [at(day), energyWh(500n)]))]])
    await guard()
    const found = state.findings.filter(({ finding }) => finding.kind === 'congestion-caused')
    expect(found.length).toBeGreaterThan(0)
    expect(found.every(({ memberId }) => memberId === 90)).toBe(true)
  })

  test('adds the last day to the accuracy of each method once', async () => {
    const { guard, state } = watched(1)
    await guard()
    const known = [...state.accuracies].map(([name, { accuracy }]) => [name, accuracy.days + accuracy.refusedDays])
    expect(known).toEqual([
      ['10 meter-before-meter-after/1', 1],
      ['10 10-of-10/1', 1],
      ['10 high-5-of-10/1', 1],
    ])
    const { accuracy } = state.accuracies.get('10 10-of-10/1')!
    expect(accuracy.periods).toBe(1)
    // It used 400 to 409 Wh every day: no method is wrong by more.
    expect(accuracy.error < 10n && accuracy.error > -10n).toBe(true)
  })
})
