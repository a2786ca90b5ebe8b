import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { powerW } from '../../units.ts'
import { dispatch, type CallableDevice } from './dispatch.ts'
import { reliablePowerOf } from './pool-size.ts'

const device = (id: string, overrides: Partial<CallableDevice> = {}): CallableDevice => ({
  ...{ id, power: powerW(1_000n), reliabilityPermille: 990, state: 'ready', calls: 0 },
  ...overrides,
})
const idsOf = (devices: readonly CallableDevice[]) => devices.map(({ id }) => id)
const called = (devices: readonly CallableDevice[], ordered: bigint) => dispatch(devices, powerW(ordered), 900)

describe('dispatch', () => {
  test('calls the most reliable, then those whose turn it is, and as few as suffice', () => {
    const devices = [
      device('a', { calls: 3 }),
      device('b'),
      device('c', { calls: 1 }),
      device('d', { reliabilityPermille: 999 }),
    ]
    const result = called(devices, 2_000n)
    expect(idsOf(result.called)).toEqual(['d', 'b'])
    expect(result).toMatchObject({ reliable: 2_000n, shortfall: 0n, released: [] })
  })

  test('puts another in the place of one that dropped out or opted out, and leaves the others alone', () => {
    const before = [
      device('a', { state: 'called' }),
      device('b', { state: 'called' }),
      device('c', { reliabilityPermille: 999 }),
    ]
    for (const state of ['out', 'opted-out'] as const) {
      const after = called([device('a', { state }), ...before.slice(1)], 2_000n)
      expect(idsOf(after.called)).toEqual(['b', 'c'])
    }
    expect(idsOf(called(before, 2_000n).called)).toEqual(['a', 'b'])
  })

  test('releases who is not needed any more', () => {
    const devices = [device('a', { state: 'called' }), device('b', { state: 'called' })]
    expect(called(devices, 1_000n)).toMatchObject({ released: ['b'] })
    expect(called(devices, 0n)).toMatchObject({ called: [], released: ['a', 'b'], shortfall: 0n })
  })

  test('calls a reserve for what fails, and says what is missing where all do not suffice', () => {
    // Of four at 0.8 at least two deliver with 97.3 %, of three with 89.6 %.
    const shaky = ['a', 'b', 'c', 'd'].map((id) => device(id, { reliabilityPermille: 800 }))
    expect(called(shaky, 2_000n).called).toHaveLength(4)
    expect(called(shaky, 3_000n)).toMatchObject({ reliable: 2_000n, shortfall: 1_000n })
    expect(called([], 1_000n)).toMatchObject({ called: [], shortfall: 1_000n })
  })

  test('never calls who is out, and delivers what is ordered with the target reliability', () => {
    const states = fc.constantFrom<CallableDevice['state']>('ready', 'called', 'out', 'opted-out')
    const devices = fc.uniqueArray(
      fc
        .record({
          id: fc.stringMatching(/^[a-z]{1,3}$/),
          power: fc.bigInt(100n, 3_000n),
          reliabilityPermille: fc.integer({ min: 500, max: 1_000 }),
          state: states,
          calls: fc.nat(5),
        })
        .map((one): CallableDevice => ({ ...one, power: powerW(one.power) })),
      { maxLength: 12, selector: ({ id }) => id },
    )
    fc.assert(
      fc.property(devices, fc.bigInt(1n, 10_000n), (list, ordered) => {
        const result = called(list, ordered)
        expect(result.called.every(({ state }) => state === 'ready' || state === 'called')).toBe(true)
        expect(result.reliable).toBe(reliablePowerOf(result.called, 900))
        expect(result.reliable + result.shortfall >= ordered).toBe(true)
        expect(called(list.toReversed(), ordered)).toEqual({ ...result, released: expect.any(Array) as string[] })
        if (result.shortfall > 0n) {
          expect(result.called).toHaveLength(list.filter(({ state }) => state === 'ready' || state === 'called').length)
        }
      }),
    )
  })
})
