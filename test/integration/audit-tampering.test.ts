import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import { audit } from '../../scripts/audit.ts'
import { LAST_PERIOD } from '../../scripts/audit/audit-options.ts'
import type { ConsentData } from '../../scripts/audit/consent-data.ts'
import { formatReport } from '../../scripts/audit/report/report-html.ts'
import { buildReport } from '../../scripts/audit/report/report-model.ts'
import {
  blockOf,
  cloneCopy,
  findLog,
  flipped,
  headOf,
  makeConsistent,
  omitTransaction,
  serveCopy,
  truncate,
  type LedgerCopy,
} from './audit-copy.ts'
import { AREA, PERIOD_SECONDS } from './audit-ledger.ts'
import {
  clearOf,
  deposit,
  KINDS,
  lastReleased,
  orderAt,
  ordersCleared,
  readingsCommitted,
  roleGranted,
  runPaid,
  sessionCleared,
  statementsCommitted,
  withdrawal,
} from './audit-kinds.ts'
import { ANNA, BEN, CEM, DAY, ELI, FIRST_PERIOD } from './audit-scenario.ts'
import { auditCopy, differenceAfter, makeAuditWorld, topicOf, type AuditWorld } from './audit-world.ts'

let world: AuditWorld
let truth: LedgerCopy

beforeAll(async () => {
  world = await makeAuditWorld()
  truth = world.truth
})

const differenceOf = (tamper: (copy: LedgerCopy) => void) => differenceAfter(truth, tamper)

describe('one thing changed in a copy of the ledger is caught and named', () => {
  test.each(KINDS)('%s', async (_, tamper, expected) => {
    const difference = await differenceOf((copy) => tamper(copy, world.addresses))
    expect(difference).toMatchObject(expected(truth))
  })

  test('the last block, where the ledger then ends before what is audited', async () => {
    const end = Number(blockOf(truth, headOf(truth)).timestamp)
    const scope = { toPeriod: Math.floor(end / PERIOD_SECONDS) - 1 }
    expect(await differenceAfter(truth, () => undefined, scope)).toBeNull()
    expect(await differenceAfter(truth, truncate, scope)).toMatchObject({
      check: 'ledger-end',
      block: headOf(truth) - 1,
    })
  })

  test('and nothing of the block that differs is in the report', async () => {
    const copy = cloneCopy(truth)
    const { log } = sessionCleared(copy)
    log.data = flipped(log.data, 30)
    const outcome = await auditCopy(copy)
    const report = buildReport(outcome, { fromPeriod: 0, toPeriod: LAST_PERIOD, area: null })
    expect(report).toMatchObject({ result: 'differs', difference: { check: 'receipts-root' }, sessions: [] })
    expect(report.checks.find(({ name }) => name === 'clearing')).toMatchObject({ count: 0 })
  })

  test('nor anything that a node would have a browser run', async () => {
    const copy = cloneCopy(truth)
    const { transaction, receipt } = roleGranted(copy)
    const hash = '<img src=x onerror=alert(1)>'
    copy.set(`eth_getTransactionReceipt ${JSON.stringify([hash])}`, { result: { ...receipt, transactionHash: hash } })
    transaction.hash = hash
    const page = formatReport(buildReport(await auditCopy(copy), { fromPeriod: 0, toPeriod: LAST_PERIOD, area: null }))
    expect(page).toContain('answers in no form that exists')
    expect(page).not.toContain('<img')
  })
})

