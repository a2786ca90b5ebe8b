import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { council } from '../../scripts/council.ts'
import { pause, resume } from '../../scripts/pause.ts'
import { recovery } from '../../scripts/recovery.ts'
import { fakeDeps } from '../../services/api/fake-deps.ts'
import { ledgerIdentityOf } from '../../services/api/ledger-identity.ts'
import { createApi, listen, type RunningServer } from '../../services/api/server.ts'
import { isAccredited } from '../../services/chain/credentials.ts'
import { ACCREDITATION_DELAY_SECONDS } from '../../services/chain/governance.ts'
import { advanceTo } from '../../services/chain/hardhat-time.ts'
import { readLatestBlock } from '../../services/chain/ledger-clock.ts'
import { readContract } from '../../services/chain/ledger.ts'
import { isPausedAt } from '../../services/chain/pauses.ts'
import { addressOfKey } from '../../services/chain/typed-data.ts'
import { didOf } from '../../services/domain/identity/did.ts'
import { startGovernedLedger, type GovernedLedger } from './governed-ledger.ts'

const PORT = 18_572
const FRIEND = '0x00000000000000000000000000000000000000f1'
const NEXT = '0x00000000000000000000000000000000000000f2'
const WEEK = 7 * 86_400

let governed: GovernedLedger
let server: RunningServer
let flags: string[]

beforeAll(async () => {
  governed = await startGovernedLedger(PORT, ['Alder 1', 'Alder 2', 'Alder 3', 'Alder 4'])
  const { ledger, keys, folder } = governed
  const ledgerIdentity = ledgerIdentityOf(ledger, addressOfKey(keys.receipts))
  server = await listen(createApi(fakeDeps({ ledgerIdentity })), 0)
  flags = ['--data', folder, '--api-port', String(server.port), '--ledger-url', ledger.url]
})
afterEach(() => vi.restoreAllMocks())
afterAll(async () => {
  await server.close()
  await governed.stop()
})

/** What the command prints. */
async function said(command: (given: readonly string[]) => Promise<number>, ...words: string[]): Promise<string> {
  const lines: string[] = []
  vi.spyOn(console, 'log').mockImplementation((line: string) => void lines.push(line))
  expect(await command([...words, ...flags])).toBe(0)
  return lines.join('\n')
}

const timeNow = async () => (await readLatestBlock(governed.ledger)).timestamp
const accountOf = (name: string) => addressOfKey(governed.homes.find((home) => home.name === name)!.accountKey)
const ownerOf = async (name: string) =>
  String((await readContract(governed.ledger, 'didRegistry', 'identityOwner', accountOf(name)))[0]).toLowerCase()

