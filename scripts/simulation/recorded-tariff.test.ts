import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { deliveryPeriod } from '../../services/domain/units.ts'
import { readGridTariff, readRecordedTariff } from './recorded-tariff.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'commonwatt-tariff-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function written(lines: readonly string[]): Promise<string> {
  const file = path.join(folder, 'prices.csv')
  await writeFile(file, lines.join('\n'))
  return file
}

const FIRST = deliveryPeriod(Date.parse('2025-05-11T11:00:00Z') / 900_000)

describe('readRecordedTariff', () => {
  test('reads prices per MWh, negative ones too, each for the four quarter-hours of its hour', async () => {
    const file = await written([
      'interval_start_utc,price_eur_per_mwh',
      '2025-05-11T11:00:00Z,-250.32',
      '2025-05-11T12:00:00Z,2.16',
    ])
    expect(await readRecordedTariff(file, FIRST, 5)).toEqual([-250_320n, -250_320n, -250_320n, -250_320n, 2_160n])
  })

  test('reads the retail price per kWh and not the CO2 beside it', async () => {
    const file = await written([
      'interval_start,co2_kg_per_kwh,retail_tou_usd_per_kwh',
      '2025-05-11T03:00:00-08:00,0.17,0.22',
    ])
    expect(await readRecordedTariff(file, FIRST, 1)).toEqual([220_000n])
  })

  test('names the first quarter-hour without a price', async () => {
    const file = await written(['interval_start,price_eur_per_kwh', '2025-05-11T11:00:00Z,0.3'])
    await expect(readRecordedTariff(file, FIRST, 5)).rejects.toMatchObject({
      code: 'tariff-missing',
      message: expect.stringContaining('2025-05-11T12:00:00.000Z') as string,
    })
  })

  test('names file, line and reason of bad rows', async () => {
    const file = await written([
      'interval_start,price_eur_per_kwh',
      '2025-05-11T11:00:00Z,cheap',
      '2025-05-11T12:00:00Z,4.1',
    ])
    await expect(readRecordedTariff(file, FIRST, 1)).rejects.toMatchObject({
      message: 'prices.csv:2: "cheap" is not a price\nprices.csv:3: 4.1 is outside -500 to 4,000 EUR/MWh',
    })
  })
})

describe('readGridTariff', () => {
  test('halves the tariff for energy from inside the area, and reads the column of the grid', async () => {
    const file = await written([
      'interval_start,grid_eur_per_kwh,retail_eur_per_kwh',
      '2025-05-11T11:00:00Z,0.12,0.3',
      '2025-05-11T12:00:00Z,0.05,0.3',
    ])
    const [first, , , , last] = await readGridTariff(file, FIRST, 5)
    expect([first, last]).toEqual([
      { grid: 120_000n, gridLocal: 60_000n },
      { grid: 50_000n, gridLocal: 25_000n },
    ])
  })

  test('refuses to pay for transport', async () => {
    const file = await written(['interval_start,grid_eur_per_kwh', '2025-05-11T11:00:00Z,-0.01'])
    await expect(readGridTariff(file, FIRST, 1)).rejects.toMatchObject({
      code: 'tariff-negative',
      message: expect.stringContaining('2025-05-11T11:00:00.000Z') as string,
    })
  })
})
