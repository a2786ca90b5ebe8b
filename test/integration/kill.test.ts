import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { writeHouseholds } from '../../bench/households.ts'
import type { Report } from '../../scripts/simulation/report.ts'
import { runSimulation } from './simulation-run.ts'

const SERVICES = ['gateway', 'market-operator', 'indexer', 'api', 'agent']

/**
 * A run in which services are killed with SIGKILL, each several times, ends with the report of a run in which nothing
 * happened: every figure, every clearing, and the gas to the unit.
 */
describe('a service that is killed in the middle of a run', () => {
  let folder: string
  let flags: string[]
  let undisturbed: Report

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'commonwatt-kill-'))
    const csv = path.join(folder, 'households.csv')
    const { from } = await writeHouseholds(csv, 10)
    flags = ['--households', csv, '--from', from, '--days', '1', '--forecast', 'perfect']
    const { code, output, report } = await runSimulation(flags)
    expect(code, output).toBe(0)
    undisturbed = report!
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  test('changes no figure of the report', async () => {
    // Each in its turn, four times.
    const due = Array.from({ length: 4 * SERVICES.length }, (_, turn) => ({
      settled: 5 + 4 * turn,
      service: SERVICES[turn % SERVICES.length]!,
    }))
    const { code, output, report } = await runSimulation(flags, (settled, killService) => {
      if (due.length === 0 || settled < due[0]!.settled) return
      killService(due.shift()!.service)
    })
    expect(code, output).toBe(0)
    expect(due, output).toEqual([])
    expect({ ...report, wallSeconds: 0 }).toEqual({ ...undisturbed, wallSeconds: 0 })
  })
})

/** No meter sends anything to a gateway that was started again, so that it has to let time go on before it estimates. */
test('a gateway that is killed while nothing is recorded of any home changes no figure of the report', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'commonwatt-kill-'))
  try {
    const csv = path.join(folder, 'households.csv')
    const { from } = await writeHouseholds(csv, 4)
    writeFileSync(csv, readFileSync(csv, 'utf8').replaceAll(/(T(?:12|13|23):[^,]*),.*/g, '$1,,'))
    const flags = ['--households', csv, '--from', from, '--days', '1', '--forecast', 'perfect']
    const undisturbed = await runSimulation(flags)
    expect(undisturbed.code, undisturbed.output).toBe(0)
    const due = [48, 52, 92]
    const { code, output, report } = await runSimulation(flags, (settled, killService) => {
      if (due.length === 0 || settled < due[0]!) return
      due.shift()
      killService('gateway')
    })
    expect(code, output).toBe(0)
    expect(due, output).toEqual([])
    expect({ ...report, wallSeconds: 0 }).toEqual({ ...undisturbed.report, wallSeconds: 0 })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
