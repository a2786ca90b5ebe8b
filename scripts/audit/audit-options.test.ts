import { describe, expect, test } from 'vitest'
import { parseAuditOptions } from './audit-options.ts'

const now = new Date('2026-11-20T09:00:00Z')
const parse = (...flags: readonly string[]) => parseAuditOptions(flags, {}, now)

describe('parseAuditOptions', () => {
  test('takes days in UTC, the last of them not included', () => {
    const { fromPeriod, toPeriod } = parse('--from', '2026-11-19', '--to', '2026-11-20')
    expect([fromPeriod * 900, (toPeriod + 1) * 900]).toEqual(
      ['2026-11-19', '2026-11-20'].map((day) => Date.parse(day) / 1_000),
    )
  })

  test('takes times with and without a zone, and rounds them to whole periods inside', () => {
    const { fromPeriod, toPeriod } = parse('--from', '2026-11-19T12:01', '--to', '2026-11-19T13:14Z')
    expect(fromPeriod * 900).toBe(Date.parse('2026-11-19T12:15Z') / 1_000)
    expect(toPeriod * 900).toBe(Date.parse('2026-11-19T13:00Z') / 1_000)
  })

  test('takes delivery periods as they are', () => {
    expect(parse('--from', '1000', '--to', '1001')).toMatchObject({ fromPeriod: 1_000, toPeriod: 1_001 })
  })

  test('audits everything without flags, from the node of the environment', () => {
    const options = parseAuditOptions([], { COMMONWATT_LEDGER_URL: 'http://node:1' }, now)
    expect(options).toEqual({
      url: 'http://node:1',
      fromPeriod: 0,
      toPeriod: 2 ** 32 - 1,
      area: null,
      settlement: undefined,
      dataFiles: [],
      outFolder: 'audit-2026-11-20',
    })
  })

  test('takes several files of data', () => {
    expect(parse('--data', 'a.json', '--data', 'b.json').dataFiles).toEqual(['a.json', 'b.json'])
  })

  test.each([
    [['--from', 'yesterday'], 'is neither a time'],
    [['--from', '2026-11-20', '--to', '2026-11-19'], '--to lies before --from'],
    [['--from', '2026-11-20', '--to', '2026-11-20'], 'for that day give --to 2026-11-21'],
    [['--from', '2026-02-30'], 'is neither a time'],
    [['--from', '2026-11-20T12:15 PST'], 'is neither a time'],
    [['--to', '20261121'], 'nor a delivery period'],
    [['--from', '2026-11-20', '--from', '2026-11-21'], '--from is given twice'],
    [['--area', 'one'], '--area must be a number'],
    [['--area', '0x1'], '--area must be a number'],
    [['--area', ''], '--area must be a number'],
    [['--area', '4294967296'], 'below 2^32'],
    [['--out', ''], '--out must name a folder'],
    [['--ledger', 'ftp://node'], 'http:// or https://'],
    [['--settlement', '0x12'], '--settlement must be an address'],
    [['--nonsense'], '--help shows the options'],
  ])('refuses %j', (flags, message) => {
    expect(() => parse(...flags)).toThrow(
      expect.objectContaining({
        code: 'settings-invalid',
        message: expect.stringContaining(message) as string,
      }) as Error,
    )
  })
})
