import { describe, expect, test } from 'vitest'
import { deliveryPeriod, startOf } from '../../units.ts'
import { parseDPrognosis, requireDPrognosis, revisedPowers } from './d-prognosis.ts'
import { CONGESTION_POINT, FIRST, messageId } from './flex-trade-for-test.ts'

const withCode = (code: string) => expect.objectContaining({ code }) as unknown

describe('D-prognoses', () => {
  const day = Array.from({ length: 92 }, (_, index) => deliveryPeriod(FIRST + index))
  const json = (revision: number, powerOf: (offset: number) => number) => ({
    id: messageId(5),
    congestionPoint: CONGESTION_POINT,
    portfolio: 'pool-7',
    revision,
    periods: day.map((period, offset) => ({ deliveryPeriod: period, powerW: `${powerOf(offset)}` })),
  })
  const prognosis = parseDPrognosis(json(1, (offset) => offset - 40))

  test('name each period of their day, with signed power', () => {
    expect(prognosis.periods[0]).toEqual({ period: FIRST, power: -40n })
    expect(() => requireDPrognosis(prognosis, { day, lastRevision: null })).not.toThrow()
  })

  test('are refused with a period missing, or one of another day', () => {
    const shorter = { ...prognosis, periods: prognosis.periods.slice(1) }
    expect(() => requireDPrognosis(shorter, { day, lastRevision: null })).toThrow(withCode('d-prognosis-incomplete'))
    expect(() => requireDPrognosis(prognosis, { day: day.slice(1), lastRevision: null })).toThrow(
      withCode('d-prognosis-incomplete'),
    )
  })

  test('are refused with a revision that does not follow', () => {
    expect(() => requireDPrognosis(prognosis, { day, lastRevision: 1 })).toThrow(withCode('d-prognosis-superseded'))
    expect(() => parseDPrognosis(json(-1, () => 0))).toThrow(withCode('d-prognosis-invalid'))
  })

  test('do not change what had begun when a revision came', () => {
    const revision = parseDPrognosis(json(2, () => 7))
    const powers = revisedPowers(prognosis, revision, startOf(day[1]!))
    expect(powers.slice(0, 3).map(({ power }) => power)).toEqual([-40n, -39n, 7n])
    expect(revisedPowers(null, revision, startOf(day[1]!))).toEqual(revision.periods)
  })
})
