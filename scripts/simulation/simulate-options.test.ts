import { describe, expect, test } from 'vitest'
import { readSimulateOptions } from './simulate-options.ts'

const read = (line: string) => readSimulateOptions(line.split(' '))
const refusal = (message: string) => expect.objectContaining({ code: 'settings-invalid', message }) as Error

describe('readSimulateOptions', () => {
  test('simulates a feeder for a week from a Monday unless told otherwise', () => {
    const options = read('--feeder folder --report r.json')
    expect(options).toMatchObject({ from: '2026-03-02', days: 7 })
    expect(new Date(options.from).getUTCDay()).toBe(1)
    expect(options.homes).toEqual({ kind: 'feeder', folder: 'folder', limitPermille: null, isFlexible: false })
    expect(read('--feeder folder --report r.json --from 2026-05-04 --days 2')).toMatchObject({
      from: '2026-05-04',
      days: 2,
    })
  })

  test.each([
    ['0.8', 800],
    ['1', 1_000],
    ['0.001', 1],
  ])('takes %s of the peak as %i thousandths', (limit, limitPermille) => {
    const { homes } = read(`--feeder folder --report r.json --limit ${limit} --flexibility`)
    expect(homes).toMatchObject({ limitPermille, isFlexible: true })
  })

  test.each(['0', '-0.5', '1.001', '0.0005', '80%', ''])('refuses "%s" as a limit', (limit) => {
    const reason = `--limit "${limit}": give a share above 0 to 1 with at most three decimals`
    expect(() => readSimulateOptions(['--feeder', 'folder', '--report', 'r.json', `--limit=${limit}`])).toThrow(
      refusal(reason),
    )
  })

  test.each([
    ['--feeder folder --flexibility --report r.json', '--flexibility goes with --limit'],
    ['--households h.csv --limit 0.8 --report r.json', '--limit goes with --feeder'],
    ['--feeder folder --households h.csv --report r.json', '--feeder stands instead of --households: give one of them'],
    [
      '--feeder folder --assets a.csv --report r.json',
      '--assets goes with --households: the roofs of a feeder are drawn',
    ],
    [
      '--feeder folder --fleet mixed --devices 2 --report r.json',
      '--devices goes with --households: the devices of a feeder are drawn',
    ],
  ])('refuses %s', (line, reason) => {
    expect(() => read(line)).toThrow(refusal(reason))
  })

  test('says what is missing', () => {
    const missing = (line: string) => () => read(line)
    expect(missing('--feeder folder')).toThrow(/^missing --report\n/)
    expect(missing('--report r.json')).toThrow(/^missing --households, --from, --days\n/)
  })
})
