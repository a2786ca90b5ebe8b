import { DomainError } from '../domain/errors.ts'
import type { Preparation } from '../runtime/service.ts'
import { holdLock } from '../store/lock.ts'
import { rest } from './repeating.ts'
import { startShare } from './share.ts'

/** So soon a gateway that leads ends, once another one holds its lock. */
const NOTICED_MS = 2_000
/** So long after it has the lock of another a gateway leads: that one has noticed by then. */
const LEAD_AFTER_MS = 4_000
const RETRY_MS = 500

/**
 * Resolves, as soon as no other gateway works on the database, to how to give up the lead; takes a share of the readings
 * meanwhile. Resolves to null when `ended` aborts.
 */
export async function waitToLead(tools: Parameters<Preparation>[0]): Promise<(() => Promise<void>) | null> {
  const { configuration, ended, log } = tools
  const first = await tryToLead(configuration.databaseUrl)
  if (first !== null) return first
  const stopShare = await startShare({ configuration, log })
  const release = await whenFree(configuration.databaseUrl, ended)
  await rest(release === null ? 0 : LEAD_AFTER_MS, ended)
  await stopShare()
  return release
}

async function whenFree(databaseUrl: string, ended: AbortSignal): Promise<(() => Promise<void>) | null> {
  while (!ended.aborted) {
    try {
      const release = await tryToLead(databaseUrl)
      if (release !== null) return release
    } catch {
      // The database is away: whoever leads has no lock either.
      await rest(RETRY_MS, ended)
    }
  }
  return null
}

/** Null where another gateway leads. */
async function tryToLead(databaseUrl: string): Promise<(() => Promise<void>) | null> {
  try {
    return await holdLock(databaseUrl, 'gateway', { patienceMs: NOTICED_MS })
  } catch (error) {
    if (error instanceof DomainError && error.code === 'already-running') return null
    throw error
  }
}
