import { expect } from 'vitest'
import type { LedgerAddresses } from '../../services/chain/ledger.ts'
import { answerOf, blockOf, findLog, findTransaction, flipped, omitTransaction, type LedgerCopy } from './audit-copy.ts'
import { AREA } from './audit-ledger.ts'
import { ANNA, BEN, CEM, DAY, ELI, FIRST_PERIOD } from './audit-scenario.ts'
import { callOf, topicOf } from './audit-world.ts'

/** Where the orders lie in the input of a call of `clear`, which names the first of them. */
const ORDERS_AT = 4 + 10 * 32
export const orderAt = (position: number, offset: number) => ORDERS_AT + position * 84 + offset
export const clearOf = (copy: LedgerCopy, period: number) =>
  findTransaction(copy, ({ input }) => input.startsWith(callOf('callAuction', 'clear', AREA, period)))

export const deposit = (copy: LedgerCopy) =>
  findLog(copy, topicOf('accounts', 'Deposited'), (topics) => Number(topics[1]) === CEM)
export const sessionCleared = (copy: LedgerCopy) =>
  findLog(copy, topicOf('callAuction', 'SessionCleared'), (topics) => Number(topics[2]) === FIRST_PERIOD)
export const ordersCleared = (copy: LedgerCopy) =>
  findLog(copy, topicOf('callAuction', 'OrdersCleared'), (topics) => Number(topics[2]) === FIRST_PERIOD)
export const runPaid = (copy: LedgerCopy) => findLog(copy, topicOf('settlement', 'RunPaid'))
export const readingsCommitted = (copy: LedgerCopy) =>
  findLog(copy, topicOf('meterReadings', 'ReadingsCommitted'), (topics) => Number(topics[2]) === FIRST_PERIOD + 1)
export const withdrawal = (copy: LedgerCopy) => findLog(copy, topicOf('accounts', 'Withdrawn'))
export const lastReleased = (copy: LedgerCopy) =>
  findLog(copy, topicOf('tradingDays', 'DayReleased'), (topics) => Number(topics[2]) === DAY + 1)
export const statementsCommitted = (copy: LedgerCopy) => findLog(copy, topicOf('settlement', 'StatementsCommitted'))
export const roleGranted = (copy: LedgerCopy) =>
  findLog(copy, topicOf('accessManager', 'RoleGranted'), (topics) => Number(topics[1]) === 12)

type Expected = Readonly<Record<string, unknown>>
type Kind = readonly [
  what: string,
  tamper: (copy: LedgerCopy, addresses: LedgerAddresses) => void,
  expected: (truth: LedgerCopy) => Expected,
]

