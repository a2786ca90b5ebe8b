import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import { audit } from '../../scripts/audit.ts'
import {
  blockOf,
  cloneCopy,
  findLog,
  findTransaction,
  flipped,
  makeConsistent,
  serveCopy,
  type LedgerCopy,
} from './audit-copy.ts'
import { AREA } from './audit-ledger.ts'
import { ANNA, BEN, CEM, DAY, ELI, FIRST_PERIOD } from './audit-scenario.ts'
import { auditCopy, callOf, differenceAfter, makeAuditWorld, topicOf, type AuditWorld } from './audit-world.ts'

let world: AuditWorld
let truth: LedgerCopy

beforeAll(async () => {
  world = await makeAuditWorld()
  truth = world.truth
})

const differenceOf = (tamper: (copy: LedgerCopy) => void) => differenceAfter(truth, tamper)

/** Where the orders lie in the input of a call of `clear`, which names the first of them. */
const ORDERS_AT = 4 + 10 * 32
const orderAt = (position: number, offset: number) => ORDERS_AT + position * 84 + offset
const clearOf = (copy: LedgerCopy, period: number) =>
  findTransaction(copy, ({ input }) => input.startsWith(callOf('callAuction', 'clear', AREA, period)))

const deposit = (copy: LedgerCopy) =>
  findLog(copy, topicOf('accounts', 'Deposited'), (topics) => Number(topics[1]) === CEM)
const sessionCleared = (copy: LedgerCopy) =>
  findLog(copy, topicOf('callAuction', 'SessionCleared'), (topics) => Number(topics[2]) === FIRST_PERIOD)
const ordersCleared = (copy: LedgerCopy) =>
  findLog(copy, topicOf('callAuction', 'OrdersCleared'), (topics) => Number(topics[2]) === FIRST_PERIOD)
const runPaid = (copy: LedgerCopy) => findLog(copy, topicOf('settlement', 'RunPaid'))
const readingsCommitted = (copy: LedgerCopy) =>
  findLog(copy, topicOf('meterReadings', 'ReadingsCommitted'), (topics) => Number(topics[2]) === FIRST_PERIOD + 1)
const statementsCommitted = (copy: LedgerCopy) => findLog(copy, topicOf('settlement', 'StatementsCommitted'))
const roleGranted = (copy: LedgerCopy) =>
  findLog(copy, topicOf('accessManager', 'RoleGranted'), (topics) => Number(topics[1]) === 2)

