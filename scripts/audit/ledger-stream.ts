import { differ, placeOfDifference } from './difference.ts'
import type { ReceiptsMethod } from './ledger/block-source.ts'
import type { VerifiedBlock } from './ledger/verified-block.ts'
import type { Pool } from './work/pool.ts'

const BLOCKS_PER_TASK = 32
// Enough for every thread to have something to do, few enough to keep what waits in memory small.
const TASKS_AHEAD_PER_THREAD = 3

/** Blocks 0 to `head`, each verified against its hash and linked to the one before, in their sequence. */
export async function* readBlocks(
  pool: Pool,
  { url, method, head }: { readonly url: string; readonly method: ReceiptsMethod; readonly head: number },
): AsyncGenerator<VerifiedBlock> {
  const ahead: Promise<readonly VerifiedBlock[]>[] = []
  let next = 0
  let before: VerifiedBlock | null = null
  while (next <= head || ahead.length > 0) {
    while (next <= head && ahead.length < pool.size * TASKS_AHEAD_PER_THREAD) {
      const last = Math.min(head, next + BLOCKS_PER_TASK - 1)
      const task = pool.run('blocks', { url, method, first: next, last })
      // It is awaited below, maybe only after another has failed.
      task.catch(() => undefined)
      ahead.push(task)
      next = last + 1
    }
    for (const block of await ahead.shift()!) {
      yield { ...block, difference: block.difference ?? linkDifferenceOf(before, block) }
      before = block
    }
  }
}

function linkDifferenceOf(before: VerifiedBlock | null, block: VerifiedBlock): VerifiedBlock['difference'] {
  if (before === null) return null
  const place = { block: block.number }
  if (block.parentHash !== before.hash) {
    return {
      check: 'parent-hash',
      message: `it follows ${block.parentHash}, and the block before it is ${before.hash}`,
      ...place,
    }
  }
  if (block.timestamp < before.timestamp)
    return { check: 'timestamp', message: 'its time is before that of the block before', ...place }
  return null
}

/** Throws a block's difference, with what the block is about where one can tell. */
export function refuseBlock(block: VerifiedBlock, subject: object): never {
  const { check, message } = block.difference!
  const only = block.transactions.length === 1 ? { transaction: block.transactions[0]!.hash } : {}
  return differ(check, message, { ...only, ...subject, ...placeOfDifference(block.difference!) })
}
