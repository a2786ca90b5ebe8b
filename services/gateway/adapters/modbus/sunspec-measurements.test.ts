import { describe, expect, test } from 'vitest'
import type { DeviceKind } from '../../../domain/devices/device.ts'
import { measurementsOf, measuringModelsOf, reportOf } from './sunspec-measurements.ts'

/** Registers of a model's length, which read as not implemented where nothing else is said. */
function registersOf(length: number, values: Readonly<Record<number, number>>): number[] {
  return Array.from({ length }, (_, at) => (values[at] ?? 0x8000) & 0xffff)
}

function valuesOf(kind: DeviceKind, id: number, registers: readonly number[]) {
  const { measured, faults } = measurementsOf(kind, { id, registers }, 5)
  expect(faults).toEqual([])
  return Object.fromEntries(measured.map(({ quantity, value }) => [quantity, value]))
}

const float = (at: number, value: number): Record<number, number> => {
  const bytes = Buffer.alloc(4)
  bytes.writeFloatBE(value)
  return { [at]: bytes.readUInt16BE(0), [at + 1]: bytes.readUInt16BE(2) }
}
const missingFloats = (length: number) => Object.fromEntries(Array.from({ length }, (_, at) => [at, 0xffff]))

describe('measurementsOf', () => {
  test('reads an inverter, whose power flows out of it', () => {
    const registers = registersOf(50, {
      ...{ 0: 87, 4: -1, 8: 2_301, 11: -1, 12: 200, 13: 1, 14: 49_98, 15: -2 },
      ...{ 16: 201, 17: 1, 18: 30, 19: 0, 22: 1, 23: 2, 24: 1, 31: 412, 35: -1 },
    })
    expect(valuesOf('pv-inverter', 103, registers)).toEqual({
      'produced-register': 655_380n,
      'active-power': -2_000n,
      'reactive-power': -30n,
      'apparent-power': 2_010n,
      voltage: 230_100n,
      current: 8_700n,
      frequency: 49_980n,
      temperature: 41_200n,
    })
  })

  test('reads an inverter in floats', () => {
    const registers = registersOf(60, { ...missingFloats(60), ...float(20, 1_500.5), ...float(30, 16_777_216) })
    expect(valuesOf('pv-inverter', 111, registers)).toEqual({
      'produced-register': 16_777_216n,
      'active-power': -1_501n,
    })
  })

  test('reads the registers of a meter in Wh, whatever their scale factor is', () => {
    const values = { 36: 0, 37: 7, 44: 1, 45: 0, 16: -120, 20: 0 }
    const wattHours = valuesOf('meter', 201, registersOf(105, { ...values, 52: 0 }))
    expect(wattHours).toEqual({ 'import-register': 65_536n, 'export-register': 7n, 'active-power': -120n })
    const kilowattHours = valuesOf('meter', 201, registersOf(105, { ...values, 52: 3 }))
    expect(kilowattHours).toMatchObject({ 'import-register': 65_536_000n, 'export-register': 7_000n })
  })

  test('reads a meter in floats', () => {
    const registers = registersOf(124, {
      ...missingFloats(124),
      ...float(58, 12.4),
      ...float(66, 99.5),
      ...float(26, -3),
    })
    expect(valuesOf('meter', 213, registers)).toEqual({
      'import-register': 100n,
      'export-register': 12n,
      'active-power': -3n,
    })
  })

  test('takes what a meter inside a device counts for the device alone', () => {
    const registers = registersOf(105, { 36: 0, 37: 7, 44: 0, 45: 9, 52: 0 })
    expect(valuesOf('heat-pump', 203, registers)).toEqual({ 'consumed-register': 9n, 'produced-register': 7n })
  })

  test('reads what both takes and gives', () => {
    const registers = registersOf(123, {
      ...{ 8: 500, 114: 0, 17: 0, 18: 0, 19: 0, 20: 5, 21: 0, 22: 0, 23: 1, 24: 0, 118: 0 },
      ...{ 14: 0xffff, 15: 0xffff, 16: 0xffff },
    })
    expect(valuesOf('battery', 701, registers)).toEqual({
      'active-power': -500n,
      'produced-register': 5n,
      'consumed-register': 65_536n,
    })
  })

  test('reads how full a battery is, in thousandths', () => {
    expect(valuesOf('battery', 802, registersOf(62, { 9: 655, 54: -1 }))).toEqual({ 'state-of-charge': 655n })
    expect(valuesOf('battery', 124, registersOf(24, { 6: 8_000, 20: -2 }))).toEqual({ 'state-of-charge': 800n })
    expect(valuesOf('battery', 713, registersOf(7, { 2: 33, 6: 0 }))).toEqual({ 'state-of-charge': 330n })
  })

  test('reads what a device was told, as long as it holds', () => {
    expect(valuesOf('battery', 704, registersOf(57, { 20: 1, 21: 1, 22: 0xffff, 23: -150, 53: 1 }))).toEqual({
      'set-point': 1_500n,
    })
    expect(valuesOf('battery', 704, registersOf(57, { 20: 0, 21: 1, 22: 0, 23: 7, 53: 0 }))).toEqual({})
    expect(valuesOf('pv-inverter', 123, registersOf(24, { 2: 0 }))).toEqual({ switch: 0n })
  })

  test('leaves out what cannot be meant, and says so', () => {
    const registers = registersOf(105, { 36: 0, 37: 7, 44: 0, 45: 9, 52: 0, 16: 5, 20: 11, 6: 2_300, 13: 0x8000 })
    const { measured, faults } = measurementsOf('meter', { id: 201, registers }, 5)
    expect(measured.map(({ quantity }) => quantity)).toEqual(['import-register', 'export-register'])
    expect(faults).toEqual([
      'active-power of model 201: the scale factor at 20 is 11',
      'voltage of model 201: there is no scale factor at 13',
    ])
    const full = measurementsOf('battery', { id: 802, registers: registersOf(62, { 9: 101, 54: 0 }) }, 5)
    expect(full).toMatchObject({ measured: [], faults: [expect.stringContaining('1010 thousandths')] })
  })
})

describe('measuringModelsOf', () => {
  const map = [1, 103, 123, 124, 1, 203].map((id, index) => ({ id, at: index, length: 0 }))
  const idsOf = (kind: DeviceKind) => measuringModelsOf(kind, map).measuring.map(({ id }) => id)

  test('takes the meter that an inverter shows for no part of the inverter', () => {
    expect(idsOf('pv-inverter')).toEqual([103, 124, 123])
    expect(idsOf('meter')).toEqual([203])
  })

  test('names the maker of the part that measures', () => {
    expect(measuringModelsOf('pv-inverter', map).common?.at).toBe(0)
    expect(measuringModelsOf('meter', map).common?.at).toBe(4)
  })

  test('says that nothing measures such a device', () => {
    expect(() => measuringModelsOf('meter', map.slice(0, 4))).toThrow(/no model of the device measures a meter/)
  })
})

describe('reportOf', () => {
  test('has only what the device says', () => {
    const registers = registersOf(66, { ...missing(66), 0: 0x4142, 1: 0, 40: 0x3900 })
    expect(reportOf(registers)).toEqual({ maker: 'AB', firmware: '9' })
  })
})

function missing(length: number): Record<number, number> {
  return Object.fromEntries(Array.from({ length }, (_, at) => [at, 0]))
}
