import pg from 'pg'
import { DomainError } from '../domain/errors.ts'

const PATIENCE_MS = 10_000
const RETRY_MS = 100
const RECONNECT_MS = 500
const CONNECT_MS = 10_000

/**
 * Holds the database's single-instance lock of that name until released. PostgreSQL frees a killed process's lock soon,
 * so it is waited for up to 10 s; then throws `already-running`. A connection that breaks is made again; when another
 * instance has taken the lock meanwhile, `onLost` is called, which by default ends the process as a defect would.
 */
export async function holdLock(
  url: string,
  name: string,
  { onLost = rethrow, patienceMs = PATIENCE_MS }: { onLost?: (error: unknown) => void; patienceMs?: number } = {},
): Promise<() => Promise<void>> {
  let isReleased = false
  let client = await acquire(url, name, patienceMs, watch)

  function watch(): void {
    if (!isReleased) setTimeout(() => void takeAgain().catch(onLost), RECONNECT_MS)
  }

  async function takeAgain(): Promise<void> {
    while (!isReleased) {
      try {
        client = await acquire(url, name, patienceMs, watch)
        if (isReleased) await client.end()
        return
      } catch (error) {
        if (error instanceof DomainError) throw error
        await new Promise((resolve) => setTimeout(resolve, RECONNECT_MS))
      }
    }
  }

  return async () => {
    isReleased = true
    await client.end().catch(() => undefined)
  }
}

async function acquire(url: string, name: string, patienceMs: number, onBroken: () => void): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, keepAlive: true, connectionTimeoutMillis: CONNECT_MS })
  let isHeld = false
  client.on('error', () => undefined)
  client.on('end', () => {
    if (isHeld) onBroken()
  })
  try {
    await client.connect()
    for (const deadline = performance.now() + patienceMs; ; await pause()) {
      const { rows } = await client.query<{ held: boolean }>('SELECT pg_try_advisory_lock(hashtext($1)) AS held', [
        `service:${name}`,
      ])
      if (rows[0]?.held === true) break
      if (performance.now() >= deadline) {
        throw new DomainError('already-running', `another ${name} works on this database: stop that one first`, {
          name,
        })
      }
    }
  } catch (error) {
    await client.end().catch(() => undefined)
    throw error
  }
  isHeld = true
  return client
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, RETRY_MS))
}

function rethrow(error: unknown): never {
  throw error
}
