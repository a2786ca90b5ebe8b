import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatThousandths, parseKilowattHours, parseKilowatts } from './metering-profile.ts'

const withCode = (code: string) => expect.objectContaining({ code }) as unknown

describe('parseKilowattHours and parseKilowatts', () => {
  test('read Wh and W exactly', () => {
    expect(['0', '1', '1.5', '-0.25', '12.345', '1.2340'].map(parseKilowattHours)).toEqual([
      0n,
      1_000n,
      1_500n,
      -250n,
      12_345n,
      1_234n,
    ])
    expect(parseKilowatts('-2.001')).toBe(-2_001n)
  })

  test.each(['1.2345', '', '1,5', '1.', '--1', '1e3'])('refuse "%s"', (text) => {
    expect(() => parseKilowattHours(text)).toThrow(withCode('uftp-metering-invalid'))
    expect(() => parseKilowatts(text)).toThrow(withCode('uftp-metering-invalid'))
  })

  test('read back what was written', () => {
    fc.assert(
      fc.property(fc.bigInt(-1_000_000_000n, 1_000_000_000n), (energy) => {
        expect(parseKilowattHours(formatThousandths(energy))).toBe(energy)
      }),
    )
  })
})
