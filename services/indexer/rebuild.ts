import { connectLedger } from '../chain/ledger.ts'
import { DomainError } from '../domain/errors.ts'
import { readServiceConfiguration } from '../runtime/configuration.ts'
import { createLog } from '../runtime/log.ts'
import { connectStore } from '../store/connect.ts'
import { readLedger } from '../store/ledger.ts'
import { holdLock } from '../store/lock.ts'
import { emptyProjections, type IndexCursor } from '../store/projections.ts'
import { catchUp } from './follow.ts'

/**
 * Empties the projections and replays the ledger from block 0; the cursor afterwards. Killed half-way, the indexer goes
 * on where it stopped. Throws `already-running` while an indexer works on the database.
 */
export async function rebuildProjections(options: {
  databaseUrl: string
  ledgerUrl: string
}): Promise<IndexCursor | null> {
  const release = await holdLock(options.databaseUrl, 'indexer')
  const store = connectStore(options.databaseUrl)
  try {
    const followed = await readLedger(store)
    if (followed === null) throw new DomainError('ledger-not-set-up', 'this database follows no ledger yet')
    const ledger = await connectLedger({ url: options.ledgerUrl, addresses: followed.addresses })
    try {
      await emptyProjections(store)
      return await catchUp({ ledger, store, deploymentHash: followed.deploymentHash })
    } finally {
      ledger.close()
    }
  } finally {
    await store.close()
    await release()
  }
}

if (import.meta.main) {
  const log = createLog('indexer')
  try {
    const cursor = await rebuildProjections(readServiceConfiguration())
    log.info({ block: cursor?.number ?? null }, 'rebuilt every projection')
  } catch (error) {
    if (!(error instanceof DomainError)) throw error
    log.error({ code: error.code }, error.message)
    process.exitCode = 1
  }
}
