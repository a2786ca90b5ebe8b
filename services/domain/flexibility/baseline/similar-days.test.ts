import { describe, expect, test } from 'vitest'
import { signedWh, startOf } from '../../units.ts'
import { activationOf, daysFrom, flowsOf, periodOn, quarterAt, type FlowAt } from '../flows-for-test.ts'
import { baselineOf, type Baseline } from './baseline.ts'
import type { BaselineMethod } from './baseline-method.ts'
import { fraction } from './fraction.ts'
import type { LocalDay } from './local-calendar.ts'
import type { AdjustmentRule } from './same-day-adjustment.ts'
import type { SimilarDaysEvidence, SimilarDaysName } from './similar-days.ts'

const method = (
  name: SimilarDaysName,
  adjustment: AdjustmentRule | null = null,
  fallback: BaselineMethod | null = null,
): BaselineMethod => ({ name, lookBackDays: 45, adjustment, fallback })

const twenty = (kind: AdjustmentRule['kind']): AdjustmentRule => ({
  kind,
  capPercent: 20,
  windowPeriods: 2,
  gapPeriods: 0,
})

/** Working days before Thursday, 25 June 2026: 100 Wh at 18:00 on the 24th, 200 Wh the day before, and so on. */
const RISING: Readonly<Record<string, number>> = {
  '2026-06-24': 100,
  '2026-06-23': 200,
  '2026-06-22': 300,
  '2026-06-19': 400,
  '2026-06-18': 500,
  '2026-06-17': 600,
  '2026-06-16': 700,
  '2026-06-15': 800,
  '2026-06-12': 900,
  '2026-06-11': 1_000,
}
const SIX = quarterAt('18:00')
const WINDOW = [quarterAt('17:00'), quarterAt('17:15')]
const DAYS = daysFrom('2026-05-01', '2026-07-15')

/** Of the window each quarter-hour 100 Wh on other days, and `inWindow` on the 25th; 5 Wh in all other quarter-hours. */
const rising =
  (inWindow = 100): FlowAt =>
  (day, quarter) => {
    if (quarter === SIX) return RISING[day] ?? 40
    if (WINDOW.includes(quarter)) return day === '2026-06-25' ? inWindow : 100
    return 5
  }

const onThe25th = (flowAt: FlowAt, other: Partial<Parameters<typeof activationOf>[0]> = {}) => {
  const six = periodOn('2026-06-25', '18:00')
  return activationOf({
    activated: [six],
    notifiedAt: startOf(periodOn('2026-06-25', '17:30')),
    flows: flowsOf(DAYS, flowAt),
    ...other,
  })
}

function evidenceOf(baseline: Baseline): SimilarDaysEvidence {
  if (baseline.evidence.kind !== 'similar-days') throw new Error(`evidence of ${baseline.evidence.kind}`)
  return baseline.evidence.activatedDays[0]!
}

const sole = (baseline: Baseline) => baseline.periods.map((one) => one.baseline)

describe('10-of-10', () => {
  test('is the mean of the last ten eligible working days', () => {
    const baseline = baselineOf(method('10-of-10'), onThe25th(rising()))
    // (100 + 200 + ... + 1,000) / 10 = 5,500 / 10
    expect(baseline.periods).toEqual([{ period: periodOn('2026-06-25', '18:00'), baseline: 550n, unadjusted: 550n }])
    expect(baseline.version).toBe('10-of-10/1')
    expect(baseline.daysUsed).toEqual(Object.keys(RISING).sort())
    expect(evidenceOf(baseline).adjustment).toEqual({ status: 'none' })
  })

  test('rounds a half to the even Wh', () => {
    const with5More =
      (more: number): FlowAt =>
      (day, quarter) => {
        const flow = rising()(day, quarter, periodOn(day, '00:00')) as number
        return day === '2026-06-24' && quarter === SIX ? flow + more : flow
      }
    // 5,505 / 10 = 550.5 and 5,515 / 10 = 551.5
    expect(sole(baselineOf(method('10-of-10'), onThe25th(with5More(5))))).toEqual([550n])
    expect(sole(baselineOf(method('10-of-10'), onThe25th(with5More(15))))).toEqual([552n])
  })

  test('takes days off for a day off: weekends and public holidays, back over as many weeks as it needs', () => {
    const easterMonday = periodOn('2026-04-06', '18:00')
    const flows = flowsOf(daysFrom('2026-02-01', '2026-04-06'), () => 70)
    const activation = activationOf({ activated: [easterMonday], notifiedAt: startOf(easterMonday), flows })
    const { daysUsed } = baselineOf(method('10-of-10'), activation)
    expect(daysUsed).toEqual(
      [
        ...['2026-03-07', '2026-03-08', '2026-03-14', '2026-03-15', '2026-03-21', '2026-03-22', '2026-03-28'],
        ...['2026-03-29', '2026-04-04', '2026-04-05'],
      ].sort(),
    )
  })
})

