import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DomainError } from '../errors.ts'
import { deliveryPeriod, endOf, energyWh } from '../units.ts'
import { isSameReading, type MeterReading } from './meter-reading.ts'
import { checkReading, FUTURE_TOLERANCE_SECONDS, isAhead } from './reading-rules.ts'

const CAPACITY_W = 8_000
const FAR_FUTURE = endOf(deliveryPeriod(1_000_000))

function reading(period: number, sequence: number, importWh: number, exportWh = 0): MeterReading {
  return {
    deliveryPeriod: deliveryPeriod(period),
    sequence,
    importRegister: energyWh(BigInt(importWh)),
    exportRegister: energyWh(BigInt(exportWh)),
  }
}

function refusal(
  next: MeterReading,
  last: MeterReading | null,
  { earlier = [] as MeterReading[], now = FAR_FUTURE } = {},
): string | null {
  try {
    checkReading(next, { last, earlier, connectionCapacityW: CAPACITY_W }, now)
    return null
  } catch (error) {
    if (error instanceof DomainError) return error.code
    throw error
  }
}

describe('checkReading', () => {
  const last = reading(100, 7, 5_000, 300)

  test('accepts the first reading of a meter, whatever its registers', () => {
    expect(refusal(reading(99, 1, 123_456_789), null)).toBeNull()
  })

  test('accepts the next reading', () => {
    expect(refusal(reading(101, 8, 5_400, 300), last)).toBeNull()
  })

  test('accepts a reading after missing ones, whose sequence may have skipped too', () => {
    expect(refusal(reading(104, 8, 5_400, 300), last)).toBeNull()
    expect(refusal(reading(104, 11, 5_400, 300), last)).toBeNull()
  })

  test('accepts registers that did not move', () => {
    expect(refusal(reading(101, 8, 5_000, 300), last)).toBeNull()
  })

  test('refuses the same reading as a replay', () => {
    expect(refusal(reading(100, 7, 5_000, 300), last)).toBe('reading-replayed')
  })

  test('refuses an earlier reading, sent again, as a replay', () => {
    const earlier = [reading(99, 6, 4_900, 300)]
    expect(refusal(reading(99, 6, 4_900, 300), last, { earlier })).toBe('reading-replayed')
  })

  test('refuses a used sequence with other content as a conflict', () => {
    expect(refusal(reading(100, 7, 5_001, 300), last)).toBe('reading-conflict')
    expect(refusal(reading(101, 7, 5_001, 300), last)).toBe('reading-conflict')
    expect(refusal(reading(98, 6, 4_900, 300), last, { earlier: [reading(99, 6, 4_900, 300)] })).toBe(
      'reading-conflict',
    )
  })

  test('refuses a second reading for a period as a conflict, even with a new sequence', () => {
    expect(refusal(reading(100, 8, 5_000, 300), last)).toBe('reading-conflict')
    expect(refusal(reading(99, 8, 5_000, 300), last, { earlier: [reading(99, 6, 4_900, 300)] })).toBe(
      'reading-conflict',
    )
  })

  test('refuses what was overtaken by a later reading', () => {
    expect(refusal(reading(98, 5, 4_800, 300), last)).toBe('reading-out-of-order')
    expect(refusal(reading(98, 8, 5_000, 300), last)).toBe('reading-out-of-order')
    expect(refusal(reading(101, 6, 5_000, 300), last)).toBe('reading-out-of-order')
  })

  test('refuses a register that runs backwards, by one Wh, in either direction', () => {
    expect(refusal(reading(101, 8, 4_999, 300), last)).toBe('reading-register-backwards')
    expect(refusal(reading(101, 8, 5_000, 299), last)).toBe('reading-register-backwards')
  })

  test('lets a connection of 8 kW carry 2,000 Wh in a quarter-hour and not one more', () => {
    expect(refusal(reading(101, 8, 7_000, 2_300), last)).toBeNull()
    expect(refusal(reading(101, 8, 7_001, 300), last)).toBe('reading-implausible')
    expect(refusal(reading(101, 8, 5_000, 2_301), last)).toBe('reading-implausible')
  })

  test('measures plausibility over the whole time since the last reading', () => {
    expect(refusal(reading(103, 8, 11_000, 300), last)).toBeNull()
    expect(refusal(reading(103, 8, 11_001, 300), last)).toBe('reading-implausible')
  })

  test('refuses a period that ends more than the tolerance after the time of the ledger', () => {
    const end = endOf(deliveryPeriod(101))
    const next = reading(101, 8, 5_100, 300)
    expect(refusal(next, last, { now: end - FUTURE_TOLERANCE_SECONDS })).toBeNull()
    expect(refusal(next, last, { now: end - FUTURE_TOLERANCE_SECONDS - 1 })).toBe('reading-from-the-future')
    expect(refusal(next, null, { now: end - FUTURE_TOLERANCE_SECONDS - 1 })).toBe('reading-from-the-future')
  })
})

describe('a meter under any stream of readings', () => {
  const anyReading = fc
    .tuple(fc.integer({ min: 90, max: 110 }), fc.integer({ min: 0, max: 12 }), fc.nat(9_000), fc.nat(9_000))
    .map(([period, sequence, imported, exported]) => reading(period, sequence, imported, exported))
  const now = endOf(deliveryPeriod(105))

  function accepted(stream: readonly MeterReading[]): MeterReading[] {
    const kept: MeterReading[] = []
    for (const next of stream) {
      const record = { last: kept.at(-1) ?? null, earlier: kept, connectionCapacityW: CAPACITY_W }
      try {
        checkReading(next, record, now)
        kept.push(next)
      } catch (error) {
        if (!(error instanceof DomainError)) throw error
      }
    }
    return kept
  }

  test('has readings that only ever move forwards, within what its connection can carry', () => {
    fc.assert(
      fc.property(fc.array(anyReading, { maxLength: 30 }), (stream) => {
        const kept = accepted(stream)
        for (const [index, one] of kept.entries()) {
          expect(endOf(one.deliveryPeriod)).toBeLessThanOrEqual(now + FUTURE_TOLERANCE_SECONDS)
          const before = kept[index - 1]
          if (before === undefined) continue
          expect(isAhead(one, before)).toBe(true)
          const most = BigInt((CAPACITY_W / 4) * (one.deliveryPeriod - before.deliveryPeriod))
          for (const register of ['importRegister', 'exportRegister'] as const) {
            const energy = one[register] - before[register]
            expect(energy >= 0n && energy <= most).toBe(true)
          }
        }
      }),
    )
  })

  test('is not changed by sending everything again', () => {
    fc.assert(
      fc.property(fc.array(anyReading, { maxLength: 20 }), (stream) => {
        const once = accepted(stream)
        expect(accepted([...once, ...once])).toEqual(once)
        for (const one of once) {
          const record = { last: once.at(-1) ?? null, earlier: once, connectionCapacityW: CAPACITY_W }
          expect(() => checkReading(one, record, now)).toThrow(expect.objectContaining({ code: 'reading-replayed' }))
        }
      }),
    )
  })

  test('never has two readings of one sequence or of one period', () => {
    fc.assert(
      fc.property(fc.array(anyReading, { minLength: 1, maxLength: 20 }), anyReading, (stream, other) => {
        const kept = accepted(stream)
        const rival = kept.find(
          (one) =>
            !isSameReading(one, other) &&
            (one.sequence === other.sequence || one.deliveryPeriod === other.deliveryPeriod),
        )
        fc.pre(rival !== undefined)
        expect(accepted([...kept, other])).toEqual(kept)
      }),
    )
  })
})
