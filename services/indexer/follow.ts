import { hasBlock, readBlockHash, readBlocks, type Block } from '../chain/blocks.ts'
import type { Ledger } from '../chain/ledger.ts'
import { DomainError } from '../domain/errors.ts'
import type { Store } from '../store/connect.ts'
import { readIndexCursor, writeProjections, type IndexCursor } from '../store/projections.ts'
import { addFills } from './cleared-sessions.ts'
import { projectBlocks } from './project.ts'

export type Following = {
  readonly ledger: Ledger
  readonly store: Store
  /** Hash of the block in which the contracts were deployed: it tells one ledger from another. */
  readonly deploymentHash: string
}

/** How much one database transaction takes. */
const LIMITS = { blocks: 64, transactions: 1_000 }

/** Where the projections stand. Throws `ledger-mismatch` unless they were made from this ledger. */
export async function openCursor({ ledger, store, deploymentHash }: Following): Promise<IndexCursor | null> {
  const cursor = await readIndexCursor(store)
  await requireDeployment(ledger, deploymentHash)
  if (cursor === null) return null
  const hash = await readBlockHash(ledger, cursor.number)
  // A node that is behind gets time: the next block that it shows must fit.
  if (hash !== null && hash !== cursor.hash) throw mismatch(`block ${cursor.number} is ${hash}, not ${cursor.hash}`)
  return cursor
}

/** Takes the next blocks into the projections; the new cursor, and how many blocks the ledger has after it. */
export async function takeNextBlocks(
  { ledger, store, deploymentHash }: Following,
  cursor: IndexCursor | null,
): Promise<{ cursor: IndexCursor | null; behind: number }> {
  const { blocks, head } = await readBlocks(ledger, cursor === null ? 0 : cursor.number + 1, LIMITS)
  if (cursor !== null && head < cursor.number) await requireDeployment(ledger, deploymentHash)
  const last = blocks.at(-1)
  if (last === undefined) return { cursor, behind: 0 }
  requireChain(cursor, blocks)
  const batch = projectBlocks(ledger, blocks)
  await addFills({ ledger, store }, batch, blocks)
  await writeProjections(store, batch)
  return { cursor: { number: last.number, hash: last.hash }, behind: Math.max(0, head - last.number) }
}

/** Takes every block that the ledger has now; the cursor afterwards. */
export async function catchUp(following: Following): Promise<IndexCursor | null> {
  let cursor = await openCursor(following)
  for (;;) {
    const next = await takeNextBlocks(following, cursor)
    if (next.cursor === cursor) return cursor
    cursor = next.cursor
    if (next.behind === 0) return cursor
  }
}

function requireChain(cursor: IndexCursor | null, blocks: readonly Block[]): void {
  let parent = cursor?.hash
  for (const block of blocks) {
    if (parent !== undefined && block.parentHash !== parent) {
      throw mismatch(`block ${block.number} follows ${block.parentHash}, not ${parent}`)
    }
    parent = block.hash
  }
}

async function requireDeployment(ledger: Ledger, deploymentHash: string): Promise<void> {
  if (!(await hasBlock(ledger, deploymentHash))) throw mismatch(`it does not have the block ${deploymentHash}`)
}

function mismatch(reason: string): DomainError {
  return new DomainError(
    'ledger-mismatch',
    `the ledger is not the one that this database follows: ${reason}. Use that ledger, or another database`,
  )
}
