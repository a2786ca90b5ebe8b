import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { signedWh, startOf, type DeliveryPeriod } from '../../units.ts'
import { activationOf, berlin, clockOf, daysFrom, periodOn, flowsOf, seededRandom } from '../flows-for-test.ts'
import { baselineOf } from './baseline.ts'
import type { BaselineCase } from './baseline-case.ts'
import type { BaselineMethod } from './baseline-method.ts'
import { absoluteOf } from './fraction.ts'
import { localDayAfter, localQuarterHourOf, periodAt, type LocalDay } from './local-calendar.ts'
import { flowSeriesOf, type FlowSeries, type PeriodFlow } from './period-flow.ts'
import type { AdjustmentRule } from './same-day-adjustment.ts'

const RUNS = process.env.CI === undefined ? 100 : 500

const dayOf = (period: DeliveryPeriod) => clockOf(berlin, period).day

const EVENT_DAYS = ['2026-03-29', '2026-03-31', '2026-06-25', '2026-10-25', '2026-10-27'] as LocalDay[]

const adjustment: fc.Arbitrary<AdjustmentRule> = fc.record({
  kind: fc.constantFrom('additive', 'multiplicative'),
  capPercent: fc.integer({ min: 0, max: 40 }),
  windowPeriods: fc.integer({ min: 1, max: 12 }),
  gapPeriods: fc.integer({ min: 0, max: 4 }),
})

const similarDays: fc.Arbitrary<BaselineMethod> = fc.record({
  name: fc.constantFrom('10-of-10', 'high-5-of-10'),
  lookBackDays: fc.constant(45),
  adjustment: fc.option(adjustment, { nil: null }),
  fallback: fc.constant(null),
})

const controlGroup: fc.Arbitrary<BaselineMethod> = fc.record({
  name: fc.constant('control-group'),
  days: fc.integer({ min: 1, max: 10 }),
  lookBackDays: fc.constant(45),
  fewestMembers: fc.integer({ min: 1, max: 2 }),
  fallback: fc.constant(null),
})

const beforeAndAfter: fc.Arbitrary<BaselineMethod> = fc.record({
  name: fc.constant('meter-before-meter-after'),
  periodsBefore: fc.integer({ min: 1, max: 8 }),
  periodsAfter: fc.integer({ min: 0, max: 8 }),
})

const fromOtherDays = fc.oneof(similarDays, controlGroup)
const fromReadings = fc.oneof(similarDays, controlGroup, beforeAndAfter)

/** Noisy use of a home from 46 days before an event to two days after it, from a seed. */
function noisyFlows(day: LocalDay, seed: number, least = 20, most = 900): FlowSeries {
  const random = seededRandom(seed)
  const days = daysFrom(localDayAfter(day, -46), localDayAfter(day, 2))
  return flowsOf(days, () => Math.round(least + random() * (most - least)))
}

type Event = {
  readonly day: LocalDay
  readonly hour: number
  readonly length: number
  readonly notice: number
  readonly seed: number
}

/** An activation of one to eight quarter-hours, notified up to two hours before. */
const anyEvent: fc.Arbitrary<Event> = fc.record({
  day: fc.constantFrom(...EVENT_DAYS),
  hour: fc.integer({ min: 0, max: 20 }),
  length: fc.integer({ min: 1, max: 8 }),
  notice: fc.integer({ min: 0, max: 7_200 }),
  seed: fc.nat(),
})

/** It, of a home with two neighbours. */
function activationIn({ day, hour, length, notice, seed }: Event) {
  const first = periodAt(berlin, { day, quarter: hour * 4 })
  return activationOf({
    activated: Array.from({ length }, (_, index) => (first + index) as DeliveryPeriod),
    notifiedAt: startOf(first) - notice,
    flows: noisyFlows(day, seed),
    controlGroup: [1, 2].map((id) => ({ id: String(id), flows: noisyFlows(day, seed + id), activations: [] })),
  })
}

function changed(flows: FlowSeries, change: (flow: PeriodFlow) => PeriodFlow | null): FlowSeries {
  return flowSeriesOf([...flows.values()].map(change).filter((flow) => flow !== null))
}

const negative = (flows: FlowSeries) => changed(flows, (one) => ({ ...one, flow: signedWh(-one.flow) }))
const times = (factor: bigint) => (flows: FlowSeries) =>
  changed(flows, (one) => ({ ...one, flow: signedWh(factor * one.flow) }))

function withFlows(activation: BaselineCase, of: (flows: FlowSeries) => FlowSeries): BaselineCase {
  const members = activation.controlGroup.map((member) => ({ ...member, flows: of(member.flows) }))
  return { ...activation, flows: of(activation.flows), controlGroup: members }
}

