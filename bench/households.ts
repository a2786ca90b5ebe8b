import { writeFile } from 'node:fs/promises'
import { demoHouseholds, quarterHourOf } from '../scripts/simulation/demo-households.ts'

const FIRST_DAY = Date.UTC(2026, 5, 1) / 1000

/** Writes a day of quarter-hours of invented homes, the same every time, as `commonwatt simulate` reads them. */
export async function writeHouseholds(file: string, count: number): Promise<{ from: string }> {
  const lines = ['home,interval_start,load_kwh,pv_kwh']
  for (const [position, household] of demoHouseholds(count).entries()) {
    for (let quarter = 0; quarter < 96; quarter += 1) {
      const start = FIRST_DAY + quarter * 900
      const { loadWh, pvWh } = quarterHourOf(household, start / 900)
      lines.push(`home_${position + 1},${new Date(start * 1000).toISOString()},${loadWh / 1000},${pvWh / 1000}`)
    }
  }
  await writeFile(file, `${lines.join('\n')}\n`)
  return { from: new Date(FIRST_DAY * 1000).toISOString().slice(0, 10) }
}
