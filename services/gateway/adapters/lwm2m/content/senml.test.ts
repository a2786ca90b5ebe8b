import { describe, expect, test } from 'vitest'
import { resourceTypeOf } from '../objects/resource-facts.ts'
import { decodeSenmlCbor, encodeSenmlCbor } from './senml-cbor.ts'
import { decodeSenmlJson, encodeSenmlJson } from './senml-json.ts'

const NOW = 1_795_759_642
const context = { asked: [], typeOf: resourceTypeOf, nowMs: NOW * 1_000 }
const read = (records: unknown) => decodeSenmlJson(Buffer.from(JSON.stringify(records)), context)
const readHex = (hex: string) => decodeSenmlCbor(Buffer.from(hex, 'hex'), context)
const refused = (words: string) =>
  expect.objectContaining({ code: 'lwm2m-malformed', message: expect.stringContaining(words) as string }) as Error

describe('SenML', () => {
  test('concatenates base names in either way that clients part them, and keeps them until the next', () => {
    const expected = [{ path: [3, 0, 0], value: 'Maker' }]
    expect(read([{ bn: '/3/0/', n: '0', vs: 'Maker' }])).toEqual(expected)
    expect(read([{ bn: '/3/0', n: '/0', vs: 'Maker' }])).toEqual(expected)
    expect(read([{ bn: '/3/0/0', vs: 'Maker' }])).toEqual(expected)
    expect(read([{ n: '/3/0/0', vs: 'Maker' }])).toEqual(expected)
    expect(read([{ bn: '/3/0/' }, { n: '0', vs: 'Maker' }])).toEqual(expected)
    expect(
      read([
        { bn: '/3/0/', n: '9', v: 80 },
        { n: '7/1', v: 5 },
        { bn: '/3421/2/', n: '25', v: 1.5 },
      ]).map(({ path }) => path),
    ).toEqual([
      [3, 0, 9],
      [3, 0, 7, 1],
      [3421, 2, 25],
    ])
  })

  test('never joins what is parted by nothing', () => {
    expect(() => read([{ bn: '/3/0', n: '0', vs: 'Maker' }])).toThrow(refused('"/3/00" is no path'))
    expect(() => read([{ bn: '/3/0/', n: '/0', vs: 'Maker' }])).toThrow(refused('"/3/0//0" is no path'))
    expect(() => read([{ n: '3/0/0', vs: 'Maker' }])).toThrow(refused('is no path'))
  })

  test('adds base times, base values and base units, and counts small times from now', () => {
    expect(
      read([
        { bn: '/3421/0/', bt: NOW - 100, bv: 1_000, bu: 'Wh', n: '25', v: 5, t: 10 },
        { n: '26', v: -1, t: 20.5, u: 'kWh' },
        { n: '27' },
      ]),
    ).toEqual([
      { path: [3421, 0, 25], value: 1_005, time: NOW - 90, unit: 'Wh' },
      { path: [3421, 0, 26], value: 999, time: NOW - 79.5, unit: 'kWh' },
      { path: [3421, 0, 27], value: 1_000, time: NOW - 100, unit: 'Wh' },
    ])
    expect(read([{ n: '/3421/0/25', v: 5, t: -60 }])[0]?.time).toBe(NOW - 60)
    expect(read([{ n: '/3421/0/25', v: 5, t: 0 }])[0]).not.toHaveProperty('time')
  })

  test('reads one value at several times, and refuses it twice at one', () => {
    const history = [
      { bn: '/3421/0/25', v: 5, t: -60 },
      { v: 6, t: -30 },
    ]
    expect(read(history).map(({ value }) => value)).toEqual([5, 6])
    expect(() => read([...history, { v: 7, t: -30 }])).toThrow(refused('/3421/0/25 is there twice'))
  })

  test('reads every kind of value', () => {
    const bytes = Uint8Array.of(251, 255)
    expect(
      read([
        { bn: '/9/9/', n: '1', vb: true },
        { n: '2', vd: '-_8' },
        { n: '3', vd: '-_8=' },
        { n: '4', vlo: '3:0' },
      ]).map(({ value }) => value),
    ).toEqual([true, bytes, bytes, '3:0'])
  })

  test.each([
    [{}, 'expected array'],
    [[{ n: '/3/0/9' }], 'has no value'],
    [[{ n: '/3/0/9', v: 1, vs: 'x' }], 'has two values'],
    [[{ n: '/3/0/9', v: 1.5 }], 'no whole number'],
    [[{ n: '/3/0/9', v: 2 ** 53 }], 'no whole number that can be told exactly'],
    [[{ n: '/3/0/9', vs: '1' }], 'no whole number'],
    [[{ n: '/3/0/0', v: 1 }], '/3/0/0 is no string'],
    [[{ n: '/3/0', v: 1 }], '/3/0 is no resource'],
    [[{ n: '/3/0/70000', v: 1 }], 'from 0 to 65534'],
    [[{ n: '/9/9/1', vd: '+/8' }], 'no base64url'],
    [[{ bver: 11, n: '/3/0/9', v: 1 }], 'version 11'],
    [[{ n: '/3/0/9', v: 1, must_: 1 }], '"must_" would have to be understood'],
    [[{ n: '/3421/0/25', v: 1, t: 1e15 }], 'out of all bounds'],
    [[{ n: '/3421/0/25', v: 1, t: -1e15 }], 'out of all bounds'],
    [[{ n: '/9/9/1', vs: 'x'.repeat(8_193) }], '8193 bytes, and 8192 at most'],
    [Array.from({ length: 4_097 }, (_, n) => ({ n: `/9/9/${n}`, v: 1 })), 'expected array to have <=4096'],
  ])('refuses %j: %s', (records, words) => {
    expect(() => read(records)).toThrow(refused(words))
  })

  test('leaves out what it does not know, and no prototype comes of a name', () => {
    const payload = Buffer.from('[{"n":"/3/0/9","v":1,"__proto__":{"vs":"x"},"constructor":1,"x":{}}]')
    expect(decodeSenmlJson(payload, context)).toEqual([{ path: [3, 0, 9], value: 1n }])
  })

  test('reads half floats, bignums, decimal fractions, tagged times and indefinite lengths as CBOR', () => {
    const value = (hex: string, name = '6a2f333432312f302f3235') => readHex(`81a200${name}02${hex}`)[0]?.value
    expect(value('f94a80')).toBe(13)
    expect(value('f97c00')).toBe(Infinity)
    expect(value('f97e00')).toBeNaN()
    expect(value('c482221904d2')).toBe(1.234)
    expect(value('c24401000000')).toBe(16_777_216)
    expect(value('c3420100')).toBe(-257)
    expect(value('1b0020000000000001', '672f332f302f3133')).toBe(2n ** 53n + 1n)
    expect(value(`c11a${NOW.toString(16)}`, '672f332f302f3133')).toBe(BigInt(NOW))
    expect(readHex('9fbf00672f332f302f31330201ffff')).toEqual([{ path: [3, 0, 13], value: 1n }])
    expect(readHex('81a200672f332f302f323263766c6f66333432313a30')).toEqual([{ path: [3, 0, 22], value: '3421:0' }])
  })

  test.each([
    ['a0', 'array of records'],
    ['8100', 'no map'],
    ['81a200672f332f302f31330001', 'repeat map key'],
    ['81a200672f332f302f313302f7', 'undefined'],
    ['81a200672f332f302f3133', 'not enough entries'],
    ['8080', 'too many'],
    ['818181818181818181818100', 'deeper than 8'],
    [`81${'c1'.repeat(100)}00`, 'deeper than 8'],
    ['9bffffffffffffffff', 'CBOR'],
    ['9b0000ffffffffffff', 'CBOR'],
    ['81a100ff', 'has not begun'],
    ['81a10005', 'expected string'],
    ['ff', 'has not begun'],
    ['81a200672f332f302f313302c249010000000000000000', 'bignum of more than 8'],
    ['81a200672f332f302f313302c4821903e801', 'decimal fraction'],
    ['81a26178001a', 'CBOR'],
    ['81a1656d7573745f01', '"must_" would have to be understood'],
    ['', 'CBOR'],
  ])('refuses the CBOR %s: %s', (hex, words) => {
    expect(() => readHex(hex)).toThrow(refused(words))
  })

  test('writes a base name once for each instance', () => {
    const entries = [
      { path: [3308, 0, 5900], value: 1_500 },
      { path: [3308, 1, 5900], value: -2.5 },
      { path: [3, 0, 22, 1], value: '3308:1' },
    ] as const
    expect(JSON.parse(Buffer.from(encodeSenmlJson(entries, context)).toString())).toEqual([
      { bn: '/3308/0/', n: '5900', v: 1_500 },
      { bn: '/3308/1/', n: '5900', v: -2.5 },
      { bn: '/3/0/', n: '22/1', vlo: '3308:1' },
    ])
    expect(Buffer.from(encodeSenmlCbor(entries.slice(0, 1), context)).toString('hex')).toBe(
      '81a321682f333330382f302f00643539303002fb4097700000000000',
    )
    expect(() => encodeSenmlJson([{ path: [3, 0, 9], value: 2n ** 60n }], context)).toThrow(refused('cannot be said'))
  })
})
