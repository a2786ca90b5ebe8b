import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DomainError } from '../../../domain/errors.ts'
import { ultralight } from './reading-measures.ts'

const SIGNATURE = `0x${'Ab'.repeat(64)}`
const GOOD = `p|1630000|n|3|i|123456|e|0|s|${SIGNATURE}`
const parse = (text: string) => ultralight.parse(Buffer.from(text))

describe('UltraLight 2.0', () => {
  test('brings a reading a group, with a timestamp or without', () => {
    const reading = {
      deliveryPeriod: 1_630_000,
      sequence: 3,
      importRegister: 123_456n,
      exportRegister: 0n,
      signature: SIGNATURE.toLowerCase(),
    }
    expect(parse(GOOD)).toEqual([reading])
    expect(parse(`2016-06-24T00:00:00Z|${GOOD}`)).toEqual([reading])
    expect(parse(`${GOOD}#${GOOD.replace('n|3', 'n|4')}`)).toEqual([reading, { ...reading, sequence: 4 }])
  })

  test.each([
    ['p|-1', 'p is not a whole number'],
    ['p|1630000.0', 'p is not a whole number'],
    ['p|01', 'p is not a whole number'],
    ['p|9999999999', 'p '],
    ['p|0x10', 'p is not a whole number'],
  ])('refuses %s in the place of the period, naming the key', (measure, words) => {
    expect(() => parse(GOOD.replace('p|1630000', measure))).toThrow(words)
  })

  test.each([
    ['a register with a decimal', GOOD.replace('i|123456', 'i|123.4'), 'i is not a whole number of Wh'],
    ['a register in kWh', GOOD.replace('i|123456', 'i|123kWh'), 'i is not a whole number of Wh'],
    ['no signature', GOOD.slice(0, GOOD.indexOf('|s|')), 's '],
    ['a key too many', `${GOOD}|t|23`, 't'],
    ['a timestamp that is none', `soon|${GOOD}`, 'no timestamp'],
    ['nothing', '', 'a group is empty'],
    ['too many groups', Array.from({ length: 9 }, () => GOOD).join('#'), '9 groups'],
    ['more than it may have', GOOD.padEnd(4_097, ' '), '4096 are the most'],
  ])('refuses %s', (_, text, words) => {
    expect(() => parse(text)).toThrow(words)
  })

  test('refuses anything else as malformed, in a sentence of bounded length, and never with another error', () => {
    const anything = fc.oneof(
      fc.uint8Array({ maxLength: 5_000 }),
      fc.string({ maxLength: 500, unit: 'binary' }).map((text) => Buffer.from(text)),
      fc.tuple(fc.nat(GOOD.length), fc.string({ maxLength: 5 })).map(([at, text]) => {
        return Buffer.from(GOOD.slice(0, at) + text + GOOD.slice(at + text.length))
      }),
    )
    fc.assert(
      fc.property(anything, (payload) => {
        try {
          ultralight.parse(payload)
        } catch (error) {
          expect(error).toBeInstanceOf(DomainError)
          expect(error).toMatchObject({ code: 'reading-malformed' })
          expect((error as Error).message.length).toBeLessThanOrEqual(300)
        }
      }),
      { numRuns: 3_000 },
    )
  })
})