const shuffled = <Value>(values: readonly Value[], seed: number): Value[] => {
  const random = seededRandom(seed)
  return values
    .map((value) => ({ value, place: random() }))
    .sort((one, other) => one.place - other.place)
    .map(({ value }) => value)
}

describe('a baseline', () => {
  test('of constant use is that use, whichever the method', () => {
    fc.assert(
      fc.property(anyEvent, fromReadings, fc.integer({ min: 1, max: 100_000 }), (event, method, use) => {
        const activation = activationIn(event)
        const constant = withFlows(activation, (flows) =>
          changed(flows, (one) => ({ ...one, flow: signedWh(BigInt(use)) })),
        )
        const { periods } = baselineOf(method, constant)
        expect(periods.map(({ baseline }) => baseline)).toEqual(activation.activated.map(() => BigInt(use)))
      }),
      { numRuns: RUNS },
    )
  })

  test('of so many times the use is so many times the baseline, but for the rounding', () => {
    fc.assert(
      fc.property(anyEvent, fromReadings, fc.bigInt({ min: 2n, max: 1_000n }), (event, method, factor) => {
        const activation = activationIn(event)
        const one = baselineOf(method, activation)
        const many = baselineOf(method, { ...activation, flows: times(factor)(activation.flows) })
        expect(many.daysUsed).toEqual(one.daysUsed)
        many.periods.forEach(({ baseline }, index) => {
          expect(absoluteOf(baseline - factor * one.periods[index]!.baseline) * 2n <= factor + 1n).toBe(true)
        })
      }),
      { numRuns: RUNS },
    )
  })

  test('with feed-in congestion is the mirror of the one with consumption congestion', () => {
    fc.assert(
      fc.property(anyEvent, fromReadings, (event, method) => {
        const activation = activationIn(event)
        const mirrored = withFlows({ ...activation, direction: 'feed-in' }, negative)
        const { periods, daysUsed, evidence } = baselineOf(method, activation)
        const mirror = baselineOf(method, mirrored)
        expect(mirror.periods).toEqual(
          periods.map((one) => ({
            ...one,
            baseline: -one.baseline,
            unadjusted: -one.unadjusted,
          })),
        )
        expect({ daysUsed: mirror.daysUsed, evidence: mirror.evidence }).toEqual({ daysUsed, evidence })
      }),
      { numRuns: RUNS },
    )
  })

  test('knows no order of readings, activated periods and earlier activations', () => {
    fc.assert(
      fc.property(anyEvent, fromReadings, fc.nat(), (event, method, seed) => {
        const [activation, day] = [activationIn(event), event.day]
        const activations = [-3, -7, -20].map((back) =>
          periodAt(berlin, { day: localDayAfter(day, back), quarter: 70 }),
        )
        const ordered = baselineOf(method, { ...activation, activations })
        const other = baselineOf(method, {
          ...activation,
          flows: flowSeriesOf(shuffled([...activation.flows.values()], seed)),
          activated: shuffled(activation.activated, seed),
          activations: shuffled(activations, seed),
        })
        expect(other).toEqual(ordered)
      }),
      { numRuns: RUNS },
    )
  })

  test('is fed by no day with an activation, nor by one with an estimate, whatever was used on it', () => {
    fc.assert(
      fc.property(anyEvent, fromOtherDays, fc.nat(), (event, method, seed) => {
        const [activation, day] = [activationIn(event), event.day]
        const random = seededRandom(seed)
        const activations = [-1, -2, -8].map((back) => periodAt(berlin, { day: localDayAfter(day, back), quarter: 40 }))
        const unfit = new Set(activations.map((period) => dayOf(period)))
        const estimatedOn = localDayAfter(day, -9)
        const anyUse = (flows: FlowSeries) =>
          changed(flows, (one) => {
            const on = dayOf(one.period)
            if (on === estimatedOn)
              return { ...one, flow: signedWh(BigInt(Math.round(random() * 9_999))), quality: 'estimated' }
            return unfit.has(on) ? { ...one, flow: signedWh(BigInt(Math.round(random() * 9_999))) } : one
          })
        const without = changed(activation.flows, (one) =>
          unfit.has(dayOf(one.period)) || dayOf(one.period) === estimatedOn ? null : one,
        )
        const one = baselineOf(method, { ...activation, flows: anyUse(activation.flows), activations })
        const other = baselineOf(method, { ...activation, flows: without, activations })
        expect(one.periods).toEqual(other.periods)
        expect(one.daysUsed.filter((used) => unfit.has(used) || used === estimatedOn)).toEqual([])
      }),
      { numRuns: RUNS },
    )
  })

  test('is not moved by what is used from the notification on, but after the end by meter-before-meter-after', () => {
    fc.assert(
      fc.property(anyEvent, fromReadings, fc.integer({ min: -9_999, max: 9_999 }), (event, method, use) => {
        const activation = activationIn(event)
        const end = activation.activated.at(-1)!
        const reads = (period: DeliveryPeriod) => method.name === 'meter-before-meter-after' && period > end
        const moved = changed(activation.flows, (one) =>
          startOf(one.period) + 900 > activation.notifiedAt && !reads(one.period)
            ? { ...one, flow: signedWh(BigInt(use)) }
            : one,
        )
        expect(baselineOf(method, { ...activation, flows: moved }).periods).toEqual(
          baselineOf(method, activation).periods,
        )
      }),
      { numRuns: RUNS },
    )
  })

  test('stays as it is when later days become known', () => {
    fc.assert(
      fc.property(anyEvent, fromOtherDays, (event, method) => {
        const [activation, day] = [activationIn(event), event.day]
        const known = withFlows(activation, (flows) => changed(flows, (one) => (dayOf(one.period) > day ? null : one)))
        expect(baselineOf(method, known)).toEqual(baselineOf(method, activation))
      }),
      { numRuns: RUNS },
    )
  })

  test('is adjusted by no more than the cap, over each local day, and by no factor beyond it', () => {
    fc.assert(
      fc.property(anyEvent, similarDays, fc.integer({ min: -20, max: 20 }), (event, method, factor) => {
        const [activation, day] = [activationIn(event), event.day]
        const wild = changed(activation.flows, (one) =>
          dayOf(one.period) === day ? { ...one, flow: signedWh(one.flow * BigInt(factor)) } : one,
        )
        const { periods, evidence } = baselineOf(method, { ...activation, flows: wild })
        if (evidence.kind !== 'similar-days' || !('adjustment' in method)) throw new Error('other method')
        const cap = BigInt(method.adjustment?.capPercent ?? 0)
        for (const { day: on, adjustment: made } of evidence.activatedDays) {
          const ofDay = periods.filter(({ period }) => dayOf(period) === on)
          const [adjusted, unadjusted] = [
            ofDay.reduce((sum, { baseline }) => sum + baseline, 0n),
            ofDay.reduce((sum, one) => sum + one.unadjusted, 0n),
          ]
          // Each of both sums is off by half a Wh a period.
          const rounding = 100n * BigInt(ofDay.length) * 2n
          expect(absoluteOf(adjusted - unadjusted) * 100n <= cap * absoluteOf(unadjusted) + rounding).toBe(true)
          if (made.status !== 'adjusted' || made.kind === 'additive') continue
          const { numerator, denominator } = made.amount
          expect(absoluteOf(numerator - denominator) * 100n <= cap * denominator).toBe(true)
        }
      }),
      { numRuns: RUNS },
    )
  })

  test('uses days of the same type alone, before the event and within the look-back', () => {
    fc.assert(
      fc.property(anyEvent, fromOtherDays, (event, method) => {
        const [activation, day] = [activationIn(event), event.day]
        if (!('lookBackDays' in method)) throw new Error('other method')
        const { daysUsed } = baselineOf(method, activation)
        const isOff = (one: LocalDay) =>
          [0, 6].includes(new Date(one).getUTCDay()) || berlin.publicHolidays.includes(one)
        expect(daysUsed.length).toBeGreaterThan(0)
        for (const used of daysUsed) {
          expect(used < day && used >= localDayAfter(day, -method.lookBackDays)).toBe(true)
          expect(isOff(used)).toBe(isOff(day))
        }
      }),
      { numRuns: RUNS },
    )
  })
})