describe('high-5-of-10', () => {
  test('is the mean of the five highest of the last ten working days', () => {
    const baseline = baselineOf(method('high-5-of-10'), onThe25th(rising()))
    // (600 + 700 + 800 + 900 + 1,000) / 5 = 4,000 / 5
    expect(sole(baseline)).toEqual([800n])
    expect(baseline.version).toBe('high-5-of-10/1')
    expect(baseline.daysUsed).toEqual(['2026-06-11', '2026-06-12', '2026-06-15', '2026-06-16', '2026-06-17'])
  })

  test('is the mean of the three highest of the last five days off', () => {
    const sunday = periodOn('2026-06-28', '18:00')
    const uses: Record<string, number> = {
      ...{ '2026-06-27': 50, '2026-06-21': 300, '2026-06-20': 100, '2026-06-14': 200, '2026-06-13': 150 },
      ...{ '2026-06-07': 9_000 },
    }
    const flows = flowsOf(DAYS, (day) => uses[day] ?? 10)
    const baseline = baselineOf(
      method('high-5-of-10'),
      activationOf({ activated: [sunday], notifiedAt: startOf(sunday), flows }),
    )
    // (300 + 200 + 150) / 3 = 216.67; 7 June is the sixth day off before, and not looked at
    expect(sole(baseline)).toEqual([217n])
    expect(baseline.daysUsed).toEqual(['2026-06-13', '2026-06-14', '2026-06-21'])
  })

  test('ranks days by their use in all activated quarter-hours together', () => {
    const activated = ['18:00', '18:15'].map((time) => periodOn('2026-06-25', time))
    // Each of the ten days uses 1,100 Wh in both together, but the 24th, which uses 1,200.
    const flows = flowsOf(DAYS, (day, quarter) => {
      const first = RISING[day] ?? 0
      if (quarter === SIX) return first
      return quarter === SIX + 1 ? 1_100 - first + (day === '2026-06-24' ? 100 : 0) : 0
    })
    const baseline = baselineOf(
      method('high-5-of-10'),
      activationOf({ activated, notifiedAt: startOf(activated[0]!), flows }),
    )
    // Of equal days the later ones: 24, 23, 22, 19, 18 June; (100 + 200 + 300 + 400 + 500) / 5, and
    // (1,100 + 900 + 800 + 700 + 600) / 5
    expect(baseline.daysUsed).toEqual(['2026-06-18', '2026-06-19', '2026-06-22', '2026-06-23', '2026-06-24'])
    expect(sole(baseline)).toEqual([300n, 820n])
  })

  test('ranks no day by its use in the adjustment window', () => {
    // The five lower days use most in the window.
    const flowAt: FlowAt = (day, quarter, period) =>
      WINDOW.includes(quarter) && (RISING[day] ?? 0) <= 500 ? 2_000 : rising(100)(day, quarter, period)
    const baseline = baselineOf(method('high-5-of-10', twenty('additive')), onThe25th(flowAt))
    expect(baseline.daysUsed).toEqual(['2026-06-11', '2026-06-12', '2026-06-15', '2026-06-16', '2026-06-17'])
  })

  test('with feed-in congestion takes the days of most feed-in', () => {
    const flows = flowsOf(DAYS, (day, quarter) => (quarter === SIX ? -(RISING[day] ?? 40) : 5))
    const baseline = baselineOf(
      method('high-5-of-10'),
      onThe25th(() => 0, { flows, direction: 'feed-in' }),
    )
    expect(sole(baseline)).toEqual([-800n])
    expect(baseline.daysUsed).toEqual(['2026-06-11', '2026-06-12', '2026-06-15', '2026-06-16', '2026-06-17'])
    // A consumption congestion would take the days of least feed-in: -(100 + 200 + 300 + 400 + 500) / 5
    expect(
      sole(
        baselineOf(
          method('high-5-of-10'),
          onThe25th(() => 0, { flows }),
        ),
      ),
    ).toEqual([-300n])
  })
})

