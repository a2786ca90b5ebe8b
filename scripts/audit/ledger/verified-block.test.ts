import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { RpcBlock, RpcReceipt } from './rpc-types.ts'
import { verifyBlock } from './verified-block.ts'

/** Recorded from a Hardhat node: a genesis block, and one block each with a creation, a legacy and a 2930 transaction. */
type Recorded = { readonly block: RpcBlock; readonly receipts: readonly RpcReceipt[] }
const recorded = JSON.parse(
  readFileSync(new URL('./recorded-blocks.json', import.meta.url), 'utf8'),
) as readonly Recorded[]

const verify = ({ block, receipts }: Recorded, number: number) => verifyBlock(number, block, receipts)

describe('verifyBlock', () => {
  test.each(recorded.map((each, number) => ({ number, each })))(
    'accepts what a node really made: block $number',
    ({ number, each }) => {
      expect(verify(each, number).difference).toBeNull()
    },
  )
})
