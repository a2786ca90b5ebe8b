import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DomainError } from '../../../domain/errors.ts'
import { listedJson, parseReadingMessage } from './reading-message.ts'

const SIGNATURE = `0x${'Ab'.repeat(64)}`
const GOOD = {
  deliveryPeriod: 1_630_000,
  sequence: 3,
  importRegisterWh: '123456',
  exportRegisterWh: '0',
  signature: SIGNATURE,
}
const parse = (value: unknown) => parseReadingMessage(Buffer.from(JSON.stringify(value)))

describe('parseReadingMessage', () => {
  test('reads what a meter sends', () => {
    expect(parse(GOOD)).toEqual({
      deliveryPeriod: 1_630_000,
      sequence: 3,
      importRegister: 123_456n,
      exportRegister: 0n,
      signature: SIGNATURE.toLowerCase(),
    })
    expect(parse({ ...GOOD, signature: `${SIGNATURE}1b` }).signature).toHaveLength(132)
  })

  test('takes 1,024 bytes and not one more', () => {
    const message = JSON.stringify(GOOD)
    expect(parseReadingMessage(Buffer.from(message.padEnd(1_024))).sequence).toBe(3)
    expect(() => parseReadingMessage(Buffer.from(message.padEnd(1_025)))).toThrow(/1024 are the most/)
  })

  test.each([
    ['importRegisterWh', '01'],
    ['importRegisterWh', '1.5'],
    ['importRegisterWh', '1e3'],
    ['importRegisterWh', ' 1'],
    ['importRegisterWh', 1],
    ['exportRegisterWh', '1000000000000000'],
    ['deliveryPeriod', -1],
    ['deliveryPeriod', '1630000'],
    ['sequence', 2 ** 31],
    ['sequence', null],
    ['signature', SIGNATURE.slice(2)],
    ['signature', `${SIGNATURE}1`],
    ['more', 1],
  ])('refuses %s = %j, naming the field', (field, value) => {
    expect(() => parse({ ...GOOD, [field]: value })).toThrow(new RegExp(field))
  })

  test('refuses anything else as malformed, in a sentence of bounded length, and never with another error', () => {
    const anything = fc.oneof(
      fc.uint8Array({ maxLength: 2_000 }),
      fc.json({ maxDepth: 5 }).map((text) => Buffer.from(text)),
      fc.jsonValue().map((value) => Buffer.from(JSON.stringify({ ...GOOD, importRegisterWh: value }))),
      fc.string({ maxLength: 900 }).map((key) => Buffer.from(JSON.stringify({ ...GOOD, [key]: 1 }))),
    )
    fc.assert(
      fc.property(anything, (payload) => {
        try {
          parseReadingMessage(payload)
        } catch (error) {
          expect(error).toBeInstanceOf(DomainError)
          expect(error).toMatchObject({ code: 'reading-malformed' })
          expect((error as Error).message.length).toBeLessThanOrEqual(300)
        }
      }),
    )
  })
})

describe('a list of readings', () => {
  const parseList = (value: unknown) => listedJson.parse(Buffer.from(JSON.stringify(value)))

  test('is read in its sequence, and one reading is as good as a list of it', () => {
    expect(parseList([GOOD, { ...GOOD, sequence: 4 }]).map(({ sequence }) => sequence)).toEqual([3, 4])
    expect(parseList(GOOD)).toEqual(parseList([GOOD]))
  })

  test.each([
    ['an empty list', []],
    ['nine readings', Array.from({ length: 9 }, () => GOOD)],
    ['a list in a list', [[GOOD]]],
    ['one that is wrong among others', [GOOD, { ...GOOD, sequence: -1 }]],
    ['no object', 'reading'],
    ['null', null],
  ])('is refused as a whole where it is %s', (_, value) => {
    expect(() => parseList(value)).toThrow(expect.objectContaining({ code: 'reading-malformed' }) as Error)
  })
})
