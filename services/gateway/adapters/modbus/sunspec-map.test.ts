import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DEVICE_KINDS } from '../../../domain/devices/device.ts'
import { DomainError } from '../../../domain/errors.ts'
import { readModel, readModelMap, type ReadRegisters } from './sunspec-map.ts'
import { measurementsOf, measuringModelsOf, reportOf } from './sunspec-measurements.ts'

class Refusal extends Error {}

/** A device whose registers begin at an address, and which has no others. */
function deviceAt(base: number, registers: readonly number[], asked: number[] = []): ReadRegisters {
  return async (at, count) => {
    asked.push(at)
    const from = at - base
    if (from < 0 || from + count > registers.length) throw new Refusal('illegal address')
    return registers.slice(from, from + count)
  }
}

const mapOf = (read: ReadRegisters) => readModelMap(read, (error) => error instanceof Refusal)
const MARK = [0x5375, 0x6e53]

describe('readModelMap', () => {
  test.each([40_000, 0, 50_000])('finds the models behind the mark at %i', async (base) => {
    const registers = [...MARK, 1, 2, 7, 7, 103, 1, 9, 0xffff, 0]
    expect(await mapOf(deviceAt(base, registers))).toEqual([
      { id: 1, at: base + 2, length: 2 },
      { id: 103, at: base + 6, length: 1 },
    ])
  })

  test('ends where a device fills up with zeros', async () => {
    expect(await mapOf(deviceAt(0, [...MARK, 1, 0, 0, 0]))).toHaveLength(1)
  })

  test('says that there is none', async () => {
    await expect(mapOf(deviceAt(40_000, [1, 2, 3]))).rejects.toMatchObject({ code: 'sunspec-missing' })
  })

  test('follows a chain no further than 64 models', async () => {
    const asked: number[] = []
    const endless: ReadRegisters = async (at) => {
      asked.push(at)
      return at === 40_000 ? MARK : [7, 0]
    }
    await expect(mapOf(endless)).rejects.toMatchObject({ code: 'sunspec-malformed' })
    expect(asked).toHaveLength(65)
  })

  test('refuses a model that is longer than there are registers', async () => {
    await expect(mapOf(deviceAt(40_000, [...MARK, 1, 0xfff0]))).rejects.toMatchObject({ code: 'sunspec-malformed' })
  })

  test('lets through that a device does not answer', async () => {
    const silent: ReadRegisters = () => Promise.reject(new Error('timed out'))
    await expect(mapOf(silent)).rejects.toThrow('timed out')
  })
})

describe('readModel', () => {
  test('reads a long model as far as one answer goes', async () => {
    const registers = [701, 153, ...Array.from({ length: 153 }, (_, index) => index)]
    const values = await readModel(deviceAt(0, registers), { id: 701, at: 0, length: 153 })
    expect(values).toHaveLength(123)
    expect(values[122]).toBe(122)
  })

  test('notices that the map has changed', async () => {
    const read = readModel(deviceAt(0, [103, 1, 9]), { id: 203, at: 0, length: 1 })
    await expect(read).rejects.toMatchObject({ code: 'sunspec-moved' })
  })
})

describe('whatever registers a device has', () => {
  const register = fc.oneof(
    fc.integer({ min: 0, max: 0xffff }),
    fc.constantFrom(0, 1, 10, 105, 0x8000, 0xffff, 101, 103, 113, 124, 203, 213, 701, 704, 802),
  )

  test(
    'the map is found or refused in bounded steps, and each value is bounded or a fault',
    { timeout: 120_000 },
    async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(register, { maxLength: 400 }),
          fc.constantFrom(...DEVICE_KINDS),
          async (rest, kind) => {
            const asked: number[] = []
            const read = deviceAt(40_000, [...MARK, ...rest], asked)
            try {
              const map = await mapOf(read)
              const { common, measuring } = measuringModelsOf(kind, map)
              if (common !== null) reportOf(await readModel(read, common))
              for (const model of measuring) {
                const registers = await readModel(read, model)
                checkReading(measurementsOf(kind, { id: model.id, registers }, 0))
              }
            } catch (error) {
              expect(error instanceof DomainError || error instanceof Refusal).toBe(true)
            }
            expect(asked.length).toBeLessThan(75)
          },
        ),
        { numRuns: 5_000 },
      )
    },
  )

  test('each model yields values within bounds or faults', { timeout: 120_000 }, () => {
    const ids = fc.constantFrom(101, 103, 111, 113, 123, 124, 201, 204, 211, 214, 701, 704, 713, 802)
    fc.assert(
      fc.property(
        ids,
        fc.array(register, { maxLength: 125 }),
        fc.constantFrom(...DEVICE_KINDS),
        (id, registers, kind) => {
          checkReading(measurementsOf(kind, { id, registers }, 0))
        },
      ),
      { numRuns: 20_000 },
    )
  })
})

function checkReading({ measured, faults }: ReturnType<typeof measurementsOf>): void {
  for (const { quantity, value } of measured) {
    expect(value <= 10n ** 15n && value >= -(10n ** 15n)).toBe(true)
    if (quantity.endsWith('-register')) expect(value >= 0n).toBe(true)
  }
  for (const fault of faults) expect(fault.length).toBeLessThan(200)
}
