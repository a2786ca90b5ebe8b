import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isTimestamp, parseMeasures } from './measures.ts'

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

describe('isTimestamp', () => {
  test.each([
    '2026-11-27T06:00:00Z',
    '2024-02-29T23:59:59.123Z',
    '2026-11-27T06:00:00+05:30',
    '2026-11-27T06:00:00.000000001-12:00',
  ])('takes %s', (text) => expect(isTimestamp(text)).toBe(true))

  test.each([
    '2026-11-27',
    '2026-11-27T06:00:00',
    '2026-11-27 06:00:00Z',
    '2026-02-29T06:00:00Z',
    '2026-13-01T06:00:00Z',
    '2026-11-31T06:00:00Z',
    '2026-11-27T24:00:00Z',
    '2026-11-27T06:60:00Z',
    '2026-11-27T06:00:60Z',
    '2026-11-27T06:00:00+15:00',
    '2026-11-27T06:00:00+05:60',
    '1795759642',
    'yesterday',
    ' 2026-11-27T06:00:00Z',
  ])('refuses %s', (text) => expect(isTimestamp(text)).toBe(false))
})