describe('one byte changed in a copy of the ledger', () => {
  test("an order's signature: names transaction, period and member", async () => {
    const { transaction, number } = clearOf(truth, FIRST_PERIOD)
    const difference = await differenceOf((copy) => {
      const found = clearOf(copy, FIRST_PERIOD).transaction
      found.input = flipped(found.input, orderAt(1, 30))
    })
    expect(difference).toMatchObject({
      check: 'transaction-hash',
      block: number,
      transaction: transaction.hash,
      period: FIRST_PERIOD,
      member: BEN,
    })
  })

  test("an order's quantity: names transaction, period and member", async () => {
    const { transaction } = clearOf(truth, FIRST_PERIOD)
    const difference = await differenceOf((copy) => {
      const found = clearOf(copy, FIRST_PERIOD).transaction
      found.input = flipped(found.input, orderAt(2, 5))
    })
    expect(difference).toMatchObject({
      check: 'transaction-hash',
      transaction: transaction.hash,
      period: FIRST_PERIOD,
      member: CEM,
    })
  })

  test('the price of a clearing: names transaction and period', async () => {
    const { transaction } = sessionCleared(truth)
    const difference = await differenceOf((copy) => {
      const { log } = sessionCleared(copy)
      log.data = flipped(log.data, 30)
    })
    expect(difference).toMatchObject({ check: 'receipts-root', transaction: transaction.hash, period: FIRST_PERIOD })
  })

  test('a fill: names transaction, period and member', async () => {
    const { transaction } = ordersCleared(truth)
    const difference = await differenceOf((copy) => {
      const { log } = ordersCleared(copy)
      log.data = flipped(log.data, 4 * 32 + 6)
    })
    expect(difference).toMatchObject({
      check: 'receipts-root',
      transaction: transaction.hash,
      period: FIRST_PERIOD,
      member: ANNA,
    })
  })

  test('a key page: names transaction, day and member', async () => {
    const { transaction } = findLog(truth, topicOf('tradingDays', 'KeysPublished'))
    const difference = await differenceOf((copy) => {
      const key = [...copy.keys()].find((each) => each.startsWith('eth_getCode'))!
      // The last byte of Ben's entry, the second: his allowance.
      copy.set(key, { result: flipped(copy.get(key)!.result as string, 1 + 2 * 38 - 1) })
    })
    expect(difference).toMatchObject({ check: 'key-pages', transaction: transaction.hash, day: DAY, member: BEN })
  })

  test('a payment: names transaction, day and member', async () => {
    const { transaction } = runPaid(truth)
    const difference = await differenceOf((copy) => {
      const { log } = runPaid(copy)
      log.data = flipped(log.data, 4 * 32 + 4 * 11 + 10)
    })
    expect(difference).toMatchObject({ check: 'receipts-root', transaction: transaction.hash, day: DAY, member: ANNA })
  })

  test('a root of readings: names transaction and period', async () => {
    const { transaction } = readingsCommitted(truth)
    const difference = await differenceOf((copy) => {
      const { log } = readingsCommitted(copy)
      log.data = flipped(log.data, 40)
    })
    expect(difference).toMatchObject({
      check: 'receipts-root',
      transaction: transaction.hash,
      period: FIRST_PERIOD + 1,
    })
  })

  test('a root of statements: names transaction and day', async () => {
    const { transaction } = statementsCommitted(truth)
    const difference = await differenceOf((copy) => {
      const { log } = statementsCommitted(copy)
      log.data = flipped(log.data, 40)
    })
    expect(difference).toMatchObject({ check: 'receipts-root', transaction: transaction.hash, day: DAY })
  })

  test('a role grant: names the transaction', async () => {
    const { transaction } = roleGranted(truth)
    const difference = await differenceOf((copy) => {
      const { log } = roleGranted(copy)
      log.topics[2] = flipped(log.topics[2]!, 31)
    })
    expect(difference).toMatchObject({ check: 'receipts-root', transaction: transaction.hash })
  })

  test('a deposit: names transaction and member', async () => {
    const { transaction } = deposit(truth)
    const difference = await differenceOf((copy) => {
      const { log } = deposit(copy)
      log.data = flipped(log.data, 31)
    })
    expect(difference).toMatchObject({ check: 'receipts-root', transaction: transaction.hash, member: CEM })
  })

  test("a block's header: names the block", async () => {
    const difference = await differenceOf((copy) => {
      const block = blockOf(copy, 20)
      block.stateRoot = flipped(block.stateRoot, 7)
    })
    expect(difference).toMatchObject({ check: 'block-hash', block: 20 })
  })

  test('a balance in the state: names the member', async () => {
    const difference = await differenceOf((copy) => {
      const data = callOf('accounts', 'balanceOf', ELI)
      const key = [...copy.keys()].find((each) => each.startsWith('eth_call') && each.includes(`"data":"${data}"`))!
      copy.set(key, { result: flipped(copy.get(key)!.result as string, 31) })
    })
    expect(difference).toMatchObject({ check: 'state', member: ELI })
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

  test("is caught by a root of statements that the member's own statement is not under", async () => {
    const copy = cloneCopy(truth)
    const statement = structuredClone(world.consent)
    statement[5]!.statements[0]!.periods[0]!.importWh = '201'
    expect((await auditCopy(copy, statement)).difference).toMatchObject({
      check: 'consent-statements',
      member: BEN,
      day: DAY,
      transaction: statementsCommitted(truth).transaction.hash,
    })
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
