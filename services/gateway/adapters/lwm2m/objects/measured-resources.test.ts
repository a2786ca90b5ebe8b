import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { DeviceKind } from '../../../../domain/devices/device.ts'
import { DomainError } from '../../../../domain/errors.ts'
import type { ContentEntry, ResourceValue } from '../content/resource-value.ts'
import { measuredOf } from './measured-resources.ts'
import { MEASURING_RESOURCES } from './measuring-resources.ts'

type Extra = Pick<ContentEntry, 'time' | 'unit'>

/** Values by resource of an instance 0, all of one time and unit. */
const entriesOf = (object: number, values: Readonly<Record<number, ResourceValue>>, extra: Extra = {}) =>
  Object.entries(values).map(([resource, value]): ContentEntry => ({
    path: [object, 0, Number(resource)],
    value,
    ...extra,
  }))

const FLOWS = [3305, 3331, 3421, 3422, 10242, 10243]
const contextOf = (object: number, kind: DeviceKind = 'meter', unit: string | null = null) => ({
  kind,
  sources: FLOWS.includes(object)
    ? { flows: [object, 0] as const, states: [] }
    : { flows: null, states: [[object, 0] as const] },
  unitOf: () => unit,
})
const read = (
  object: number,
  values: Readonly<Record<number, ResourceValue>>,
  kind: DeviceKind = 'meter',
  extra: Extra = {},
) =>
  Object.fromEntries(
    measuredOf(entriesOf(object, values, extra), contextOf(object, kind)).map(({ quantity, value }) => [
      quantity,
      value,
    ]),
  )
const refused = (code: string) => expect.objectContaining({ code }) as Error

describe('meters', () => {
  test('of one phase (3421) say registers in Wh, powers in W, and the rest in thousandths', () => {
    expect(
      read(3421, { 1: 230.1, 6: 4.5, 11: 49.987, 13: -0.98, 18: 100, 19: 0, 23: -1500.5, 25: 1234567.5, 26: 0.4 }),
    ).toEqual({
      'import-register': 1_234_568n,
      'export-register': 0n,
      'active-power': -1_501n,
      'reactive-power': 100n,
      voltage: 230_100n,
      current: 4_500n,
      frequency: 49_987n,
      'power-factor': -980n,
    })
  })

  test('of one phase (3421) may say both directions of power, or import alone where they export nothing', () => {
    expect(read(3421, { 16: 0, 17: 800 })).toEqual({ 'active-power': -800n })
    expect(read(3421, { 16: 700.5, 17: 700 })).toEqual({ 'active-power': 1n })
    expect(read(3421, { 16: 250, 25: 10 })).toEqual({ 'import-register': 10n, 'active-power': 250n })
    expect(read(3421, { 16: 250 })).toEqual({})
    expect(read(3421, { 16: 250, 17: 0, 23: 249 })).toEqual({ 'active-power': 249n })
  })

  test('of three phases say the totals (3422), or three phases that are added (10242)', () => {
    expect(read(3422, { 4: 10.5, 8: 0, 9: 4200, 17: 5, 18: 7 })).toEqual({
      'import-register': 5n,
      'export-register': 7n,
      'active-power': -4_200n,
      current: 10_500n,
    })
    expect(read(10242, { 6: 0.1004, 16: 0.2003, 26: 0.3003, 41: 1.0005 })).toEqual({
      'import-register': 1_001n,
      'active-power': 601n,
    })
    expect(read(10242, { 6: 0.1, 16: 0.2 })).toEqual({})
  })

  test('are in W and Wh (3305) or in kW and kWh (10243), and never the other way round', () => {
    expect(read(3305, { 5800: 1.5, 5805: 12 })).toEqual({ 'import-register': 12n, 'active-power': 2n })
    expect(read(10243, { 6: 1.5, 14: 12, 7: 0.5 })).toEqual({
      'import-register': 12_000n,
      'active-power': 1_500n,
      'reactive-power': 500n,
    })
  })

  test('say the unit beside the value where they know better than the object', () => {
    expect(read(3305, { 5805: 12 }, 'meter', { unit: 'kWh' })).toEqual({ 'import-register': 12_000n })
    expect(() => read(3305, { 5805: 12 }, 'meter', { unit: 'W' })).toThrow(refused('lwm2m-unit-unknown'))
  })

  test('of energy (3331) have to say their unit', () => {
    expect(read(3331, { 5700: 1.5, 5701: 'kWh' })).toEqual({ 'import-register': 1_500n })
    expect(read(3331, { 5700: 7_200, 5701: ' kJ ' })).toEqual({ 'import-register': 2_000n })
    expect(measuredOf(entriesOf(3331, { 5700: 3 }), contextOf(3331, 'meter', 'MWh'))[0]?.value).toBe(3_000_000n)
    expect(() => read(3331, { 5700: 1 })).toThrow(refused('lwm2m-unit-unknown'))
    expect(() => read(3331, { 5700: 1, 5701: 'toString' })).toThrow(refused('lwm2m-unit-unknown'))
  })
})

