import { describe, expect, test } from 'vitest'
import { energyWh, signedWh, type DeliveryPeriod, type EnergyWh } from '../../units.ts'
import { comparedPeriodsOf } from '../baseline/eligible-days.ts'
import { dayTypeOf, parseLocalDay, type LocalDay } from '../baseline/local-calendar.ts'
import { berlin, clockOf, daysFrom, periodOn, quarterAt, seededRandom } from '../flows-for-test.ts'
import { GUARD_THRESHOLDS } from './finding.ts'
import { incDecFindingsOf, type NominatedPeriod, type OfferingParty } from './inc-dec.ts'

const DAYS = daysFrom('2026-05-01', '2026-08-31')
const EVENING = [quarterAt('18:00'), quarterAt('18:15')]
const LIMIT = energyWh(1_000n)
const search = { lookBackDays: 45, thresholds: GUARD_THRESHOLDS }
const OFFERED = ['2026-06-10', '2026-06-17', '2026-06-24', '2026-07-01', '2026-07-08'].map(parseLocalDay)

type Nominated = (day: LocalDay) => { own: number; others: number }

/** A party that nominates so much in each evening quarter-hour, and offers 150 Wh of it on some days. */
function partyOf(
  nominated: Nominated,
  offeredOn: readonly LocalDay[] = OFFERED,
  direction: OfferingParty['direction'] = 'consumption',
): OfferingParty {
  const sign = direction === 'consumption' ? 1 : -1
  const periodsOn = (days: readonly LocalDay[]) => days.flatMap((day) => comparedPeriodsOf(berlin, day, EVENING))
  return {
    calendar: berlin,
    direction,
    nominated: new Map(
      periodsOn(DAYS).map((period): [DeliveryPeriod, NominatedPeriod] => {
        const { own, others } = nominated(clockOf(berlin, period).day)
        return [
          period,
          { own: signedWh(BigInt(sign * own)), total: signedWh(BigInt(sign * (own + others))), limit: LIMIT },
        ]
      }),
    ),
    offered: new Map(periodsOn(offeredOn).map((period): [DeliveryPeriod, EnergyWh] => [period, energyWh(150n)])),
  }
}

const isOffered = (day: LocalDay) => OFFERED.includes(day)

describe('the guard against offers that cause the congestion they cure', () => {
  // Else 250 + 700 = 950 of 1,000 Wh; on days with an offer 400 + 700 = 1,100 Wh.
  const gaming: Nominated = (day) => ({ own: isOffered(day) ? 400 : 250, others: 700 })

  test('shows the raise, and that without it there would have been no congestion', () => {
    const [finding] = incDecFindingsOf(partyOf(gaming), search)
    // Five days of 2 * 400 Wh, each above 19 days of 2 * 250 Wh
    expect(finding).toMatchObject({
      kind: 'congestion-caused',
      rule: 'repeated',
      ...{ conspicuousPairs: 95, pairs: 95, use: 4_000n, expected: 2_500n },
    })
    expect(finding!.observations[0]).toMatchObject({ day: '2026-06-10', use: 800n, control: 1_400n })
    expect(finding!.observations[0]!.comparedWith[0]).toEqual({ day: '2026-06-09', use: 500n, control: 1_400n })
    expect(finding!.caused).toHaveLength(10)
    expect(finding!.caused[0]).toEqual({
      period: periodOn('2026-06-10', '18:00'),
      ...{ own: 400n, expected: 250n, others: 700n, limit: 1_000n, offered: 150n },
    })
  })

  test('counts a period as caused that is just at the limit without the raise', () => {
    const atLimit: Nominated = (day) => ({ own: isOffered(day) ? 400 : 250, others: 750 })
    const overLimit: Nominated = (day) => ({ own: isOffered(day) ? 400 : 250, others: 751 })
    expect(incDecFindingsOf(partyOf(atLimit), search)[0]?.caused).toHaveLength(10)
    expect(incDecFindingsOf(partyOf(overLimit), search)).toEqual([])
  })

  test('finds it in a single day that is beyond anything, too', () => {
    const once = ['2026-06-10'].map(parseLocalDay)
    const party = partyOf((day) => ({ own: once.includes(day) ? 400 : 250, others: 700 }), once)
    const findings = incDecFindingsOf(party, search)
    expect(findings).toMatchObject([{ rule: 'excessive', use: 800n, expected: 500n }])
  })

  test('sees the mirror of it with feed-in congestion', () => {
    const mirrored = incDecFindingsOf(partyOf(gaming, OFFERED, 'feed-in'), search)
    expect(mirrored).toEqual(incDecFindingsOf(partyOf(gaming), search))
  })

  test.each<[string, Nominated]>([
    [
      'nominates what it always does, when others cause congestion',
      (day) => ({ own: 250, others: isOffered(day) ? 850 : 700 }),
    ],
    ['nominates always so much that there is congestion', () => ({ own: 400, others: 700 })],
    [
      'nominates more, when there would be congestion without it',
      (day) => ({ own: isOffered(day) ? 400 : 250, others: isOffered(day) ? 1_100 : 700 }),
    ],
    [
      'nominates more as all others do',
      (day) => ({ own: isOffered(day) ? 400 : 250, others: isOffered(day) ? 1_120 : 700 }),
    ],
    ['nominates more when there is no congestion', (day) => ({ own: isOffered(day) ? 300 : 250, others: 700 })],
  ])('finds nothing about a party that %s', (_, nominated) => {
    expect(incDecFindingsOf(partyOf(nominated), search)).toEqual([])
  })

  test('compares with no day on which the party offered as well', () => {
    const weekly = DAYS.filter((day) => dayTypeOf(berlin, day) === 'working-day').filter((_, index) => index % 2 === 0)
    const every2nd: Nominated = (day) => ({ own: weekly.includes(day) ? 400 : 250, others: 700 })
    const [finding] = incDecFindingsOf(partyOf(every2nd, weekly), search)
    const compared = finding!.observations.flatMap(({ comparedWith }) => comparedWith.map(({ day }) => day))
    expect(compared.filter((day) => weekly.includes(day))).toEqual([])
  })

  test('finds nothing about 200 parties whose nominations are merely noisy, and each of 20 that double them', () => {
    const noisyParty = (seed: number, raise: number) => {
      const random = seededRandom(seed)
      const noise = new Map(
        DAYS.map((day) => [day, { own: 150 + random() * 200, others: 500 + random() * 500, offers: random() < 0.2 }]),
      )
      const offeredOn = DAYS.filter((day) => noise.get(day)!.offers)
      return partyOf((day) => {
        const { own, others, offers } = noise.get(day)!
        return { own: Math.round(own * (offers ? raise : 1)), others: Math.round(others) }
      }, offeredOn)
    }
    const honest = Array.from({ length: 200 }, (_, seed) => incDecFindingsOf(noisyParty(seed, 1), search))
    expect(honest.flat()).toEqual([])
    const found = Array.from({ length: 20 }, (_, seed) => incDecFindingsOf(noisyParty(seed, 2), search).length > 0)
    expect(found).not.toContain(false)
  })
})
