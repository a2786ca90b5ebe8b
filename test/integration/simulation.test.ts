import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { paidOf, type Report } from '../../scripts/simulation/report.ts'
import { runSimulation } from './simulation-run.ts'

const shared = process.env.COMMONWATT_SHARED
const data = path.join(shared ?? '', 'data')
const CITYLEARN = path.join(data, 'households_citylearn2022_8homes_60min.csv.gz')
const homes = [
  ['--households', CITYLEARN],
  ['--assets', path.join(data, 'households_citylearn2022_8homes_assets.csv')],
  ['--prices', path.join(data, 'context_citylearn2022_tou_co2_weather_60min.csv.gz')],
].flat()
const withSharedData = shared === undefined ? 'skipped, COMMONWATT_SHARED is not set' : 'recorded data'

function expectNoViolation(report: Report): void {
  expect(report.invariants.length).toBeGreaterThan(10)
  for (const { name, checks, violations, examples } of report.invariants) {
    expect(checks, name).toBeGreaterThan(0)
    expect(violations, `${name}: ${examples.join('; ')}`).toBe(0)
  }
}

/** What neighbours could trade at most, straight from the file: shares no code with the product. */
function leastOfSurplusAndDeficit(
  csv: string,
  firstHour: string,
  hours: number,
): { traded: number; load: number; pv: number } {
  const start = new Date(firstHour).getTime()
  const netOf: number[] = new Array<number>(hours * 4).fill(0).map(() => 0)
  const surplus = [...netOf]
  const deficit = [...netOf]
  const totals = new Map<string, { load: number; pv: number }>()
  let load = 0
  let pv = 0
  const rows = csv
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split(','))
  for (const [home, time, loadKwh, pvKwh] of rows) {
    const hour = (new Date(time!).getTime() - start) / 3_600_000
    if (hour < 0 || hour >= hours) continue
    const total = totals.get(home!) ?? { load: 0, pv: 0 }
    totals.set(home!, total)
    for (let quarter = 0; quarter < 4; quarter += 1) {
      // Tenths of a Wh, kept as whole numbers of 1/40 Wh; each register shows the running total to the nearest Wh.
      const before = [Math.floor((total.load + 20) / 40), Math.floor((total.pv + 20) / 40)] as const
      total.load += Math.round(Number(loadKwh) * 10_000)
      total.pv += Math.round(Number(pvKwh) * 10_000)
      const taken = Math.floor((total.load + 20) / 40) - before[0]
      const made = Math.floor((total.pv + 20) / 40) - before[1]
      load += taken
      pv += made
      if (made > taken) surplus[hour * 4 + quarter]! += made - taken
      else deficit[hour * 4 + quarter]! += taken - made
    }
  }
  return { traded: surplus.reduce((sum, value, period) => sum + Math.min(value, deficit[period]!), 0), load, pv }
}

describe(`commonwatt simulate (${withSharedData})`, () => {
  const flags = [...homes, '--from', '2016-08-01', '--days', '2']
  let perfect: Awaited<ReturnType<typeof runSimulation>>
  beforeAll(async () => {
    if (shared !== undefined) perfect = await runSimulation([...flags, '--forecast', 'perfect'])
  })

  test.skipIf(shared === undefined)(
    'trades all that eight real homes can trade in two days, and nobody pays more',
    async () => {
      const { code, output, report } = perfect
      expect(code, output).toBe(0)
      const expected = leastOfSurplusAndDeficit(
        gunzipSync(readFileSync(CITYLEARN)).toString(),
        '2016-08-01T00:00:00-08:00',
        2 * 24,
      )
      const { periods, households, energyWh, moneyMicroEuro, clearings, gas } = report!
      expect({ periods, households }).toEqual({ periods: 192, households: 8 })
      expect(energyWh.traded).toBe(expected.traded)
      expect(energyWh.load).toBe(expected.load)
      expect(energyWh.pv).toBe(expected.pv)
      expect(energyWh.gridImport - energyWh.gridExport).toBe(expected.load - expected.pv)
      expect(clearings).toHaveLength(192)
      expect(clearings.reduce((sum, { volumeWh }) => sum + volumeWh, 0)).toBe(expected.traded)
      expect(Object.keys(moneyMicroEuro.households)).toHaveLength(8)
      for (const [home, lines] of Object.entries(moneyMicroEuro.households)) {
        expect(paidOf(lines), home).toBeLessThanOrEqual(lines.tariffOnly)
      }
      expect(moneyMicroEuro.total.market).toBe(0)
      expect(moneyMicroEuro.sum).toBe(0)
      expect(gas.total).toBeGreaterThan(0)
      expectNoViolation(report!)
    },
  )

  test.skipIf(shared === undefined)(
    'has imbalance to settle with forecasts by persistence, and money still sums to zero',
    async () => {
      const persistence = await runSimulation([...flags, '--forecast', 'persistence'])
      expect(persistence.code, persistence.output).toBe(0)
      const { energyWh, moneyMicroEuro } = persistence.report!
      expect(energyWh.traded).toBeGreaterThan(0)
      expect(energyWh.traded).toBeLessThan(perfect.report!.energyWh.traded)
      expect(energyWh.gridImport).toBeGreaterThan(perfect.report!.energyWh.gridImport)
      expect(moneyMicroEuro.total.imbalance).toBeGreaterThan(perfect.report!.moneyMicroEuro.total.imbalance)
      expect(moneyMicroEuro.sum).toBe(0)
      expectNoViolation(persistence.report!)
    },
  )

  test.skipIf(shared === undefined)('reads the day profiles of a real feeder', async () => {
    const { code, output, report } = await runSimulation([
      '--households',
      path.join(data, 'au_lv_feeder_N'),
      '--from',
      '2026-01-01',
      '--days',
      '1',
    ])
    expect(code, output).toBe(0)
    expect(report).toMatchObject({ households: 63, periods: 96, energyWh: { pv: 0, traded: 0 } })
    expect(report!.energyWh.gridImport).toBe(report!.energyWh.load)
    expectNoViolation(report!)
  })
})

