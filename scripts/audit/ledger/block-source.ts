import { DomainError } from '../../../services/domain/errors.ts'
import { readBatch } from './read-batch.ts'
import { transactionHashesOf } from './rpc-shape.ts'

/** How the node hands out receipts: a block's at once, or one by one. */
export type ReceiptsMethod = 'eth_getBlockReceipts' | 'eth_getTransactionReceipt'

/** What a node answered, of whatever form that is. */
export type RawBlock = { readonly number: number; readonly block: unknown; readonly receipts: unknown }

const RECEIPTS_PER_REQUEST = 500

/** Which of the two ways of reading receipts the node knows. Throws `ledger-unreachable`. */
export async function receiptsMethodOf(url: string): Promise<ReceiptsMethod> {
  try {
    await readBatch(url, [{ method: 'eth_getBlockReceipts', params: ['0x0'] }])
    return 'eth_getBlockReceipts'
  } catch (error) {
    if (error instanceof DomainError && error.code === 'ledger-refused') return 'eth_getTransactionReceipt'
    throw error
  }
}

/** Blocks `first` to `last` with their receipts, as the node has them. Throws `ledger-incomplete` where one is missing. */
export async function readRawBlocks(
  url: string,
  method: ReceiptsMethod,
  first: number,
  last: number,
): Promise<RawBlock[]> {
  const numbers = Array.from({ length: last - first + 1 }, (_, index) => first + index)
  const blocks = await readBatch(
    url,
    numbers.map((number) => ({ method: 'eth_getBlockByNumber', params: [quantity(number), true] })),
  )
  const found = blocks.map((block, index) => block ?? missing(`block ${numbers[index]}`))

  const receipts =
    method === 'eth_getBlockReceipts' ? await readReceiptsByBlock(url, numbers) : await readReceiptsOneByOne(url, found)
  return found.map((block, index) => ({ number: numbers[index]!, block, receipts: receipts[index]! }))
}

async function readReceiptsByBlock(url: string, numbers: readonly number[]): Promise<unknown[]> {
  const requests = numbers.map((number) => ({ method: 'eth_getBlockReceipts', params: [quantity(number)] }))
  const answers = await readBatch(url, requests)
  return answers.map((receipts, index) => receipts ?? missing(`receipts of block ${numbers[index]}`))
}

async function readReceiptsOneByOne(url: string, blocks: readonly unknown[]): Promise<unknown[][]> {
  // Of what is no block there are no receipts to ask for.
  const hashesOf = blocks.map((block) => transactionHashesOf(block) ?? [])
  const hashes = hashesOf.flat()
  const receipts: unknown[] = []
  for (let start = 0; start < hashes.length; start += RECEIPTS_PER_REQUEST) {
    const some = hashes.slice(start, start + RECEIPTS_PER_REQUEST)
    const requests = some.map((hash) => ({ method: 'eth_getTransactionReceipt', params: [hash] }))
    const answers = await readBatch(url, requests)
    receipts.push(...answers.map((receipt, index) => receipt ?? missing(`receipt of transaction ${some[index]}`)))
  }
  let next = 0
  return hashesOf.map(({ length }) => receipts.slice(next, (next += length)))
}

function missing(what: string): never {
  throw new DomainError('ledger-incomplete', `the node has no ${what}`)
}

function quantity(value: number): string {
  return `0x${value.toString(16)}`
}
