import { isErrorOfNode, readHashes, readLatest, readTransactionCount, type Node } from './node-answers.ts'
import type { OutboxEntry } from './outbox.ts'

/** A node that has thrown old states away has had so many blocks' time to tell of a transaction. */
const BLOCKS_OF_CERTAINTY = 64

/**
 * Whether another program's transaction has the entry's nonce, for certain: no receipt may be known of any of the entry's
 * transactions. Receipts alone prove nothing, since a node may be behind with them; the block in which the nonce was used
 * up does, with none of the entry's transactions in it.
 */
export async function isNonceTaken(node: Node, entry: OutboxEntry): Promise<boolean> {
  const { number: latest } = await readLatest(node)
  const isUsedAt = async (block: number) => (await readTransactionCount(node, entry.sender, block)) > entry.nonce
  if (!(await isUsedAt(latest))) return false

  // The nonce is used up at `after` and was not at `before`, or what was then is not known any more.
  let [before, after] = [-1, latest]
  let isForgotten = false
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2)
    const isUsed = await isUsedAt(middle).catch((error: unknown) => {
      if (isErrorOfNode(error)) return null
      throw error
    })
    if (isUsed === true) after = middle
    else [before, isForgotten] = [middle, isUsed === null]
  }
  if (isForgotten) return latest - after >= BLOCKS_OF_CERTAINTY
  const own = new Set([entry.hash, ...entry.earlierHashes])
  return !(await readHashes(node, after)).some((hash) => own.has(hash.toLowerCase()))
}