describe('commonwatt simulate', () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'commonwatt-homes-'))
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  const quarter = (home: string, at: number, load: string, pv: string) =>
    `${home},${new Date(Date.UTC(2026, 2, 1, 0, 15 * at)).toISOString()},${load},${pv}`
  const day = (home: string, load: string, pv: string) =>
    Array.from({ length: 96 }, (_, at) => quarter(home, at, load, pv))
  const written = (name: string, rows: readonly string[]) => {
    const file = path.join(folder, name)
    writeFileSync(file, ['home,interval_start,load_kwh,pv_kwh', ...rows].join('\n'))
    return file
  }

  test('estimates gaps and marks them as estimated, and loses no more than what is missing', async () => {
    const sunny = day('sunny', '0.05', '0.45')
    const rows = [
      ...day('shady', '0.2', '0'),
      quarter('sunny', 0, '0.05', '0.35'),
      ...sunny.filter((_, at) => (at > 0 && at < 40) || at >= 48),
      ...[40, 41, 42, 43].map((at) => quarter('sunny', at, '', '')),
      ...day('a', '0.1', '0').filter((_, at) => at !== 40),
      ...day('b', '0.1', '0').filter((_, at) => at !== 0),
    ]
    const { code, output, report } = await runSimulation([
      '--households',
      written('gap.csv', rows),
      '--from',
      '2026-03-01',
      '--days',
      '1',
    ])
    expect(code, output).toBe(0)
    expect(output).toContain('sunny: nothing recorded for 8 periods from 2026-03-01T10:00:00.000Z')
    expect(report!.gaps.toSorted((one, other) => one.household.localeCompare(other.household))).toEqual([
      { household: 'a', from: '2026-03-01T10:00:00.000Z', to: '2026-03-01T10:15:00.000Z', periods: 1 },
      { household: 'b', from: '2026-03-01T00:00:00.000Z', to: '2026-03-01T00:15:00.000Z', periods: 1 },
      { household: 'sunny', from: '2026-03-01T10:00:00.000Z', to: '2026-03-01T12:00:00.000Z', periods: 8 },
    ])
    // For 22 hours all the surplus goes to the neighbours; for two hours they have nobody to buy from.
    expect(report!.energyWh).toEqual({
      load: 96 * 200 + 88 * 50 + 2 * 95 * 100,
      pv: 88 * 450 - 100,
      traded: 88 * 400 - 100,
      gridImport: 8 * (200 + 100 + 100) - 100,
      gridExport: 0,
    })
    const { sunny: lines } = report!.moneyMicroEuro.households
    expect(lines!.imbalance).toBe(0)
    expectNoViolation(report!)
  })

  test('names the bad row, by file, line and reason, and writes no report', async () => {
    const file = written('bad.csv', [...day('a', '0.4', '0'), quarter('b', 0, 'much', '0')])
    const { code, output, report } = await runSimulation(['--households', file, '--from', '2026-03-01', '--days', '1'])
    expect(code).toBe(1)
    expect(output).toContain('bad.csv:98: "much" is not an energy from 0 to 1,000 kWh')
    expect(report).toBeNull()
  })

  test('has no devices beside its meters where these speak MQTT alone', async () => {
    const flags = ['--households', 'x.csv', '--from', '2026-03-01', '--days', '1']
    const { code, output } = await runSimulation([...flags, '--devices', '3'])
    expect([code, output]).toEqual([1, expect.stringContaining('--devices goes with --fleet mixed')])
  })

  test('says what is missing on its command line', async () => {
    const { code, output } = await runSimulation(['--households', 'x.csv'])
    expect(code).toBe(1)
    expect(output).toContain('missing --from, --days')
  })
})