/** Each of another kind, and what the audit says of it. */
export const KINDS: readonly Kind[] = [
  [
    "a field of a block's header",
    (copy) => {
      const block = blockOf(copy, sessionCleared(copy).number)
      block.stateRoot = flipped(block.stateRoot, 7)
    },
    (truth) => ({ check: 'block-hash', block: sessionCleared(truth).number, period: FIRST_PERIOD }),
  ],
  [
    "a block's time",
    (copy) => {
      const block = blockOf(copy, runPaid(copy).number)
      block.timestamp = flipped(block.timestamp, 3)
    },
    (truth) => ({ check: 'block-hash', transaction: runPaid(truth).transaction.hash, day: DAY }),
  ],
  [
    "an order's quantity in a transaction",
    (copy) => {
      const { transaction } = clearOf(copy, FIRST_PERIOD)
      transaction.input = flipped(transaction.input, orderAt(2, 5))
    },
    (truth) => ({
      check: 'transaction-hash',
      transaction: clearOf(truth, FIRST_PERIOD).transaction.hash,
      period: FIRST_PERIOD,
      member: CEM,
    }),
  ],
  [
    "an order's signature in a transaction",
    (copy) => {
      const { transaction } = clearOf(copy, FIRST_PERIOD)
      transaction.input = flipped(transaction.input, orderAt(1, 30))
    },
    (truth) => ({
      check: 'transaction-hash',
      transaction: clearOf(truth, FIRST_PERIOD).transaction.hash,
      period: FIRST_PERIOD,
      member: BEN,
    }),
  ],
  [
    "a transaction's own signature",
    (copy) => {
      const { transaction } = withdrawal(copy)
      transaction.s = flipped(transaction.s, 9)
    },
    (truth) => ({ check: 'transaction-hash', transaction: withdrawal(truth).transaction.hash, member: CEM }),
  ],
  [
    "a transaction's sender",
    (copy) => {
      const { transaction } = withdrawal(copy)
      transaction.from = flipped(transaction.from, 9)
    },
    (truth) => ({ check: 'transaction-sender', transaction: withdrawal(truth).transaction.hash, member: CEM }),
  ],
  [
    'a fill in the data of a log',
    (copy) => {
      const { log } = ordersCleared(copy)
      log.data = flipped(log.data, 4 * 32 + 6)
    },
    (truth) => ({
      check: 'receipts-root',
      transaction: ordersCleared(truth).transaction.hash,
      period: FIRST_PERIOD,
      member: ANNA,
    }),
  ],
  [
    'a payment in the data of a log',
    (copy) => {
      const { log } = runPaid(copy)
      log.data = flipped(log.data, 4 * 32 + 4 * 11 + 10)
    },
    (truth) => ({ check: 'receipts-root', transaction: runPaid(truth).transaction.hash, day: DAY, member: ANNA }),
  ],
  [
    'the holder of a role in the topic of a log',
    (copy) => {
      const { log } = roleGranted(copy)
      log.topics[2] = flipped(log.topics[2]!, 31)
    },
    (truth) => ({ check: 'receipts-root', transaction: roleGranted(truth).transaction.hash }),
  ],
  [
    'whether a transaction succeeded',
    (copy) => {
      withdrawal(copy).receipt.status = '0x0'
    },
    (truth) => ({ check: 'receipts-root', transaction: withdrawal(truth).transaction.hash, member: CEM }),
  ],
  [
    'the gas of a transaction, which no root covers',
    (copy) => {
      const { receipt } = ordersCleared(copy)
      receipt.gasUsed = `0x${(Number(receipt.gasUsed) ^ 1).toString(16)}`
    },
    (truth) => ({ check: 'gas-used', transaction: ordersCleared(truth).transaction.hash, period: FIRST_PERIOD }),
  ],
  [
    'a transaction left out of its block',
    (copy) => {
      const { number } = withdrawal(copy)
      const { gasUsed } = blockOf(copy, number)
      omitTransaction(copy, number)
      blockOf(copy, number).gasUsed = gasUsed
    },
    (truth) => ({ check: 'transactions-root', block: withdrawal(truth).number }),
  ],
  [
    "an allowance in a key page's code",
    (copy) => {
      // The last byte of Ben's entry, the second.
      const answer = answerOf(copy, 'eth_getCode', '"latest"')
      answer.result = flipped(answer.result as string, 1 + 2 * 38 - 1)
    },
    (truth) => ({
      check: 'key-pages',
      transaction: findLog(truth, topicOf('tradingDays', 'KeysPublished')).transaction.hash,
      day: DAY,
      member: BEN,
    }),
  ],
  [
    "a contract's code at the end",
    (copy, addresses) => {
      const answer = answerOf(copy, 'eth_getCode', addresses.accounts.toLowerCase())
      answer.result = flipped(answer.result as string, 400)
    },
    () => ({ check: 'contract-code', transaction: expect.stringMatching(/^0x/) as string }),
  ],
  [
    "a tariff in a contract's state",
    (copy) => {
      const answer = answerOf(
        copy,
        'eth_call',
        `"data":"${callOf('areaRegistry', 'tariffOf', AREA, FIRST_PERIOD + 1)}"`,
      )
      answer.result = flipped(answer.result as string, 31)
    },
    () => ({ check: 'state', area: AREA, period: FIRST_PERIOD + 1 }),
  ],
  [
    "a balance in a contract's state",
    (copy) => {
      const answer = answerOf(copy, 'eth_call', `"data":"${callOf('accounts', 'balanceOf', ELI)}"`)
      answer.result = flipped(answer.result as string, 31)
    },
    () => ({ check: 'state', member: ELI }),
  ],
  [
    'what a node answers in no form that exists',
    (copy) => {
      const { transaction } = withdrawal(copy)
      transaction.input = `${transaction.input.slice(0, -1)}g`
    },
    (truth) => ({
      check: 'malformed',
      transaction: withdrawal(truth).transaction.hash,
      block: withdrawal(truth).number,
    }),
  ],
]