describe('a forger who made all hashes fit again', () => {
  /** Changes something and makes every hash from that block on fit. */
  const forge = (change: (copy: LedgerCopy) => number) =>
    differenceOf((copy) => {
      makeConsistent(copy, change(copy))
    })

  test('is caught by the rule of the clearing price', async () => {
    const difference = await forge((copy) => {
      const { log, number } = sessionCleared(copy)
      log.data = flipped(log.data, 30)
      return number
    })
    expect(difference).toMatchObject({
      check: 'clearing-price',
      period: FIRST_PERIOD,
      transaction: sessionCleared(truth).transaction.hash,
    })
  })

  test('is caught by the rule of fills, which names the member', async () => {
    const difference = await forge((copy) => {
      const { log, number } = ordersCleared(copy)
      log.data = flipped(log.data, 4 * 32 + 6)
      return number
    })
    expect(difference).toMatchObject({ check: 'fills', period: FIRST_PERIOD, member: ANNA })
  })

  test("is caught by an order's signature, though the transaction has a new sender", async () => {
    const difference = await forge((copy) => {
      const { transaction, number } = clearOf(copy, FIRST_PERIOD)
      transaction.input = flipped(transaction.input, orderAt(1, 30))
      return number
    })
    expect(difference).toMatchObject({ check: 'orders-hash', period: FIRST_PERIOD, member: BEN })
  })

  test('is caught by the payments that were submitted, and names whose is another', async () => {
    const difference = await forge((copy) => {
      const { log, number } = runPaid(copy)
      log.data = flipped(log.data, 4 * 32 + 4 * 11 + 10)
      return number
    })
    expect(difference).toMatchObject({
      check: 'payments',
      day: DAY,
      member: ANNA,
      transaction: runPaid(truth).transaction.hash,
    })
  })

  test('is caught by the payments that were committed, before any is made', async () => {
    const difference = await forge((copy) => {
      const { log, number } = statementsCommitted(copy)
      log.data = flipped(log.data, 7 * 32 + 4 * 11 + 10)
      return number
    })
    expect(difference).toMatchObject({
      check: 'payments',
      day: DAY,
      member: ANNA,
      transaction: statementsCommitted(truth).transaction.hash,
    })
  })

  test('is caught by what holds a run back, which is what its corrections owe', async () => {
    const difference = await forge((copy) => {
      const { log, number } = findLog(copy, topicOf('settlement', 'RunWithheld'))
      log.data = flipped(log.data, 63)
      return number
    })
    expect(difference).toMatchObject({ check: 'challenges', day: DAY })
    expect(difference?.message).toContain('what holds the run back')
  })

  test('is caught by what a correction left owed, as the call that proved it shows', async () => {
    const difference = await forge((copy) => {
      const { log, number } = findLog(
        copy,
        topicOf('challenges', 'StatementCorrected'),
        (topics) => Number(topics[3]) === CEM,
      )
      log.data = flipped(log.data, 4 * 32 - 1)
      return number
    })
    expect(difference).toMatchObject({ check: 'challenges', day: DAY, member: CEM })
  })

  test('is caught by the call of the metering operator, who committed another root', async () => {
    const difference = await forge((copy) => {
      const { log, number } = readingsCommitted(copy)
      log.data = flipped(log.data, 40)
      return number
    })
    expect(difference).toMatchObject({ check: 'readings', period: FIRST_PERIOD + 1 })
  })

  test('is caught by the role that its own signature does not have', async () => {
    const difference = await forge((copy) => {
      const { log, number, transaction } = readingsCommitted(copy)
      log.data = flipped(log.data, 40)
      transaction.input = flipped(transaction.input, 4 + 2 * 32 + 8)
      return number
    })
    expect(difference).toMatchObject({ check: 'roles', period: FIRST_PERIOD + 1 })
  })

  test('is caught by readings of a gateway without the delegation by which it commits them', async () => {
    const difference = await forge((copy) => {
      const { receipt, number } = readingsCommitted(copy)
      const used = topicOf('delegations', 'DelegationUsed')
      expect(receipt.logs.map(({ topics }) => topics[0])).toContain(used)
      receipt.logs = receipt.logs.filter(({ topics }) => topics[0] !== used)
      return number
    })
    expect(difference).toMatchObject({ check: 'roles', period: FIRST_PERIOD + 1 })
  })

  test('is caught by the call that gave the role to somebody else', async () => {
    const difference = await forge((copy) => {
      const { log, number } = roleGranted(copy)
      log.topics[2] = flipped(log.topics[2]!, 31)
      return number
    })
    expect(difference).toMatchObject({ check: 'calls', transaction: roleGranted(truth).transaction.hash })
  })

  test('is caught by the tokens that did not move with a deposit', async () => {
    const difference = await forge((copy) => {
      const { log, number } = deposit(copy)
      log.data = flipped(log.data, 31)
      return number
    })
    expect(difference).toMatchObject({ check: 'currency', member: CEM })
  })

  test('is caught by the call that set a levy to something else', async () => {
    const difference = await forge((copy) => {
      const { log, number } = findLog(copy, topicOf('areaRegistry', 'LevySet'))
      log.data = flipped(log.data, 31)
      return number
    })
    expect(difference).toMatchObject({ check: 'calls', area: AREA })
    expect(difference?.message).toBe('levy of LevySet is 20501, and the call said 20500')
  })

  test('is caught by a call that left no event, with the member', async () => {
    const difference = await forge((copy) => {
      const { receipt, number } = withdrawal(copy)
      receipt.logs = []
      return number
    })
    expect(difference).toMatchObject({
      check: 'calls',
      transaction: withdrawal(truth).transaction.hash,
      member: CEM,
    })
  })

  test("is caught by the number of its sender's next transaction, where one was left out", async () => {
    const { transaction } = findLog(truth, topicOf('callAuction', 'OrderOpened'))
    const difference = await forge((copy) => {
      const { number } = findLog(copy, topicOf('callAuction', 'OrderCommitted'))
      omitTransaction(copy, number)
      return number
    })
    expect(difference).toMatchObject({ transaction: transaction.hash, period: FIRST_PERIOD + 2, member: ELI })
  })

  test("is caught by the number of a sender's transactions, where its last one was left out", async () => {
    const { transaction } = lastReleased(truth)
    const difference = await forge((copy) => {
      const { number } = lastReleased(copy)
      omitTransaction(copy, number)
      return number
    })
    expect(difference).toMatchObject({ check: 'nonces' })
    expect(difference?.message).toContain(`${transaction.from} has sent ${Number(transaction.nonce) + 1} transactions`)
  })

  test('is caught by a gate that closed before its time', async () => {
    const difference = await forge((copy) => {
      const { number } = findLog(copy, topicOf('callAuction', 'GateClosed'))
      const block = blockOf(copy, number)
      block.timestamp = blockOf(copy, number - 1).timestamp
      return number
    })
    expect(difference).toMatchObject({ check: 'sessions', period: FIRST_PERIOD })
  })
})