describe('the same-day adjustment', () => {
  const adjusted = (kind: AdjustmentRule['kind'], inWindow: number) =>
    baselineOf(method('high-5-of-10', twenty(kind)), onThe25th(rising(inWindow)))

  test('multiplies by use over mean use in the window', () => {
    // Window: 2 * 110 = 220 on the day, 2 * 100 = 200 on the others; factor 220 / 200 = 1.1; 800 * 1.1
    const baseline = adjusted('multiplicative', 110)
    expect(baseline.periods).toEqual([{ period: periodOn('2026-06-25', '18:00'), baseline: 880n, unadjusted: 800n }])
    expect(evidenceOf(baseline).adjustment).toEqual({
      status: 'adjusted',
      kind: 'multiplicative',
      window: ['17:00', '17:15'].map((time) => periodOn('2026-06-25', time)),
      found: fraction(11n, 10n),
      amount: fraction(11n, 10n),
    })
  })

  test('adds the mean difference in the window', () => {
    // (2 * 170 - 2 * 100) / 2 = 70 a period; 800 + 70
    expect(sole(adjusted('additive', 170))).toEqual([870n])
    // (2 * 35 - 2 * 100) / 2 = -65 a period
    expect(sole(adjusted('additive', 35))).toEqual([735n])
  })

  test.each([
    // 300 / 100 = 3, of which the cap leaves 1.2; 0 / 100 = 0, of which it leaves 0.8
    ['multiplicative', 300, 960n, fraction(3n), fraction(6n, 5n)],
    ['multiplicative', 0, 640n, fraction(0n), fraction(4n, 5n)],
    ['multiplicative', -500, 640n, fraction(-5n), fraction(4n, 5n)],
    // 900 - 100 = 800, of which the cap leaves 20 % of 800; 0 - 100 = -100 is within it
    ['additive', 900, 960n, fraction(800n), fraction(160n)],
    ['additive', 0, 700n, fraction(-100n), fraction(-100n)],
    ['additive', -500, 640n, fraction(-600n), fraction(-160n)],
  ] as const)('%s is capped: %d Wh in the window make %d Wh', (kind, inWindow, expected, found, amount) => {
    const baseline = adjusted(kind, inWindow)
    expect(sole(baseline)).toEqual([expected])
    expect(evidenceOf(baseline).adjustment).toMatchObject({ status: 'adjusted', found, amount })
  })

  test('leaves out so many periods between the window and the notification', () => {
    const withGap = { ...twenty('additive'), gapPeriods: 2 }
    const activation = onThe25th(rising(170), { notifiedAt: startOf(periodOn('2026-06-25', '18:00')) })
    expect(sole(baselineOf(method('high-5-of-10', withGap), activation))).toEqual([870n])
  })

  test('sees nothing of the quarter-hour in which the notification comes, and nothing after it', () => {
    const steep: FlowAt = (day, quarter, period) =>
      day === '2026-06-25' && quarter >= quarterAt('17:30') && quarter < SIX ? 9_999 : rising(110)(day, quarter, period)
    const activation = onThe25th(steep, { notifiedAt: startOf(periodOn('2026-06-25', '17:30')) + 899 })
    expect(sole(baselineOf(method('high-5-of-10', twenty('multiplicative')), activation))).toEqual([880n])
  })

  const unmetered: FlowAt = (day, quarter, period) =>
    quarter === WINDOW[0] && day === '2026-06-25' ? '~110' : rising(110)(day, quarter, period)
  const window =
    (use: number): FlowAt =>
    (_day, quarter) =>
      WINDOW.includes(quarter) ? use : 800

  test.each([
    ['window-on-another-day', { notifiedAt: startOf(periodOn('2026-06-25', '00:15')) }, rising(110)],
    ['window-activated', { activations: [periodOn('2026-06-25', '17:15')] }, rising(110)],
    ['window-not-metered', {}, unmetered],
    ['no-ratio', {}, window(-100)],
    ['no-ratio', {}, window(0)],
  ])('is not made, and says %s', (reason, other, flowAt) => {
    const baseline = baselineOf(method('high-5-of-10', twenty('multiplicative')), onThe25th(flowAt, other))
    expect(sole(baseline)).toEqual([800n])
    expect(evidenceOf(baseline).adjustment).toMatchObject({ status: 'unadjusted', reason })
  })

  test('makes no ratio for a baseline that flows the other way in one of the periods', () => {
    const activated = ['18:00', '18:15'].map((time) => periodOn('2026-06-25', time))
    const flowAt: FlowAt = (day, quarter, period) => (quarter === SIX + 1 ? -60 : rising(110)(day, quarter, period))
    const baseline = baselineOf(method('high-5-of-10', twenty('multiplicative')), onThe25th(flowAt, { activated }))
    expect(sole(baseline)).toEqual([800n, -60n])
    expect(evidenceOf(baseline).adjustment).toMatchObject({ status: 'unadjusted', reason: 'no-ratio' })
    // Additive it is: 10 Wh more in both.
    const shifted = baselineOf(method('high-5-of-10', twenty('additive')), onThe25th(flowAt, { activated }))
    expect(sole(shifted)).toEqual([810n, -50n])
  })
})