describe('commonwatt council', () => {
  const accredit = [
    'propose',
    'credentialRegistry.accreditIssuer',
    FRIEND,
    'supplier',
    '1',
    '--reason',
    'a new supplier',
  ]
  const isFriend = () => isAccredited(governed.ledger, FRIEND, 'supplier', 1)

  test('schedules what waits a day, shows what is pending in words, and does it once it is due', async () => {
    expect(await said(council, 'list')).toMatch(/^2 of 3 members decide: 0x.*\nNothing is pending\.$/)
    expect(await said(council, ...accredit)).toMatch(
      /^Proposal 1: schedule, .*\nIt schedules it: propose the same again/,
    )
    const words = `schedule, to be done once its delay is over: accredit ${FRIEND} to issue supplier credentials in area 1`
    expect(await said(council, 'list')).toContain(`  ${words}`)
    expect(await said(council, 'list')).toContain('Proposal 1 (1 of 2 approvals')
    await expect(said(council, 'execute', '1')).rejects.toMatchObject({ code: 'council-below-threshold' })
    await expect(said(council, 'approve', '1')).rejects.toMatchObject({ code: 'council-already-approved' })
    await said(council, 'approve', '1', '--as', 'council-2')
    expect(await said(council, 'list')).toContain('Proposal 1 (to be executed')
    expect(await said(council, 'execute', '1')).toBe(`Executed proposal 1:\n  ${words}`)
    await expect(said(council, 'execute', '1')).rejects.toMatchObject({ code: 'proposal-unknown' })

    await expect(said(council, ...accredit)).rejects.toMatchObject({ code: 'access-manager-already-scheduled' })
    await advanceTo(governed.ledger, (await timeNow()) + ACCREDITATION_DELAY_SECONDS)
    expect(await said(council, ...accredit)).toContain('It is done as soon as it is executed.')
    await said(council, 'approve', '2', '--as', 'council-3')
    await said(council, 'execute', '2')
    expect(await isFriend()).toBe(true)
    expect(await said(council, 'list')).toContain('Nothing is pending.')
  })

  test('schedules what changes who may do what', async () => {
    const words = ['propose', 'accessManager.setGrantDelay', '7', '3600', '--reason', 'calm']
    expect(await said(council, ...words)).toContain('accessManager.setGrantDelay(roleId 7, newDelay 3600)')
    expect(await said(council, 'list')).toContain(
      'schedule, to be done once its delay is over: accessManager.setGrantDelay',
    )
  })

  test('does at once what may be done at once', async () => {
    const did = didOf(governed.ledger.chainId, FRIEND)
    const suspend = ['propose', 'credentialRegistry.suspendIssuer', did, 'supplier', '1', '--reason', 'bankrupt']
    expect(await said(council, ...suspend)).toContain(
      `suspend ${FRIEND} as an issuer of supplier credentials in area 1`,
    )
    await said(council, 'approve', '4', '--as', 'council-2')
    await said(council, 'execute', '4', '--as', 'council-3')
    expect(await isFriend()).toBe(false)
  })

  test.each([
    [['approve', '99'], 'proposal-unknown'],
    [['approve', 'all'], 'settings-invalid'],
    [['propose', 'credentialRegistry.suspendIssuer', FRIEND, 'supplier', '1'], 'settings-invalid'],
    [['propose', 'credentialRegistry.suspendIssuer', FRIEND, 'supplier', '--reason', 'x'], 'call-malformed'],
    [['propose', 'credentialRegistry.suspendIssuer', FRIEND, 'king', '1', '--reason', 'x'], 'call-malformed'],
    [['propose', 'credentialRegistry.suspendIssuer', '0x12', 'supplier', '1', '--reason', 'x'], 'call-malformed'],
    [['propose', 'credentialRegistry.heldBy', FRIEND, 'supplier', '1', '--reason', 'x'], 'call-malformed'],
    [['propose', 'treasury.spend', '--reason', 'x'], 'call-malformed'],
    [['propose', 'accounts.setCreditLine', '1', '5', '--reason', 'x'], 'credential-registry-role-missing'],
    [['list', '--as', 'x', '--unknown', 'y'], 'settings-invalid'],
    [['approve', '1', '--as', 'council-9'], 'settings-invalid'],
    [['resign'], 'settings-invalid'],
  ])('refuses %j as %s, and changes nothing', async (words, code) => {
    const before = (await readLatestBlock(governed.ledger)).number
    await expect(said(council, ...words)).rejects.toMatchObject({ code })
    expect((await readLatestBlock(governed.ledger)).number).toBe(before)
  })

  test('shows how it is used, and says who does not answer', async () => {
    for (const command of [council, pause, resume, recovery]) {
      vi.spyOn(console, 'log').mockImplementation(() => undefined)
      expect(await command(['--help'])).toBe(0)
      vi.restoreAllMocks()
    }
    await expect(council(['list', '--api-port', '1'])).rejects.toMatchObject({ code: 'api-unreachable' })
  })
})

