import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { malformedIn, transactionHashesOf } from './rpc-shape.ts'
import type { RpcBlock, RpcReceipt } from './rpc-types.ts'
import { verifyBlock } from './verified-block.ts'

type Changed = {
  block: Record<string, unknown>
  receipt: Record<string, unknown>
  transaction: Record<string, unknown>
}

const [, recorded] = JSON.parse(readFileSync(new URL('./recorded-blocks.json', import.meta.url), 'utf8')) as [
  unknown,
  { readonly block: RpcBlock; readonly receipts: readonly RpcReceipt[] },
]
const { hash } = recorded.block.transactions[0]!

/** A block that a node really made, with something changed in it. */
function malformedAfter(change: (answers: Changed) => void) {
  const { block, receipts } = structuredClone(recorded)
  const answers = {
    block: block as unknown as Record<string, unknown>,
    transaction: block.transactions[0] as unknown as Record<string, unknown>,
    receipt: receipts[0] as unknown as Record<string, unknown>,
  }
  change(answers)
  return verifyBlock(1, block, receipts).difference
}

describe('malformedIn', () => {
  test('takes what a node really made', () => {
    expect(malformedIn(1, recorded.block, recorded.receipts)).toBeNull()
  })

  test.each<[string, (answers: Changed) => void, string]>([
    ['no miner', ({ block }) => delete block.miner, 'the block has no miner'],
    ['a time in words', ({ block }) => (block.timestamp = 'noon'), 'the block has noon for its timestamp'],
    ['hashes for transactions', ({ block }) => (block.transactions = [hash]), 'a transaction is 0x'],
    ['nothing for transactions', ({ block }) => (block.transactions = null), 'no list of transactions'],
  ])('names the block that has %s', (_, change, words) => {
    const difference = malformedAfter(change)
    expect(difference).toMatchObject({ check: 'malformed', block: 1 })
    expect(difference?.message).toContain(words)
  })

  test.each<[string, (answers: Changed) => void, string]>([
    [
      'input that is not hex',
      ({ transaction }) => (transaction.input = '0xzz'),
      'a transaction has 0xzz for its input',
    ],
    ['half a byte of input', ({ transaction }) => (transaction.input = '0xabc'), 'a transaction has 0xabc'],
    ['no receiver, not even null', ({ transaction }) => delete transaction.to, 'a transaction has no to'],
    ['null for its signature', ({ transaction }) => (transaction.r = null), 'a transaction has null for its r'],
    ['an access list that is none', ({ transaction }) => (transaction.accessList = [{}]), 'an access list'],
    ['null for its logs', ({ receipt }) => (receipt.logs = null), 'a receipt has no list of logs'],
    ['a log that is none', ({ receipt }) => (receipt.logs = [null]), 'a log is nothing'],
    ['no status', ({ receipt }) => delete receipt.status, 'a receipt has no status'],
  ])('names the transaction that has %s', (_, change, words) => {
    const difference = malformedAfter(change)
    expect(difference).toMatchObject({ check: 'malformed', block: 1, transaction: hash })
    expect(difference?.message).toContain(words)
  })

  test.each([null, 5, 'block', {}])('takes %j for no block, and asks for no receipts of it', (answer) => {
    expect(verifyBlock(1, answer, []).difference).toMatchObject({ check: 'malformed', block: 1 })
    expect(transactionHashesOf(answer)).toBeNull()
  })
})
