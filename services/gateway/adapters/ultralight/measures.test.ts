import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseMeasures } from './measures.ts'

const read = (text: string) => {
  const groups = parseMeasures(text)
  return typeof groups === 'string' ? groups : groups.map(({ at, values }) => ({ at, ...Object.fromEntries(values) }))
}

describe('parseMeasures', () => {
  test('reads keys and values, groups, and a timestamp where a token is over', () => {
    expect(read('t|23|h|55')).toEqual([{ at: null, t: '23', h: '55' }])
    expect(read('t|23#h|55')).toEqual([
      { at: null, t: '23' },
      { at: null, h: '55' },
    ])
    expect(read('2026-11-27T06:00:00Z|t|23')).toEqual([{ at: '2026-11-27T06:00:00Z', t: '23' }])
    expect(read('k|0x1F')).toEqual([{ at: null, k: '0x1F' }])
  })

  test.each([
    ['', 'a group is empty'],
    ['t|23#', 'a group is empty'],
    ['#t|23', 'a group is empty'],
    ['t|', 'a token is empty'],
    ['|23', 'a token is empty'],
    ['t||h|55', 'a token is empty'],
    ['t', '"t" is no timestamp'],
    ['now|t|23', '"now" is no timestamp'],
    ['t|23|t|24', '"t" is there twice'],
  ])('refuses %j', (text, words) => {
    expect(read(text)).toContain(words)
  })

  test('undoes what a device writes, and says in bounded words what is wrong with anything else', () => {
    const token = fc.stringMatching(/^[^|#]{1,20}$/)
    fc.assert(
      fc.property(fc.array(fc.dictionary(token, token, { minKeys: 1 }), { minLength: 1 }), (groups) => {
        const text = groups.map((group) => Object.entries(group).flat().join('|')).join('#')
        expect(read(text)).toEqual(groups.map((group) => ({ at: null, ...group })))
      }),
    )
    fc.assert(
      fc.property(fc.string({ maxLength: 300, unit: 'binary' }), (text) => {
        const groups = parseMeasures(text)
        if (typeof groups === 'string') expect(groups.length).toBeLessThan(400)
      }),
      { numRuns: 2_000 },
    )
  })
})
