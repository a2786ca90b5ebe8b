import { describe, expect, test } from 'vitest'
import { PointFault, readPoint, scaleOf, textOf, wholeOf, type PointType } from './sunspec-values.ts'

const read = (registers: readonly number[], type: PointType, power = 0) => {
  const value = readPoint(registers, { at: 0, type })
  return value === null ? null : wholeOf(value, power)
}
const scaled = (register: number, scale: number, power = 0) =>
  wholeOf(readPoint([register, scale & 0xffff], { at: 0, type: 'int16', scaleAt: 1 })!, power)

describe('readPoint', () => {
  test('reads each type', () => {
    expect(read([0xffff], 'int16')).toBe(-1n)
    expect(read([0xfffe], 'uint16')).toBe(65_534n)
    expect(read([0xffff, 0xfffe], 'int32')).toBe(-2n)
    expect(read([1, 0], 'uint32')).toBe(65_536n)
    expect(read([0, 0, 1, 1], 'uint64')).toBe(65_537n)
    expect(read([0x4148, 0], 'float32', 3)).toBe(12_500n)
  })

  test.each<[PointType, number[]]>([
    ['int16', [0x8000]],
    ['uint16', [0xffff]],
    ['int32', [0x8000, 0]],
    ['uint32', [0xffff, 0xffff]],
    ['uint64', [0xffff, 0xffff, 0xffff, 0xffff]],
    ['float32', [0x7fc0, 0]],
    ['float32', [0xffff, 0xffff]],
  ])('has no value where an %s is not implemented', (type, registers) => {
    expect(read(registers, type)).toBeNull()
  })

  test('takes an accumulator for what it shows, at its end and at its beginning', () => {
    expect(read([0xffff, 0xffff], 'acc32')).toBe(4_294_967_295n)
    expect(read([0, 0], 'acc32')).toBe(0n)
  })

  test('has no value behind the end of a model that is shorter', () => {
    expect(read([1], 'uint32')).toBeNull()
  })

  test('refuses an infinite float, and one beyond what can be meant', () => {
    expect(() => read([0x7f80, 0], 'float32')).toThrow(PointFault)
    expect(() => read([0x7f7f, 0xffff], 'float32')).toThrow(PointFault)
  })
})

describe('a scale factor', () => {
  test('moves the point, and rounds halves away from zero', () => {
    expect(scaled(12, 2)).toBe(1_200n)
    expect(scaled(15, -1)).toBe(2n)
    expect(scaled(-15, -1)).toBe(-2n)
    expect(scaled(14, -1)).toBe(1n)
    expect(scaled(15, -1, 3)).toBe(1_500n)
    expect(scaled(1, -10)).toBe(0n)
    expect(scaled(1, 10)).toBe(10_000_000_000n)
  })

  test.each([11, -11, 0x8000, 0x7fff])('is refused when it is %i', (scale) => {
    expect(() => scaleOf([scale & 0xffff], 0)).toThrow(PointFault)
  })

  test('leaves no value beyond 10^15', () => {
    const huge = { kind: 'decimal', coefficient: 10n ** 15n, exponent: 0 } as const
    expect(wholeOf(huge, 0)).toBe(10n ** 15n)
    expect(() => wholeOf(huge, 1)).toThrow(PointFault)
  })
})

describe('textOf', () => {
  test('ends at the first NUL, and shows only what can be printed', () => {
    expect(textOf([0x4142, 0x4300, 0x4445], 0, 3)).toBe('ABC')
    expect(textOf([0x2041, 0x0742], 0, 2)).toBe('AB')
    expect(textOf([0, 0], 0, 2)).toBeNull()
  })
})
