import { isLedgerUnreachable } from '../chain/errors.ts'
import { connectLedger } from '../chain/ledger.ts'
import { sleep } from '../chain/ledger-clock.ts'
import { DomainError } from '../domain/errors.ts'
import { runService, type ServiceContext } from '../runtime/service.ts'
import { connectStore, type Store } from '../store/connect.ts'
import { readLedger, type FollowedLedger } from '../store/ledger.ts'
import { holdLock } from '../store/lock.ts'
import type { IndexCursor } from '../store/projections.ts'
import { isStoreUnreachable } from '../store/unreachable.ts'
import { openCursor, takeNextBlocks, type Following } from './follow.ts'

const LONGEST_PAUSE_MS = 5_000
/** Further behind than this, everyone should know that the projections are old. */
const BLOCKS_TO_MENTION = 200

runService('indexer', async (context) => {
  const stopping = new AbortController()
  const store = connectStore(context.configuration.databaseUrl, { connections: 3 })
  // What makes this fail is a defect or a ledger that must not be mixed in: either ends the process.
  const work = index(context, store, stopping.signal)
  return async () => {
    stopping.abort()
    await work
    await store.close()
  }
})

async function index(context: ServiceContext, store: Store, signal: AbortSignal): Promise<void> {
  const { databaseUrl, ledgerUrl } = context.configuration
  try {
    const release = await patiently(context, signal, () => holdLock(databaseUrl, 'indexer'))
    const { addresses, deploymentHash } = await patiently(context, signal, () => requireLedger(store))
    const ledger = await patiently(context, signal, () => connectLedger({ url: ledgerUrl, addresses }))
    await follow(context, { ledger, store, deploymentHash }, signal)
    ledger.close()
    await release()
  } catch (error) {
    // Asked to stop while waiting for what is away: that is no failure.
    if (!signal.aborted || reasonToWait(error) === null) throw error
  }
}

async function follow(context: ServiceContext, following: Following, signal: AbortSignal): Promise<void> {
  let cursor: IndexCursor | null | undefined
  while (!signal.aborted) {
    const behind = await patiently(context, signal, async () => {
      // After a failure nobody knows whether the last batch was committed: only the database does.
      const from = cursor === undefined ? await openCursor(following) : cursor
      cursor = undefined
      const next = await takeNextBlocks(following, from)
      cursor = next.cursor
      return next.behind
    })
    if (behind > BLOCKS_TO_MENTION) context.report('degraded', `catching up: ${behind} blocks to go`)
    else context.report('up')
    if (behind === 0) await sleep(context.configuration.pollMs, signal)
  }
}

async function requireLedger(store: Store): Promise<FollowedLedger> {
  const followed = await readLedger(store)
  if (followed !== null) return followed
  throw new DomainError('ledger-not-set-up', 'this database follows no ledger yet: deploy the contracts first')
}

/** Tries again while the ledger or the database is away, and says so. Throws once asked to stop. */
async function patiently<Result>(
  { configuration, log, report }: ServiceContext,
  signal: AbortSignal,
  work: () => Promise<Result>,
): Promise<Result> {
  for (let failures = 1; ; failures += 1) {
    try {
      return await work()
    } catch (error) {
      const reason = reasonToWait(error)
      if (reason === null || signal.aborted) throw error
      if (failures === 1) log.warn({ err: error }, `${reason}; trying again`)
      report('degraded', reason)
      await sleep(Math.min(LONGEST_PAUSE_MS, configuration.pollMs * 2 ** Math.min(failures, 10)), signal)
    }
  }
}

function reasonToWait(error: unknown): string | null {
  if (isLedgerUnreachable(error)) return 'the ledger does not answer'
  if (isStoreUnreachable(error)) return 'the database does not answer'
  if (error instanceof DomainError && error.code === 'ledger-inconsistent') return error.message
  return null
}
