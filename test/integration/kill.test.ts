import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { writeHouseholds } from '../../bench/households.ts'
import { runSimulation } from './simulation-run.ts'

const SERVICES = ['gateway', 'market-operator', 'indexer', 'api', 'agent']

const HOMES = 10
/** Hours in which nothing is recorded of any home. */
const SILENT = /(T(?:12|13|23):[^,]*),.*/g
/** Each in its turn, four times. */
const IN_TURN = Array.from({ length: 4 * SERVICES.length }, (_, turn) => ({
  settled: 5 + 4 * turn,
  service: SERVICES[turn % SERVICES.length]!,
}))
/** No meter sends anything to a gateway that was started again there, so that it has to let time go on before it estimates. */
const IN_SILENCE = [48, 52, 92].map((settled) => ({ settled, service: 'gateway' }))

/**
 * A run in which services are killed with SIGKILL, each several times, ends with the report of a run in which nothing
 * happened: every figure, every clearing, and the gas to the unit.
 */
describe('a service that is killed in the middle of a run', () => {
  let folder: string
  let flags: string[]

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'commonwatt-kill-'))
    const csv = path.join(folder, 'households.csv')
    const { from } = await writeHouseholds(csv, HOMES)
    writeFileSync(csv, readFileSync(csv, 'utf8').replaceAll(SILENT, '$1,,'))
    flags = ['--households', csv, '--from', from, '--days', '1', '--forecast', 'perfect']
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  test('changes no figure of the report, not even while nothing is recorded of any home', async () => {
    const due = [...IN_TURN, ...IN_SILENCE].toSorted((one, other) => one.settled - other.settled)
    const [undisturbed, killed] = await Promise.all([
      runSimulation(flags),
      runSimulation(flags, (settled, killService) => {
        if (due.length === 0 || settled < due[0]!.settled) return
        killService(due.shift()!.service)
      }),
    ])
    expect(undisturbed.code, undisturbed.output).toBe(0)
    expect(killed.code, killed.output).toBe(0)
    expect(due, killed.output).toEqual([])
    expect({ ...killed.report, wallSeconds: 0 }).toEqual({ ...undisturbed.report, wallSeconds: 0 })
  }, 600_000)
})