test('a statement that a member changed is caught by the root that it is not under', async () => {
  const data = structuredClone(world.consent)
  data.find(({ memberId }) => memberId === BEN)!.statements[0]!.periods[0]!.importWh = '201'
  expect((await auditCopy(truth, data)).difference).toMatchObject({
    check: 'consent-statements',
    member: BEN,
    day: DAY,
    transaction: statementsCommitted(truth).transaction.hash,
  })
})

test('a statement that is kept back is caught, and one that is given twice is refused', async () => {
  const of = (change: (data: ConsentData) => void) => {
    const data = structuredClone(world.consent.filter(({ memberId }) => memberId === BEN))
    change(data[0]!)
    return auditCopy(truth, data)
  }
  const { difference } = await of(({ statements }) => void statements.splice(1, 1))
  expect(difference).toMatchObject({ check: 'consent-statements', member: BEN, day: DAY })
  expect(difference?.message).toContain('no statement of its corrected run')
  const { failure } = await of(({ statements }) => void statements.push(statements[0]!))
  expect(failure).toMatchObject({ code: 'consent-data-duplicate' })
})

test('a difference ends the command with exit code 1 and one line that says where it is', async () => {
  const copy = cloneCopy(truth)
  const { log, transaction } = deposit(copy)
  log.data = flipped(log.data, 31)
  const folder = mkdtempSync(path.join(tmpdir(), 'commonwatt-audit-'))
  const served = await serveCopy(copy)
  const said = vi.spyOn(console, 'error').mockImplementation(() => undefined)
  vi.spyOn(console, 'log').mockImplementation(() => undefined)
  try {
    expect(await audit(['--ledger', served.url, '--out', folder])).toBe(1)
    const line = said.mock.calls
      .flat()
      .map(String)
      .find((text) => text.startsWith('DIFFERENCE'))
    expect(line).toMatch(
      new RegExp(`^DIFFERENCE receipts-root: block \\d+, transaction ${transaction.hash}.*member ${CEM}: `),
    )
    expect(readFileSync(path.join(folder, 'report.html'), 'utf8')).toContain('There is a difference')
    expect(await audit(['--ledger', served.url, '--from', 'soon', '--out', folder])).toBe(2)
  } finally {
    vi.restoreAllMocks()
    await served.stop()
    rmSync(folder, { recursive: true, force: true })
  }
})
