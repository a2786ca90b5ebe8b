import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readRawBlocks, receiptsMethodOf } from '../../scripts/audit/ledger/block-source.ts'
import type { RpcBlock, RpcReceipt } from '../../scripts/audit/ledger/rpc-types.ts'
import { verifyBlock } from '../../scripts/audit/ledger/verified-block.ts'
import { freePort } from '../../scripts/settings.ts'
import { addressOfKey } from '../../services/chain/typed-data.ts'
import { KEYS, startNode, type RunningNode } from './audit-ledger.ts'

describe('blocks of a node with many transactions each', () => {
  const SIZES = [0, 1, 2, 15, 16, 17, 127, 128, 129, 256, 257, 300]
  let node: RunningNode

  const rpc = async (method: string, params: readonly unknown[]) => {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
    const response = await fetch(node.url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
    const answer = (await response.json()) as { result?: unknown; error?: unknown }
    if (answer.error !== undefined) throw new Error(JSON.stringify(answer.error))
    return answer.result
  }

  beforeAll(async () => {
    node = await startNode(await freePort(), 1_700_000_000, 0)
    await rpc('evm_setAutomine', [false])
    const [from, to] = [addressOfKey(KEYS.supplier), addressOfKey(KEYS.dso)]
    for (const size of SIZES) {
      for (let sent = 0; sent < size; sent += 1) {
        await rpc('eth_sendTransaction', [{ from, to, gas: '0x5208', value: '0x1' }])
      }
      await rpc('evm_mine', [])
    }
  })
  afterAll(() => node.stop())

  test('have the roots that their transactions and receipts give', async () => {
    const blocks = await readRawBlocks(node.url, await receiptsMethodOf(node.url), 0, SIZES.length)
    const verified = blocks.map(({ number, block, receipts }) => verifyBlock(number, block, receipts))
    expect(verified.map(({ difference }) => difference)).toEqual(verified.map(() => null))
    expect(verified.slice(1).map(({ transactions }) => transactions.length)).toEqual(SIZES)
  })

  test('are refused where two transactions, or two receipts, change places', async () => {
    const method = await receiptsMethodOf(node.url)
    const [found] = await readRawBlocks(node.url, method, 4, 4)
    const { number } = found!
    const [block, receipts] = [found!.block as RpcBlock, found!.receipts as RpcReceipt[]]
    const swapped = <Item>([first, second, ...rest]: readonly Item[]) => [second!, first!, ...rest]
    const transactions = swapped(block.transactions)
    expect(verifyBlock(number, { ...block, transactions }, swapped(receipts)).difference).toMatchObject({
      check: 'transactions-root',
      block: 4,
    })
    expect(verifyBlock(number, block, swapped(receipts)).difference).toMatchObject({ check: 'receipts', block: 4 })
  })
})
