import { describe, expect, test } from 'vitest'
import { resourceTypeOf } from '../objects/resource-facts.ts'
import { decodeContent, encodeContent } from './content-format.ts'
import { decodeLwm2mCbor } from './lwm2m-cbor.ts'

const contextOf = (asked: readonly number[]) => ({ asked, typeOf: resourceTypeOf, nowMs: 0 })
const read = (format: number, asked: readonly number[], text: string) =>
  decodeContent(format, Buffer.from(text), contextOf(asked))[0]?.value

const refused = (words: string) =>
  expect.objectContaining({ code: 'lwm2m-malformed', message: expect.stringContaining(words) as string }) as Error

describe('plain text', () => {
  test.each([
    [[3, 0, 9], '100', 100n],
    [[3, 0, 13], '-1', -1n],
    [[3421, 0, 25], '1.25e3', 1_250],
    [[3421, 0, 25], '-.5', -0.5],
    [[3421, 0, 53], '1', true],
    [[3, 0, 0], 'Maker', 'Maker'],
    [[3, 0, 22, 0], '3421:0', '3421:0'],
  ] as const)('reads of %j %s', (asked, text, value) => expect(read(0, asked, text)).toBe(value))

  test.each([
    [[3, 0, 9], '', 'no whole number'],
    [[3, 0, 9], '1.0', 'no whole number'],
    [[3, 0, 9], ' 1', 'no whole number'],
    [[3, 0, 9], '99999999999999999999', '64 bits'],
    [[3421, 0, 25], '0x10', 'no number'],
    [[3421, 0, 25], 'NaN', 'no number'],
    [[3421, 0, 25], '', 'no number'],
    [[3421, 0, 53], 'true', 'no boolean'],
    [[3, 0, 22, 0], '3421', 'no link'],
    [[3, 0], '1', '/3/0 is no resource'],
  ])('refuses of %j the text %j: %s', (asked, text, words) => {
    expect(() => read(0, asked, text)).toThrow(refused(words))
  })

  test('is for one value, and for one that is finite', () => {
    const entry = { path: [3421, 0, 25], value: NaN } as const
    expect(() => encodeContent(0, [entry], contextOf([3421, 0, 25]))).toThrow(refused('NaN'))
    expect(() => encodeContent(0, [], contextOf([3421, 0, 25]))).toThrow(refused('not for 0'))
  })
})

describe('opaque bytes', () => {
  test('are read as they are, of what is opaque or not known', () => {
    expect(read(42, [9, 9, 9], 'ab')).toEqual(Uint8Array.of(97, 98))
    expect(() => read(42, [3, 0, 9], 'ab')).toThrow(refused('no whole number'))
  })

  test('are refused beyond the largest payload', () => {
    expect(() => decodeContent(42, new Uint8Array(65_537), contextOf([9, 9, 9]))).toThrow(refused('65537 bytes'))
  })
})

describe('LwM2M CBOR', () => {
  const readHex = (hex: string) =>
    decodeLwm2mCbor(Buffer.from(hex, 'hex'), contextOf([3])).map(({ path, value }) => [path.join('/'), value])

  test('reads keys of one id and of several alike', () => {
    const expected = [['3/0/7/1', 5n]]
    expect(readHex('a103a100a107a10105')).toEqual(expected)
    expect(readHex('a1840300070105')).toEqual(expected)
    expect(readHex('a1820300a182070105')).toEqual(expected)
  })

  test('is written by object and instance, and read again from the root', () => {
    const entries = [
      { path: [3, 0, 9], value: 80n },
      { path: [3, 0, 7, 0], value: 5n },
      { path: [3, 0, 7, 2], value: 6n },
      { path: [3421, 1, 25], value: 1.5 },
      { path: [3421, 0, 25], value: 2 },
    ] as const
    const payload = encodeContent(11_544, entries, contextOf([]))
    expect(decodeContent(11_544, payload, contextOf([]))).toEqual(entries)
  })

  test.each([
    ['01', 'is a map'],
    ['a103f6', '/3 has no value'],
    ['a185030007010105', 'a key of 5 ids'],
    ['a18005', 'a key of 0 ids'],
    ['a1613305', 'no'],
    ['a18303000980', 'has no value'],
    ['a283030009018303000902', '/3/0/9 is there twice'],
    ['a182030005', '/3/0 is no resource'],
    ['a18305000905', 'is not in /3'],
    ['a1830300fb3fe000000000000005', 'from 0 to 65534'],
  ])('refuses %s: %s', (hex, words) => expect(() => readHex(hex)).toThrow(refused(words)))
})