describe('commonwatt pause and resume', () => {
  test('stop trading for some hours, and let it go on', async () => {
    const isPaused = async () => isPausedAt(governed.ledger, 1, (await timeNow()) + 60)
    expect(await said(pause, '1', '--hours', '2', '--reason', 'odd prices')).toMatch(
      /^Trading in area 1 is paused until 2025-/,
    )
    expect(await isPaused()).toBe(true)
    expect(await isPausedAt(governed.ledger, 1, (await timeNow()) + 7_300)).toBe(false)
    await expect(said(pause, '1', '--reason', 'again')).rejects.toMatchObject({ code: 'trading-pause-already-paused' })
    expect(await said(resume, '1', '--reason', 'explained')).toBe('Trading in area 1 goes on.')
    await advanceTo(governed.ledger, (await timeNow()) + 5)
    expect(await isPaused()).toBe(false)
    await expect(said(resume, '1', '--reason', 'again')).rejects.toMatchObject({ code: 'trading-pause-not-paused' })
  })

  test.each([[['1']], [['--reason', 'x']], [['1', '--reason', 'x', '--hours', '73']], [['one', '--reason', 'x']]])(
    'refuse %j',
    async (words) => {
      await expect(said(pause, ...words)).rejects.toMatchObject({ code: 'settings-invalid' })
    },
  )
})

describe('commonwatt recovery', () => {
  test('replaces an owner once enough guardians approve', async () => {
    expect(await said(recovery, 'show', 'Alder 1')).toContain('Its owner chose no guardians.')
    const shown = await said(
      recovery,
      'plan',
      'Alder 1',
      '--guardians',
      `Alder 2,${accountOf('Alder 3')}`,
      '--threshold',
      '2',
    )
    expect(shown).toContain('2 of these guardians can give it a new owner')
    await expect(said(recovery, 'approve', 'Alder 1', NEXT, '--as', 'Alder 4')).rejects.toMatchObject({
      code: 'recovery-not-a-guardian',
    })
    const first = await said(recovery, 'approve', 'Alder 1', NEXT, '--as', 'Alder 2')
    const [, until] = /^1 of 2 guardians approve\. The others give --until (\d+) /.exec(first)!
    expect(await ownerOf('Alder 1')).toBe(accountOf('Alder 1'))
    await said(recovery, 'approve', 'Alder 1', NEXT, '--as', 'Alder 3', '--until', until!)
    expect(await ownerOf('Alder 1')).toBe(NEXT)
  })

  test('replaces it on the proposal of the manager after a week, unless the owner refuses', async () => {
    expect(await said(recovery, 'propose', 'Alder 2', NEXT)).toContain(`The community manager of area 1 proposed`)
    await expect(said(recovery, 'execute', 'Alder 2')).rejects.toMatchObject({ code: 'recovery-too-early' })
    expect(await said(recovery, 'refuse', 'Alder 2')).toContain('Refused')
    await expect(said(recovery, 'propose', 'Alder 2', NEXT)).rejects.toMatchObject({ code: 'recovery-manager-barred' })

    await said(recovery, 'propose', didOf(governed.ledger.chainId, accountOf('Alder 4')), NEXT)
    await advanceTo(governed.ledger, (await timeNow()) + WEEK)
    expect(await said(recovery, 'execute', 'Alder 4')).toContain('is owned by')
    expect(await ownerOf('Alder 4')).toBe(NEXT)
    expect(await ownerOf('Alder 2')).toBe(accountOf('Alder 2'))
  })

  test.each([
    [['show'], 'settings-invalid'],
    [['show', 'nobody'], 'home-unknown'],
    [['show', 'did:ethr:0x1:0x00000000000000000000000000000000000000f1'], 'did-of-another-ledger'],
    [['show', '0x12'], 'did-invalid'],
    [['plan', 'Alder 3', '--threshold', 'two'], 'settings-invalid'],
    [['plan', 'Alder 3', '--guardians', 'Alder 3', '--threshold', '1'], 'recovery-invalid-guardian'],
    [['approve', 'Alder 3', NEXT], 'settings-invalid'],
    [['vote', 'Alder 3'], 'settings-invalid'],
  ])('refuses %j as %s', async (words, code) => {
    await expect(said(recovery, ...words)).rejects.toMatchObject({ code })
  })
})
