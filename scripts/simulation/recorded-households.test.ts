import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readRecordedHouseholds } from './recorded-households.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'commonwatt-recorded-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function written(name: string, lines: readonly string[]): Promise<string> {
  const file = path.join(folder, name)
  const text = `${lines.join('\n')}\n`
  await writeFile(file, name.endsWith('.gz') ? gzipSync(text) : text)
  return file
}

const HEADER = 'home,interval_start,load_kwh,pv_kwh'
const hours = (
  home: string,
  load: (hour: number) => string,
  pv: (hour: number) => string = () => '0',
  offset = '-08:00',
) =>
  Array.from(
    { length: 24 },
    (_, hour) => `${home},2016-08-01T${String(hour).padStart(2, '0')}:00:00${offset},${load(hour)},${pv(hour)}`,
  )

const sum = (values: readonly (number | null)[]) => values.reduce<number>((total, value) => total + (value ?? 0), 0)

describe('readRecordedHouseholds', () => {
  test('spreads an hour over four quarter-hours without losing a Wh', async () => {
    const file = await written('hourly.csv.gz', [HEADER, ...hours('a', () => '1.003')])
    const { households, firstPeriod, zone } = await readRecordedHouseholds({
      households: file,
      from: '2016-08-01',
      days: 1,
    })
    expect(households[0]!.loadWh.slice(0, 4)).toEqual([251, 251, 250, 251])
    expect(sum(households[0]!.loadWh)).toBe(24 * 1_003)
    expect(firstPeriod).toBe(Date.parse('2016-08-01T08:00:00Z') / 900_000)
    expect(zone).toBe('-08:00')
  })

  test('keeps tenths of a Wh until they make one', async () => {
    const file = await written('tenths.csv', [HEADER, ...hours('a', () => '0.0001')])
    const { households } = await readRecordedHouseholds({ households: file, from: '2016-08-01', days: 1 })
    expect(sum(households[0]!.loadWh)).toBe(2)
  })

  test('stays within half a Wh of what was recorded, whatever was recorded', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 200_000 }), { minLength: 24, maxLength: 24 }),
        async (tenths) => {
          const file = await written('random.csv', [
            HEADER,
            ...hours('a', (hour) => (tenths[hour]! / 10_000).toFixed(4)),
          ])
          const { households } = await readRecordedHouseholds({ households: file, from: '2016-08-01', days: 1 })
          let exact = 0
          let register = 0
          tenths.forEach((value, hour) => {
            exact += value / 10
            register += sum(households[0]!.loadWh.slice(hour * 4, hour * 4 + 4))
            expect(Math.abs(register - exact)).toBeLessThanOrEqual(0.5001)
          })
        },
      ),
      { numRuns: 20 },
    )
  })

  test('reports a row that is missing and one that is blank as gaps, never as zero', async () => {
    const rows = hours('a', (hour) => (hour === 5 ? '' : '0.4'))
    const file = await written('gaps.csv', [
      HEADER,
      ...rows.filter((_, hour) => hour !== 9),
      ...hours('b', () => '0.4'),
    ])
    const { households, gaps, firstPeriod } = await readRecordedHouseholds({
      households: file,
      from: '2016-08-01',
      days: 1,
    })
    expect(gaps).toEqual([
      { household: 'a', firstPeriod: firstPeriod + 20, periods: 4 },
      { household: 'a', firstPeriod: firstPeriod + 36, periods: 4 },
    ])
    expect(households[0]!.loadWh.slice(19, 25)).toEqual([100, null, null, null, null, 100])
  })

  test('names file, line and reason of every bad row', async () => {
    const rows = hours(
      'a',
      (hour) => (hour === 2 ? 'abc' : '0.4'),
      (hour) => (hour === 4 ? '-1' : '0'),
    )
    const file = await written('bad.csv', [
      HEADER,
      ...rows,
      rows[0]!,
      'a,yesterday,1,0',
      'a,2016-08-02T00:07:00-08:00,1,0',
    ])
    await expect(readRecordedHouseholds({ households: file, from: '2016-08-01', days: 1 })).rejects.toMatchObject({
      code: 'rows-invalid',
      message: [
        'bad.csv:4: "abc" is not an energy from 0 to 1,000 kWh',
        'bad.csv:6: "-1" is not an energy from 0 to 1,000 kWh',
        'bad.csv:26: a has a second row for 2016-08-01T00:00:00-08:00',
        'bad.csv:27: "yesterday" is not an ISO 8601 time',
        'bad.csv:28: 2016-08-02T00:07:00-08:00 does not start a quarter-hour',
      ].join('\n'),
    })
  })

  test('names a row with too few columns', async () => {
    const file = await written('short.csv', [HEADER, ...hours('a', () => '1'), 'a,2016-08-02'])
    await expect(readRecordedHouseholds({ households: file, from: '2016-08-01', days: 1 })).rejects.toMatchObject({
      code: 'rows-invalid',
      message: 'short.csv:26: has 2 columns, the header has 4',
    })
  })

  test('takes a date in the zone that it names', async () => {
    const file = await written('zone.csv', [HEADER, ...hours('a', () => '1')])
    const { firstPeriod } = await readRecordedHouseholds({ households: file, from: '2016-08-01T12:00Z', days: 1 })
    expect(firstPeriod).toBe(Date.parse('2016-08-01T12:00:00Z') / 900_000)
  })

  test('refuses days that the file does not cover, and says what it covers', async () => {
    const file = await written('cover.csv', [HEADER, ...hours('a', () => '1')])
    await expect(readRecordedHouseholds({ households: file, from: '2017-08-01', days: 1 })).rejects.toMatchObject({
      code: 'recording-empty',
      message: expect.stringContaining('2016-08-01T08:00:00.000Z to 2016-08-02T08:00:00.000Z') as string,
    })
  })

  test.each([
    ['from', { from: 'monday', days: 1 }, 'from-invalid'],
    ['a day that does not exist', { from: '2016-02-30', days: 1 }, 'from-invalid'],
    ['days', { from: '2016-08-01', days: 0.5 }, 'days-invalid'],
  ])('refuses a wrong %s', async (_, request, code) => {
    const file = await written('request.csv', [HEADER, ...hours('a', () => '1')])
    await expect(readRecordedHouseholds({ households: file, ...request })).rejects.toMatchObject({ code })
  })

  test('refuses a file that is not there, and one without the column it needs', async () => {
    await expect(
      readRecordedHouseholds({ households: path.join(folder, 'no.csv'), from: '2016-08-01', days: 1 }),
    ).rejects.toMatchObject({ code: 'file-unreadable' })
    const file = await written('columns.csv', ['home,interval_start,kwh', 'a,2016-08-01,1'])
    await expect(readRecordedHouseholds({ households: file, from: '2016-08-01', days: 1 })).rejects.toMatchObject({
      code: 'column-missing',
      message: expect.stringContaining('load_kwh') as string,
    })
  })

  test('repeats a day profile of half-hours every day, half an hour being two quarter-hours', async () => {
    const file = await written('profiles.csv', [
      'step,P1,P2',
      ...Array.from({ length: 48 }, (_, step) => `${step},${step === 1 ? '1.697' : '0'},2`),
    ])
    const { households } = await readRecordedHouseholds({ households: file, from: '2026-01-01', days: 2 })
    expect(households.map(({ name }) => name)).toEqual(['P1', 'P2'])
    expect(households[0]!.loadWh.slice(0, 6)).toEqual([0, 0, 424, 425, 0, 0])
    expect(sum(households[0]!.loadWh)).toBe(1_697)
    expect(households[1]!.loadWh.every((load) => load === 500)).toBe(true)
  })

  test('refuses assets of a home that is not there', async () => {
    const file = await written('homes.csv', [HEADER, ...hours('a', () => '1')])
    const assets = await written('assets.csv', ['home,pv_kwp', 'a,4', 'z,4'])
    await expect(
      readRecordedHouseholds({ households: file, assets, from: '2016-08-01', days: 1 }),
    ).rejects.toMatchObject({
      message: 'assets.csv:3: "z" is not among the households',
    })
  })

  test('names a row that stands between the others, instead of taking it for a finer resolution', async () => {
    const file = await written('between.csv', [HEADER, ...hours('a', () => '1'), 'a,2016-08-01T10:30:00-08:00,1,0'])
    await expect(readRecordedHouseholds({ households: file, from: '2016-08-01', days: 1 })).rejects.toMatchObject({
      message: 'between.csv:26: stands between the other rows of a, which are 60 minutes apart',
    })
  })

  test('lets every home have its own resolution', async () => {
    const quarters = Array.from(
      { length: 96 },
      (_, at) => `q,${new Date(Date.UTC(2016, 7, 1, 8, 15 * at)).toISOString()},0.25,0`,
    )
    const file = await written('mixed.csv', [HEADER, ...hours('a', () => '1'), ...quarters])
    const { households } = await readRecordedHouseholds({ households: file, from: '2016-08-01T08:00Z', days: 1 })
    expect(households.map(({ loadWh }) => new Set(loadWh))).toEqual([new Set([250]), new Set([250])])
  })

  test('reads hours that do not start on the hour of UTC', async () => {
    const file = await written('india.csv', [
      HEADER,
      ...hours(
        'a',
        () => '1',
        () => '0',
        '+05:30',
      ),
    ])
    const { households, gaps, firstPeriod } = await readRecordedHouseholds({
      households: file,
      from: '2016-08-01',
      days: 1,
    })
    expect(firstPeriod).toBe(Date.parse('2016-07-31T18:30:00Z') / 900_000)
    expect(gaps).toEqual([])
    expect(sum(households[0]!.loadWh)).toBe(24_000)
  })

  test('reads what programs write for very small numbers', async () => {
    const file = await written('tiny.csv', [
      HEADER,
      ...hours(
        'a',
        () => '0.30000000000000004',
        () => '1e-17',
      ),
    ])
    const { households } = await readRecordedHouseholds({ households: file, from: '2016-08-01', days: 1 })
    expect(sum(households[0]!.loadWh)).toBe(7_200)
    expect(sum(households[0]!.pvWh)).toBe(0)
  })

  test('reads a day in the offset that holds at its start, in whatever order the rows come', async () => {
    const autumn = [
      ...['00', '01', '02'].map((hour) => `a,2016-10-30T${hour}:00:00+02:00,1,0`),
      ...Array.from({ length: 22 }, (_, at) => `a,2016-10-30T${String(at + 2).padStart(2, '0')}:00:00+01:00,1,0`),
    ]
    const file = await written('autumn.csv', [HEADER, ...autumn.reverse()])
    const midnight = await readRecordedHouseholds({ households: file, from: '2016-10-30', days: 1 })
    expect(midnight.firstPeriod).toBe(Date.parse('2016-10-29T22:00:00Z') / 900_000)
    const noon = await readRecordedHouseholds({ households: file, from: '2016-10-30T12:00', days: 1 })
    expect(noon.firstPeriod).toBe(Date.parse('2016-10-30T11:00:00Z') / 900_000)
  })
})