describe('days that are not eligible', () => {
  const without =
    (one: Partial<Record<string, '~' | null>>): FlowAt =>
    (day, quarter, period) => {
      const flow = rising()(day, quarter, period) as number
      if (quarter !== SIX || !(day in one)) return flow
      return one[day] === '~' ? (`~${flow}` as const) : null
    }

  test('are passed over with the reason, and earlier ones taken instead', () => {
    const activation = onThe25th(without({ '2026-06-23': '~', '2026-06-22': null }), {
      activations: [periodOn('2026-06-24', '03:00')],
    })
    const baseline = baselineOf(method('10-of-10'), activation)
    // Without 100, 200 and 300, and with 40 each on 10, 9 and 8 June: (5,500 - 600 + 120) / 10
    expect(sole(baseline)).toEqual([502n])
    expect(evidenceOf(baseline).daysPassedOver).toEqual([
      { day: '2026-06-24', reason: 'activated' },
      { day: '2026-06-23', reason: 'not-metered' },
      { day: '2026-06-22', reason: 'not-metered' },
    ])
  })

  test('are those too whose adjustment window was not metered, but for what lies outside of what is compared', () => {
    const flowAt: FlowAt = (day, quarter, period) => {
      if (day === '2026-06-24' && quarter === WINDOW[1]) return null
      if (day === '2026-06-23' && quarter === quarterAt('12:00')) return null
      return rising()(day, quarter, period)
    }
    const baseline = baselineOf(method('10-of-10', twenty('additive')), onThe25th(flowAt))
    expect(evidenceOf(baseline).daysPassedOver).toEqual([{ day: '2026-06-24', reason: 'not-metered' }])
    expect(baselineOf(method('10-of-10'), onThe25th(flowAt)).daysUsed).toContain('2026-06-24')
  })

  test('leave too few, and the refusal says what is missing', () => {
    const flowAt: FlowAt = (day) => (day < '2026-06-16' ? null : 100)
    const refusal = () => baselineOf(method('10-of-10'), onThe25th(flowAt))
    expect(refusal).toThrow(
      expect.objectContaining({
        code: 'baseline-too-few-days',
        message:
          'of the 45 days before 2026-06-25 7 are eligible, and 10 are needed: ' +
          'working days without activation whose compared quarter-hours were metered',
      }),
    )
    try {
      refusal()
    } catch (error) {
      const { details } = error as { details: { passedOver: unknown[]; eligibleDays: LocalDay[]; needed: number } }
      expect(details.eligibleDays).toEqual([
        '2026-06-24',
        '2026-06-23',
        '2026-06-22',
        '2026-06-19',
        '2026-06-18',
        '2026-06-17',
        '2026-06-16',
      ])
      expect(details.passedOver).toContainEqual({ day: '2026-06-15', reason: 'not-metered' })
      expect(details.needed).toBe(10)
    }
  })

  test('are all that lie further back than the product looks', () => {
    const within = (lookBackDays: number) =>
      baselineOf({ name: '10-of-10', lookBackDays, adjustment: null, fallback: null }, onThe25th(rising()))
    // Thursday the 11th is 14 days back.
    expect(within(14).daysUsed).toContain('2026-06-11')
    expect(() => within(13)).toThrow(expect.objectContaining({ code: 'baseline-too-few-days' }))
  })

  test('make the product fall back on another method, if it has one', () => {
    const fallback = { name: 'meter-before-meter-after', periodsBefore: 2, periodsAfter: 0 } as const
    const flowAt: FlowAt = (day) => (day < '2026-06-24' ? null : 90)
    const baseline = baselineOf(method('high-5-of-10', null, fallback), onThe25th(flowAt))
    expect(baseline).toMatchObject({
      version: 'meter-before-meter-after/1',
      periods: [{ baseline: 90n }],
      daysUsed: [],
      passedOver: [{ version: 'high-5-of-10/1', code: 'baseline-too-few-days', details: { needed: 10 } }],
    })
  })

  test('make it fall back once more, or refuse for the last method', () => {
    const last: BaselineMethod = { name: 'control-group', days: 1, lookBackDays: 45, fewestMembers: 1, fallback: null }
    const flowAt: FlowAt = (day) => (day < '2026-06-24' ? null : 90)
    const twice = method('10-of-10', null, method('high-5-of-10', null, last))
    expect(() => baselineOf(twice, onThe25th(flowAt))).toThrow(
      expect.objectContaining({ code: 'baseline-too-few-members' }),
    )
    const controlGroup = [{ id: 'a', flows: flowsOf(DAYS, () => 45), activations: [] }]
    const baseline = baselineOf(twice, onThe25th(flowAt, { controlGroup }))
    expect(baseline).toMatchObject({ version: 'control-group/1', periods: [{ baseline: signedWh(90n) }] })
    expect(baseline.passedOver.map(({ version }) => version)).toEqual(['10-of-10/1', 'high-5-of-10/1'])
  })
})