describe('other devices', () => {
  test('have registers of their own, and an inverter makes what it measures', () => {
    expect(read(3305, { 5800: 2_000, 5805: 10 }, 'pv-inverter')).toEqual({
      'produced-register': 10n,
      'active-power': -2_000n,
    })
    expect(read(3305, { 5800: 2_000, 5805: 10 }, 'heat-pump')).toEqual({
      'consumed-register': 10n,
      'active-power': 2_000n,
    })
    expect(read(3421, { 23: -2_000, 25: 1, 26: 9 }, 'pv-inverter')).toEqual({
      'consumed-register': 1n,
      'produced-register': 9n,
      'active-power': -2_000n,
    })
  })

  test('say their charge, their switch, their dimmer and their temperature', () => {
    expect(read(3411, { 1: 81n, 3: 48.2 }, 'battery')).toEqual({ 'state-of-charge': 810n })
    expect(read(3312, { 5850: true, 5851: 55n, 5805: 1 })).toEqual({ switch: 1n, 'dimmer-level': 550n })
    expect(read(3306, { 5850: false })).toEqual({ switch: 0n })
    expect(read(3303, { 5700: -7.25, 5701: 'Cel' })).toEqual({ temperature: -7_250n })
    expect(read(3303, { 5700: 293.15, 5701: 'K' })).toEqual({ temperature: 20_000n })
    expect(read(3316, { 5700: 400, 5701: 'mV' })).toEqual({ voltage: 400n })
    expect(read(3317, { 5700: 1.5 })).toEqual({ current: 1_500n })
    expect(read(3318, { 5700: 50.02 })).toEqual({ frequency: 50_020n })
  })

  test('say a set-point only where it is one of power', () => {
    expect(read(3308, { 5900: 1.5, 5701: 'kW' }, 'battery')).toEqual({ 'set-point': 1_500n })
    expect(read(3308, { 5900: 1_500, 5701: 'W' }, 'pv-inverter')).toEqual({ 'set-point': -1_500n })
    expect(read(3308, { 5900: 21, 5701: 'Cel' })).toEqual({})
    expect(read(3308, { 5900: 21 })).toEqual({})
  })
})

describe('each measurement', () => {
  const firstOf = (values: Readonly<Record<number, ResourceValue>>, extra: Extra = {}) =>
    measuredOf(entriesOf(3421, { 25: 1, ...values }, extra), contextOf(3421))[0]

  test('is of the time that stands beside it, of its timestamp, or of when it comes', () => {
    expect(firstOf({})?.measuredAtMs).toBeNull()
    expect(firstOf({ 5518: 1_795_759_642n })?.measuredAtMs).toBe(1_795_759_642_000)
    expect(firstOf({ 5518: 1_795_759_642n, 6050: 0.25 })?.measuredAtMs).toBe(1_795_759_642_250)
    expect(firstOf({ 5518: 1n }, { time: 1_795_759_642.5 })?.measuredAtMs).toBe(1_795_759_642_500)
    expect(() => firstOf({ 5518: -1n })).toThrow(refused('lwm2m-impossible'))
    expect(() => firstOf({ 5518: 2n ** 63n })).toThrow(refused('lwm2m-impossible'))
  })

  test.each([
    [{}, 'good'],
    [{ 6042: 0n }, 'good'],
    [{ 6042: 4n, 6049: 100n }, 'good'],
    [{ 6042: 1n }, 'doubtful'],
    [{ 6042: 3n }, 'doubtful'],
    [{ 6042: 16n }, 'doubtful'],
    [{ 6049: 99n }, 'doubtful'],
  ])('with %o is %s', (values, quality) => expect(firstOf(values)?.quality).toBe(quality))

  test('of several times is one by itself', () => {
    const entries = [10, 20].flatMap((time) => entriesOf(3421, { 25: time }, { time }))
    expect(measuredOf(entries, contextOf(3421)).map(({ value, measuredAtMs }) => [value, measuredAtMs])).toEqual([
      [10n, 10_000],
      [20n, 20_000],
    ])
  })

  test('comes of the sources alone', () => {
    const entries = [
      ...entriesOf(3422, { 17: 3 }),
      ...entriesOf(3421, { 25: 1 }),
      ...entriesOf(3312, { 5850: true, 5805: 9 }),
    ]
    const sources = { flows: [3422, 0], states: [[3312, 0]] } as const
    expect(measuredOf(entries, { kind: 'meter', sources, unitOf: () => null }).map(({ value }) => value)).toEqual([
      3n,
      1n,
    ])
  })

  test.each([
    [3421, { 25: NaN }],
    [3421, { 25: Infinity }],
    [3421, { 25: -1 }],
    [3421, { 25: 1e15 }],
    [3421, { 16: -1, 17: 0 }],
    [3421, { 13: 1.001 }],
    [3421, { 1: -230 }],
    [3421, { 25: 'many' }],
    [3411, { 1: 101n }],
    [3411, { 1: -1n }],
    [3303, { 5700: -300 }],
    [3312, { 5851: 300n }],
  ])('of %d with %o is refused', (object, values) => {
    expect(() => read(object, values as Readonly<Record<number, ResourceValue>>)).toThrow(refused('lwm2m-impossible'))
  })

  test('is made, or refused in words, whatever the values', () => {
    const value = fc.oneof(fc.double(), fc.bigInt(), fc.boolean(), fc.string())
    fc.assert(
      fc.property(fc.constantFrom(...MEASURING_RESOURCES.keys()), fc.array(value), (object, values) => {
        const resources = MEASURING_RESOURCES.get(object)!.flatMap(({ of, less = [] }) => [...of, ...less])
        const entries = resources.flatMap((resource, position) =>
          position < values.length ? entriesOf(object, { [resource]: values[position]! }) : [],
        )
        try {
          measuredOf(entries, contextOf(object, 'battery', 'Wh'))
        } catch (error) {
          expect(error).toBeInstanceOf(DomainError)
        }
      }),
      { numRuns: 1_000 },
    )
  })
})
