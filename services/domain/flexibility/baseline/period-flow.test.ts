import { describe, expect, test } from 'vitest'
import { deliveryPeriod, energyWh, signedWh } from '../../units.ts'
import { flowSeriesOf, meteredFlowAt, periodFlowOf } from './period-flow.ts'

const flow = (period: number, wh: bigint, quality: 'metered' | 'estimated' = 'metered') => ({
  period: deliveryPeriod(period),
  flow: signedWh(wh),
  quality,
})

describe('a flow', () => {
  test('is what was imported less what was exported, positive towards the prosumer', () => {
    const reading = {
      memberId: 7,
      period: deliveryPeriod(5),
      importStart: energyWh(1_000n),
      importEnd: energyWh(1_100n),
      exportStart: energyWh(2_000n),
      exportEnd: energyWh(2_350n),
      quality: 'estimated',
    } as const
    expect(periodFlowOf(reading)).toEqual(flow(5, -250n, 'estimated'))
  })

  test('counts as metered only where it was', () => {
    const series = flowSeriesOf([flow(1, 10n), flow(2, 20n, 'estimated')])
    expect([1, 2, 3].map((period) => meteredFlowAt(series, deliveryPeriod(period)))).toEqual([10n, null, null])
  })

  test('is given once a period', () => {
    expect(() => flowSeriesOf([flow(1, 10n), flow(1, 10n)])).toThrow(
      expect.objectContaining({ code: 'period-read-twice', details: { period: 1 } }),
    )
  })
})