describe('an activation over midnight', () => {
  test('has a baseline from days of its own on each side, and an adjustment only where its window is', () => {
    const activated = ['2026-06-25 23:45', '2026-06-26 00:00'].map((at) => periodOn(at.slice(0, 10), at.slice(11)))
    const flows = flowsOf(DAYS, (day, quarter) => {
      if (quarter === quarterAt('23:30')) return day === '2026-06-25' ? 110 : 100
      if (quarter === quarterAt('23:45')) return 200
      return quarter === 0 ? 50 : 7
    })
    const rule = { ...twenty('multiplicative'), windowPeriods: 1 }
    const notifiedAt = startOf(activated[0]!)
    const baseline = baselineOf(method('10-of-10', rule), activationOf({ activated, notifiedAt, flows }))
    expect(sole(baseline)).toEqual([220n, 50n])
    if (baseline.evidence.kind !== 'similar-days') throw new Error('other evidence')
    const [before, after] = baseline.evidence.activatedDays
    expect(before).toMatchObject({ day: '2026-06-25', adjustment: { status: 'adjusted' } })
    expect(after).toMatchObject({
      day: '2026-06-26',
      adjustment: { status: 'unadjusted', reason: 'window-on-another-day' },
      daysPassedOver: [{ day: '2026-06-25', reason: 'activated' }],
    })
  })
})
