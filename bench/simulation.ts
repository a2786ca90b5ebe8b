import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { simulate } from '../scripts/simulate.ts'
import type { Report } from '../scripts/simulation/report.ts'
import type { Figure } from './figure.ts'
import { writeHouseholds } from './households.ts'

/** Gas of one ERC-20 transfer between two accounts that hold some already (OpenZeppelin ERC20, warm storage values). */
const TRANSFER_GAS = 34_500

/** One day of invented homes through all processes: how long it takes, and what it costs on the ledger. */
export async function measureSimulation(households: number): Promise<Figure[]> {
  const folder = await mkdtemp(path.join(tmpdir(), 'commonwatt-bench-'))
  try {
    const csv = path.join(folder, 'households.csv')
    const file = path.join(folder, 'report.json')
    const { from } = await writeHouseholds(csv, households)
    const code = await simulate(['--households', csv, '--from', from, '--days', '1', '--report', file])
    if (code !== 0) throw new Error(`the simulation of ${households} households ended with ${code}`)
    const report = JSON.parse(await readFile(file, 'utf8')) as Report
    const transfer = `an ERC-20 transfer: about ${TRANSFER_GAS} gas`
    return [
      {
        name: `simulate.secondsPerDay${households}Households`,
        value: report.wallSeconds,
        unit: 's',
        target: households === 500 ? '< 600' : null,
        reference: `real time: 86,400 s (${Math.round(86_400 / report.wallSeconds)} times as fast)`,
      },
      {
        name: `ledger.gasPerOrder${households}Households`,
        value: report.gas.perOrder ?? 0,
        unit: 'gas',
        target: null,
        reference: transfer,
      },
      {
        name: `ledger.gasPerReading${households}Households`,
        value: report.gas.perReading ?? 0,
        unit: 'gas',
        target: null,
        reference: transfer,
      },
      {
        name: `ledger.gasPerHouseholdPeriod${households}Households`,
        value: report.gas.perHouseholdPeriod,
        unit: 'gas',
        target: null,
        reference: transfer,
      },
    ]
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
