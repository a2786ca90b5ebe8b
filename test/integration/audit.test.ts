import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { audit } from '../../scripts/audit.ts'
import type { ConsentData } from '../../scripts/audit/consent-data.ts'
import type { AuditReport } from '../../scripts/audit/report/report-model.ts'
import { serveCopy } from './audit-copy.ts'
import { ANNA, BEN, CEM, DAY, ELI, FIRST_PERIOD, LAST_PERIOD, WRONG_SUM } from './audit-scenario.ts'
import { auditCopy, makeAuditWorld, type AuditWorld } from './audit-world.ts'

let world: AuditWorld
let folder: string

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'commonwatt-audit-'))
  world = await makeAuditWorld()
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('an audit of a true ledger', () => {
  test('agrees, and has recomputed everything that happened', async () => {
    const { difference, counts, foreign, books } = await auditCopy(world.truth)
    expect(difference).toBeNull()
    expect(foreign).toEqual([])
    expect(counts).toMatchObject({ sessions: 4, orders: 20, voidOrders: 2, keyPages: 2, readings: 5, runs: 2 })
    expect(books!.challenges.outcomes).toMatchObject([
      { kind: 'order-left-out', upheld: true, member: ELI, recomputed: true },
      { kind: 'statement', upheld: true, member: ANNA, recomputed: true, moved: -1_000n },
      { kind: 'statement', upheld: false, member: BEN, recomputed: true },
      { kind: 'statement', upheld: true, member: CEM, period: null, recomputed: true },
      { kind: 'statement', upheld: false, member: BEN, period: null, recomputed: true },
    ])
    const run = books!.runs.runOf(1, DAY, 0)!
    expect(run).toMatchObject({ withheld: 0n })
    expect(books!.challenges.correctedOf(1, DAY, 0)).toEqual([
      { memberId: ANNA, moved: -1_000n, owed: 0n },
      { memberId: CEM, moved: -WRONG_SUM, owed: 0n },
    ])
    expect(books!.tradingDays.openDaysOf(1)).toEqual([])
  })

  test('proves every reading and statement that members give, and the roots as a whole', async () => {
    const { difference, consent: summary } = await auditCopy(world.truth, world.consent)
    expect(difference).toBeNull()
    expect(summary).toMatchObject({
      readings: 25,
      signedReadings: 24,
      statements: 18,
      wholeRoots: 7,
      institutionRuns: 1,
    })
  })

  test('finds what a meter did not sign, and what is said to be metered and was not', async () => {
    const ofBen = (change: (data: ConsentData) => void) => {
      const data = structuredClone(world.consent.filter(({ memberId }) => memberId === BEN))
      change(data[0]!)
      return auditCopy(world.truth, data)
    }
    const forged = await ofBen(({ signedReadings }) => (signedReadings![1]!.importRegisterWh = '5261'))
    expect(forged.difference).toMatchObject({ check: 'consent-meters', member: BEN, period: FIRST_PERIOD })
    const missing = await ofBen(({ signedReadings }) => signedReadings!.splice(1, 1))
    expect(missing.difference).toMatchObject({ check: 'consent-meters', member: BEN, period: FIRST_PERIOD })
    const notShown = await ofBen((data) => delete data.signedReadings)
    expect(notShown).toMatchObject({ difference: null, consent: { readings: 5, signedReadings: 0 } })
  })

  test('computes the lines of one member alone', async () => {
    const { difference, consent: summary } = await auditCopy(
      world.truth,
      world.consent.filter(({ memberId }) => memberId === BEN),
    )
    expect(difference).toBeNull()
    expect(summary).toMatchObject({ readings: 5, statements: 2, lines: 40, wholeRoots: 0 })
  })

  test('writes a report for people and one for machines, and says so with exit code 0', async () => {
    const served = await serveCopy(world.truth)
    const file = path.join(folder, 'members.json')
    writeFileSync(file, JSON.stringify(world.consent))
    const said = vi.spyOn(console, 'log').mockImplementation(() => undefined)
    const from = new Date(FIRST_PERIOD * 900_000).toISOString()
    const flags = ['--ledger', served.url, '--from', from, '--to', String(LAST_PERIOD), '--area', '1']
    try {
      expect(await audit([...flags, '--data', file, '--out', folder])).toBe(0)
      expect(said.mock.calls.flat().join('\n')).toContain('Everything agrees')
    } finally {
      said.mockRestore()
      await served.stop()
    }
    const report = JSON.parse(readFileSync(path.join(folder, 'report.json'), 'utf8')) as AuditReport
    expect(report).toMatchObject({ result: 'agrees', difference: null })
    expect(report.sessions).toHaveLength(4)
    expect(report.roles.filter(({ change }) => change === 'granted').length).toBeGreaterThanOrEqual(6)
    expect(report.accreditations.length).toBeGreaterThanOrEqual(10)
    // Five households with their connections and meters, and who serves them.
    expect(report.credentials.length).toBeGreaterThanOrEqual(3 * 5 + 10)
    const page = readFileSync(path.join(folder, 'report.html'), 'utf8')
    expect(page).toContain('Everything agrees')
    expect(page.match(/<svg/g)).toHaveLength(5)
    expect(page).not.toMatch(/https?:\/\//)
  })
})

test('the copy holds the deployment that was made', async () => {
  const { deployment } = await auditCopy(world.truth)
  const made = Object.fromEntries(
    Object.entries(world.addresses).map(([name, address]) => [name, address.toLowerCase()]),
  )
  expect(deployment!.addresses).toEqual(made)
})
