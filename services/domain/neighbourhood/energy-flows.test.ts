import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { energyFlowsOf } from './energy-flows.ts'

describe('energyFlowsOf', () => {
  test('takes from the grid what was not bought', () => {
    expect(energyFlowsOf({ import: 500n, export: 0n }, 300n, 0n)).toEqual({
      fromNeighbours: 300n,
      toNeighbours: 0n,
      fromGrid: 200n,
      toGrid: 0n,
    })
  })

  test('gives to the grid what was not sold', () => {
    expect(energyFlowsOf({ import: 0n, export: 800n }, 0n, 300n)).toMatchObject({ toNeighbours: 300n, toGrid: 500n })
  })

  test('gives to the grid what was bought but not used', () => {
    expect(energyFlowsOf({ import: 100n, export: 0n }, 300n, 0n)).toMatchObject({ fromNeighbours: 300n, toGrid: 200n })
  })

  test('always adds up to what the meter counted', () => {
    const wh = fc.bigInt({ min: 0n, max: 10n ** 6n })
    fc.assert(
      fc.property(wh, wh, wh, wh, (imported, exported, bought, sold) => {
        const flows = energyFlowsOf({ import: imported, export: exported }, bought, sold)
        expect(flows.fromNeighbours + flows.fromGrid - flows.toNeighbours - flows.toGrid).toBe(imported - exported)
      }),
    )
  })
})
