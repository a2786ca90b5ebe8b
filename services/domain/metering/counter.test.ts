import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DomainError } from '../errors.ts'
import { countOn } from './counter.ts'

const codeOf = (work: () => unknown): string => {
  try {
    work()
  } catch (error) {
    if (error instanceof DomainError) return error.code
  }
  return 'nothing'
}

describe('countOn', () => {
  test('adds what the counter advanced, wherever it began', () => {
    expect(countOn({ register: 70_000n, counter: 500n }, 620n, 1_000n)).toBe(70_120n)
  })

  test.each([
    ['five digits of kWh', 99_999_950n, 30n, 80n],
    ['four digits of kWh and a tenth', 9_999_900n, 100n, 200n],
    ['32 bits of Wh', 4_294_967_290n, 4n, 10n],
    ['24 bits of ten Wh', 167_772_100n, 40n, 100n],
  ])('goes on where a counter of %s began again', (_, from, to, advance) => {
    expect(countOn({ register: from, counter: from }, to, 1_000n)).toBe(from + advance)
  })

  test('refuses a counter that runs backwards, and one that runs too fast', () => {
    expect(codeOf(() => countOn({ register: 5_000n, counter: 5_000n }, 4_999n, 1_000n))).toBe('counter-backwards')
    expect(codeOf(() => countOn({ register: 9_999_990n, counter: 9_999_990n }, 2_000n, 1_000n))).toBe(
      'counter-backwards',
    )
    expect(codeOf(() => countOn({ register: 990n, counter: 990n }, 5n, 1_000n))).toBe('counter-backwards')
    expect(codeOf(() => countOn({ register: 5n, counter: 5n }, 1_006n, 1_000n))).toBe('counter-implausible')
  })

  test('goes on over meters that were replaced', () => {
    const exchanges = [
      { final: 5_100n, first: 0n },
      { final: 40n, first: 700n },
    ]
    expect(countOn({ register: 90_000n, counter: 5_000n }, 760n, 1_000n, exchanges)).toBe(90_200n)
    const wrong = [{ final: 50_100n, first: 0n }]
    expect(codeOf(() => countOn({ register: 90_000n, counter: 5_000n }, 60n, 1_000n, wrong))).toBe(
      'counter-implausible',
    )
  })

  test('never runs backwards, nor by more than can have flowed', () => {
    const wh = fc.bigInt({ min: 0n, max: 10n ** 14n })
    fc.assert(
      fc.property(wh, wh, wh, fc.bigInt({ min: 0n, max: 100_000n }), (register, counter, next, most) => {
        try {
          const counted = countOn({ register, counter }, next, most)
          expect(counted >= register && counted <= register + most).toBe(true)
        } catch (error) {
          expect(error).toBeInstanceOf(DomainError)
        }
      }),
    )
  })
})