describe('a baseline where clocks are changed', () => {
  /** Each quarter-hour uses as many Wh as the clock on the wall shows minutes: 135 at a quarter past two. */
  const clock = (_day: LocalDay, quarter: number) => quarter * 15
  const tenOfTen = { name: '10-of-10', lookBackDays: 45, adjustment: null, fallback: null } as const
  const flows = flowsOf(daysFrom('2026-02-01', '2026-12-20'), clock)

  const baselineAt = (...activated: DeliveryPeriod[]) =>
    baselineOf(tenOfTen, activationOf({ activated, notifiedAt: startOf(activated[0]!), flows })).periods.map(
      ({ baseline }) => Number(baseline),
    )

  test('compares by the clock on the wall, and not by the sun', () => {
    expect(baselineAt(periodOn('2026-03-31', '18:00'))).toEqual([18 * 60])
    expect(baselineAt(periodOn('2026-10-27', '18:00'))).toEqual([18 * 60])
  })

  test('compares both quarter-hours that exist twice with the one of other days', () => {
    const first = periodOn('2026-10-25', '02:15')
    const second = (first + 4) as DeliveryPeriod
    expect(localQuarterHourOf(berlin, second)).toEqual(localQuarterHourOf(berlin, first))
    expect(baselineAt(first, second)).toEqual([135, 135])
  })

  test('reads on the day with the skipped hour the quarter-hour an hour later, and of a repeated one the first', () => {
    const daysOff = flowsOf(daysFrom('2026-09-01', '2026-12-20'), (_day, _quarter, period) =>
      period === periodOn('2026-10-25', '02:15') ? 1_000 : 0,
    )
    const saturday = periodOn('2026-11-14', '02:15')
    const over = (series: FlowSeries, at: DeliveryPeriod) =>
      baselineOf(tenOfTen, activationOf({ activated: [at], notifiedAt: startOf(at), flows: series })).periods[0]!
        .baseline
    // The ten days off before 14 November reach back to 11 October; the first 02:15 of 25 October has 1,000 Wh.
    expect(over(daysOff, saturday)).toBe(100n)
    const spring = flowsOf(daysFrom('2026-02-15', '2026-04-12'), (day, quarter) => (day === '2026-03-29' ? quarter : 0))
    // Of the ten days off before 11 April only 29 March has use: at 03:15, which is quarter-hour 13, for 02:15.
    expect(over(spring, periodOn('2026-04-11', '02:15'))).toBe(1n)
    expect(over(spring, periodOn('2026-04-11', '03:15'))).toBe(1n)
    expect(over(spring, periodOn('2026-04-11', '01:45'))).toBe(1n)
    expect(over(spring, periodOn('2026-04-11', '00:00'))).toBe(0n)
  })
})

