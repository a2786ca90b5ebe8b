import path from 'node:path'
import loadHighs from 'highs'
import { beforeAll, describe, expect, test } from 'vitest'
import type { AnsweredRequest } from '../../scripts/simulation/bought-flexibility.ts'
import type { FlexibilityLine } from '../../scripts/simulation/report-flexibility.ts'
import type { Report } from '../../scripts/simulation/report.ts'
import { runSimulation, type FinishedSimulation } from './simulation-run.ts'

const shared = process.env.COMMONWATT_SHARED
const withSharedData = shared === undefined ? 'skipped, COMMONWATT_SHARED is not set' : 'recorded data'
/** Of an order's price, which is rounded down to a hundred micro-euro after prices are compared. */
const PRICE_STEP = 100

// Its types describe the CommonJS build, in which the loader is a property of what is imported.
const load = loadHighs as unknown as typeof loadHighs.default

describe.skipIf(shared === undefined)(`a day of a real feeder that buys flexibility (${withSharedData})`, () => {
  let run: FinishedSimulation
  beforeAll(async () => {
    const feeder = ['--feeder', path.join(shared!, 'data', 'au_lv_feeder_N'), '--limit', '0.8', '--days', '1']
    run = await runSimulation([...feeder, '--flexibility'])
  }, 900_000)
  const report = (): Report => {
    expect(run.code, run.output).toBe(0)
    return run.report!
  }
  const line = (): FlexibilityLine => report().flexibility!

  test('is overloaded no more, and all that was ordered was delivered', () => {
    const { overloadPeriodsUnmanaged, overloadPeriods, peakW, peakWUnmanaged, limitW, orderedWh, deliveredWh } = line()
    expect(report()).toMatchObject({ from: '2026-03-02T00:00:00.000Z', households: 63, periods: 96 })
    expect(limitW).toBe(Math.floor(0.8 * peakWUnmanaged))
    expect(overloadPeriodsUnmanaged).toBeGreaterThan(0)
    expect(overloadPeriods).toBe(0)
    expect(peakW).toBeLessThanOrEqual(limitW)
    expect(orderedWh).toBeGreaterThan(0)
    expect(deliveredWh).toBe(orderedWh)
  })

  test('pays the least that the offers allow, as another solver finds it', async () => {
    const { requests, costMicroEuro, leastCostMicroEuro } = line()
    const highs = await load()
    const solved = (kind: 'linear' | 'whole') =>
      requests!.reduce((sum, request) => sum + leastOf(highs, request, kind), 0)
    const orders = requests!.reduce((sum, { orders: own }) => sum + own.length, 0)
    expect(orders).toBeGreaterThan(0)
    expect(leastCostMicroEuro).toBeGreaterThanOrEqual(solved('linear') - orders * PRICE_STEP)
    expect(costMicroEuro).toBeLessThanOrEqual(solved('whole') + orders * PRICE_STEP)
    expect(costMicroEuro).toBeGreaterThanOrEqual(solved('whole') - orders * PRICE_STEP)
  })

  test('leaves no household worse off, and sums to zero', () => {
    expect(line().worstHouseholdChangeMicroEuro).toBeGreaterThanOrEqual(0)
    for (const { name, violations, examples } of report().invariants) {
      expect(violations, `${name}: ${examples.join('; ')}`).toBe(0)
    }
  })

  test('tells devices over MQTT and LwM2M', () => {
    const devices = report().devices.map(({ kind, protocol, devices: count }) => `${count} ${kind} ${protocol}`)
    expect(devices).toEqual([
      '63 meter mqtt',
      '10 battery lwm2m',
      '11 battery mqtt',
      '10 ev-charger lwm2m',
      '11 ev-charger mqtt',
    ])
  })
})

type Highs = Awaited<ReturnType<typeof load>>

/** Micro-euro of the cheapest choice that meets the need: parts of options in whole hundredths, or any part of them. */
function leastOf(highs: Highs, { direction, periods, offers }: AnsweredRequest, kind: 'linear' | 'whole'): number {
  const along = (powerW: number) => (direction === 'consume-less' ? -powerW : powerW)
  const columns = offers.flatMap(({ offer, effectPpm, options }) =>
    options.map((option, place) => ({ ...option, offer, effectPpm, name: `${offer}_${place}` })),
  )
  const effectIn = (column: (typeof columns)[number], period: number) => {
    const power = along(column.periods.find(({ deliveryPeriod }) => deliveryPeriod === period)?.powerW ?? 0)
    return (power * column.effectPpm) / 1e6 / 100
  }
  const rows = periods.flatMap(({ deliveryPeriod: period, disposition, minPowerW, maxPowerW }) => {
    const terms = columns.flatMap((column) => {
      const effect = effectIn(column, period)
      return effect === 0 ? [] : [`${effect < 0 ? '-' : '+'} ${Math.abs(effect)} h${column.name}`]
    })
    const [need, room] = direction === 'consume-less' ? [-minPowerW, -maxPowerW] : [maxPowerW, minPowerW]
    if (disposition === 'requested') return [`${terms.join(' ')} >= ${need}`]
    return terms.length === 0 ? [] : [`${terms.join(' ')} >= ${room}`]
  })
  const isWhole = kind === 'whole'
  const one = offers.map(
    ({ offer, options }) =>
      `${options.map((_, place) => `${isWhole ? 'y' : 'h'}${offer}_${place}`).join(' + ')} <= ${isWhole ? 1 : 100}`,
  )
  const links = isWhole
    ? columns.flatMap(({ name, minActivationFactorHundredths: least }) => [
        `h${name} - 100 y${name} <= 0`,
        `h${name} - ${least} y${name} >= 0`,
      ])
    : []
  const names = (letter: string) => columns.map(({ name }) => `${letter}${name}`).join('\n ')
  const program = highs.solve(
    [
      `Minimize\n o: ${columns.map(({ name, priceMicroEuro }) => `${priceMicroEuro / 1e8} h${name}`).join(' + ')}`,
      `Subject To\n ${[...rows, ...one, ...links].join('\n ')}`,
      `Bounds\n ${columns.map(({ name }) => `0 <= h${name} <= 100`).join('\n ')}`,
      ...(isWhole ? [`General\n ${names('h')}`, `Binary\n ${names('y')}`] : []),
      'End\n',
    ].join('\n'),
    { output_flag: false, mip_rel_gap: 0, mip_abs_gap: 0 },
  )
  expect(program.Status).toBe('Optimal')
  return program.ObjectiveValue * 1e6
}
