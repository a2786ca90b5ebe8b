import { describe, expect, test } from 'vitest'
import { resourceTypeOf } from '../objects/resource-facts.ts'
import { decodeJson } from './json.ts'

const NOW = 1_795_759_642
const read = (asked: readonly number[], message: unknown) =>
  decodeJson(Buffer.from(JSON.stringify(message)), { asked, typeOf: resourceTypeOf, nowMs: NOW * 1_000 })

describe('the JSON of LwM2M 1.0', () => {
  test('reads the example of the specification', () => {
    const message = {
      bn: '/3/0/',
      e: [
        { n: '0', sv: 'Open Mobile Alliance' },
        { n: '6/0', v: 1 },
        { n: '6/1', v: 5 },
        { n: '9', v: 100 },
        { n: '22/0', ov: '3421:0' },
      ],
    }
    expect(read([3, 0], message).map(({ path, value }) => [path.join('/'), value])).toEqual([
      ['3/0/0', 'Open Mobile Alliance'],
      ['3/0/6/0', 1n],
      ['3/0/6/1', 5n],
      ['3/0/9', 100n],
      ['3/0/22/0', '3421:0'],
    ])
  })

  test('takes names below the path that was asked for where no base name is said', () => {
    expect(read([3, 0], { e: [{ n: '9', v: 1 }] })).toEqual([{ path: [3, 0, 9], value: 1n }])
    expect(read([3, 0, 9], { e: [{ v: 1 }] })).toEqual([{ path: [3, 0, 9], value: 1n }])
    expect(read([3, 0, 9], { bn: '/3/0/9', e: [{ n: '', v: 1 }] })).toEqual([{ path: [3, 0, 9], value: 1n }])
  })

  test('adds base times, of which small ones count from now', () => {
    const at = (bt: number, t: number) => read([3421, 0, 25], { bt, e: [{ v: 1, t }] })[0]?.time
    expect(at(NOW, -10)).toBe(NOW - 10)
    expect(at(0, -10)).toBe(NOW - 10)
  })

  test.each([
    [[], 'expected object'],
    [{}, 'e '],
    [{ e: [{ n: '9' }] }, 'has no value'],
    [{ e: [{ n: '9', v: 1, bv: true }] }, 'has two values'],
    [{ bn: '/3/0', e: [{ n: '9', v: 1 }] }, '"/3/09" is no path'],
    [{ bn: '/3/1/', e: [{ n: '9', v: 1 }] }, '/3/1/9 is not in /3/0'],
    [{ e: [{ n: '9', v: '1' }] }, 'e.0.v'],
  ])('refuses %j: %s', (message, words) => {
    expect(() => read([3, 0], message)).toThrow(
      expect.objectContaining({ code: 'lwm2m-malformed', message: expect.stringContaining(words) as string }),
    )
  })
})