describe('baselineOf', () => {
  const six = periodOn('2026-06-25', '18:00')
  const method: BaselineMethod = { name: '10-of-10', lookBackDays: 45, adjustment: null, fallback: null }
  const ask = (one: Partial<BaselineCase>, of: BaselineMethod = method) =>
    baselineOf(of, activationOf({ activated: [six], notifiedAt: startOf(six), ...one }))

  test.each([
    ['activation-empty', { activated: [] }],
    ['period-activated-twice', { activated: [six, six] }],
    ['notified-too-late', { notifiedAt: startOf(six) + 1 }],
    ['notified-too-late', { notifiedAt: NaN }],
    ['period-outside-calendar', { activated: [periodOn('2026-06-25', '18:00'), (2 ** 31) as DeliveryPeriod] }],
  ] as const)('refuses with %s', (code, one) => {
    expect(() => ask(one)).toThrow(expect.objectContaining({ code }))
  })

  test.each([
    ['lookBackDays', { ...method, lookBackDays: 0 }],
    ['lookBackDays', { ...method, lookBackDays: 367 }],
    [
      'adjustment.capPercent',
      { ...method, adjustment: { kind: 'additive', capPercent: 101, windowPeriods: 1, gapPeriods: 0 } },
    ],
    [
      'adjustment.capPercent',
      { ...method, adjustment: { kind: 'additive', capPercent: 2.5, windowPeriods: 1, gapPeriods: 0 } },
    ],
    [
      'adjustment.windowPeriods',
      { ...method, adjustment: { kind: 'additive', capPercent: 1, windowPeriods: 0, gapPeriods: 0 } },
    ],
    [
      'adjustment.gapPeriods',
      { ...method, adjustment: { kind: 'additive', capPercent: 1, windowPeriods: 1, gapPeriods: -1 } },
    ],
    ['periodsBefore', { name: 'meter-before-meter-after', periodsBefore: -1, periodsAfter: 4 }],
    ['periodsBefore + periodsAfter', { name: 'meter-before-meter-after', periodsBefore: 0, periodsAfter: 0 }],
    ['gateClosureLeadSeconds', { name: 'nomination', gateClosureLeadSeconds: -1 }],
    ['days', { name: 'control-group', days: 0, lookBackDays: 45, fewestMembers: 1, fallback: null }],
    ['fewestMembers', { name: 'control-group', days: 1, lookBackDays: 45, fewestMembers: 0, fallback: null }],
  ] as const)('refuses a method whose %s is out of bounds', (parameter, of) => {
    expect(() => ask({}, of)).toThrow(
      expect.objectContaining({
        code: 'baseline-method-invalid',
        message: expect.stringMatching(`^${parameter.replace('+', '\\+')} of `) as string,
      }),
    )
  })
})
