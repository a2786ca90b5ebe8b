import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { deliveryPeriod, powerW } from '../../units.ts'
import { outcomesOf, precedenceOf, type CallLimits, type ServiceCall } from './service-calls.ts'

const call = (id: string, overrides: Partial<ServiceCall> = {}): ServiceCall => ({
  ...{ id, caller: 'DSO', level: 'cell', direction: 'consume-less', period: deliveryPeriod(100), boundAt: 50 },
  power: powerW(3_000n),
  ...overrides,
})
const limits = (overrides: Partial<CallLimits> = {}): CallLimits => ({
  power: { 'consume-less': powerW(5_000n), 'consume-more': powerW(5_000n) },
  room: { 'consume-less': null, 'consume-more': null },
  ...overrides,
})
const outcomes = (calls: readonly ServiceCall[], of = limits()) =>
  outcomesOf(calls, of).map(({ call: { id }, served, code }) => [id, served, code])
const tso = call('tso', { caller: 'TSO', level: 'system', boundAt: 10 })

describe('outcomesOf', () => {
  test('serves calls of two services from one asset, as far as it can do both', () => {
    expect(outcomes([tso, call('dso')])).toEqual([
      ['dso', 3_000n, null],
      ['tso', 2_000n, 'flex-asset-overcalled'],
    ])
  })

  test('lets the DSO’s cell go before the TSO’s system, though that was bound earlier, where they are opposed', () => {
    expect(outcomes([{ ...tso, direction: 'consume-more' }, call('dso')])).toEqual([
      ['dso', 3_000n, null],
      ['tso', 0n, 'flex-call-opposed'],
    ])
  })

  test('keeps what helps the system from overloading the street', () => {
    const street = limits({ room: { 'consume-less': null, 'consume-more': powerW(1_000n) } })
    expect(outcomes([{ ...tso, direction: 'consume-more' }], street)).toEqual([
      ['tso', 1_000n, 'flex-call-overloads-point'],
    ])
    const full = limits({ room: { 'consume-less': null, 'consume-more': powerW(0n) } })
    expect(outcomes([{ ...tso, direction: 'consume-more' }], full)).toEqual([['tso', 0n, 'flex-call-overloads-point']])
    expect(outcomes([tso], street)).toEqual([['tso', 3_000n, null]])
  })

  test('takes of one level the DSO first, then who was bound first, then the lesser id', () => {
    const sorted = [
      call('e', { level: 'household', boundAt: 99 }),
      call('d', { boundAt: 10 }),
      call('b', { boundAt: 20 }),
      call('c', { boundAt: 20 }),
      call('a', { caller: 'TSO', boundAt: 5 }),
      call('f', { level: 'region', boundAt: 1 }),
    ]
    expect(sorted.toReversed().sort(precedenceOf)).toEqual(sorted)
  })

  test('never serves both directions, more than the asset can do, nor more than there is room for', () => {
    const calls = fc.array(
      fc
        .record({
          direction: fc.constantFrom<ServiceCall['direction']>('consume-less', 'consume-more'),
          level: fc.constantFrom<ServiceCall['level']>('household', 'cell', 'system'),
          caller: fc.constantFrom<ServiceCall['caller']>('DSO', 'TSO'),
          power: fc.bigInt(0n, 4_000n),
          boundAt: fc.nat(3),
        })
        .map((one) => ({ ...one, power: powerW(one.power) })),
      { maxLength: 6 },
    )
    fc.assert(
      fc.property(
        calls,
        fc.bigInt(0n, 6_000n),
        fc.option(fc.bigInt(0n, 6_000n), { nil: null }),
        (list, power, room) => {
          const own = list.map((one, index) => call(`${index}`, one))
          const of = limits({
            power: { 'consume-less': powerW(power), 'consume-more': powerW(power) },
            room: {
              'consume-less': room === null ? null : powerW(room),
              'consume-more': room === null ? null : powerW(room),
            },
          })
          const results = outcomesOf(own, of)
          const served = results.filter((result) => result.served > 0n)
          expect(new Set(served.map((result) => result.call.direction)).size).toBeLessThanOrEqual(1)
          const sum = served.reduce((total, result) => total + result.served, 0n)
          expect(sum <= power && (room === null || sum <= room)).toBe(true)
          for (const result of results)
            expect(result.code === null).toBe(
              result.served === result.call.power && result.code !== 'flex-call-opposed',
            )
          expect(outcomesOf(own.toReversed(), of)).toEqual(results)
        },
      ),
    )
  })
})
