import type { Presence } from '../runtime/presence.ts'
import { WATCHED_PROCESSES, type WatchedProcess } from './process-presence.ts'
import type { Health } from './schemas/health.ts'

export type HealthDeps = {
  /** Latest block in the database; throws where the database does not answer. */
  readonly readIndexedBlock: () => Promise<number | null>
  /** Throws where the ledger does not answer. */
  readonly readLatestBlock: () => Promise<{ number: number; timestamp: number }>
  readonly isBrokerConnected: () => boolean
  readonly presences: ReadonlyMap<WatchedProcess, Presence>
  /** Wall clock, in milliseconds. */
  readonly now: () => number
  readonly timeoutMs?: number
}

type Part = Health['database']
type State = Part['state']

/** The projection is not well where it has stood still for so long while the ledger went on. */
const PROJECTION_STALL_MS = 10_000

/** Looks at every part and says how each is. */
export function createHealthCheck({ timeoutMs = 2_000, ...deps }: HealthDeps): () => Promise<Health> {
  let latest = { number: -1, seenAt: 0 }
  let indexed = { number: -1, changedAt: 0 }

  return async () => {
    const [indexedBlock, latestBlock] = await Promise.all([
      answerOf(deps.readIndexedBlock, timeoutMs),
      answerOf(deps.readLatestBlock, timeoutMs),
    ])
    const now = deps.now()
    if (latestBlock.isThere && latestBlock.value.number !== latest.number) {
      latest = { number: latestBlock.value.number, seenAt: now }
    }
    const indexedNumber = indexedBlock.isThere ? (indexedBlock.value ?? -1) : -1
    if (indexedBlock.isThere && indexedNumber !== indexed.number) indexed = { number: indexedNumber, changedAt: now }
    const lag = indexedBlock.isThere && latestBlock.isThere ? latestBlock.value.number - indexedNumber : null

    const parts = {
      database: partOf(indexedBlock.isThere, 'answers', 'does not answer'),
      ledger: {
        ...partOf(latestBlock.isThere, 'answers', 'does not answer'),
        latestBlock: latestBlock.isThere ? latestBlock.value.number : null,
        latestBlockTime: latestBlock.isThere ? latestBlock.value.timestamp : null,
        secondsSinceBlock: latestBlock.isThere ? Math.floor((now - latest.seenAt) / 1_000) : null,
      },
      broker: partOf(deps.isBrokerConnected(), 'connected', 'not connected'),
      projection: {
        ...projectionOf(lag, now - indexed.changedAt),
        indexedBlock: indexedNumber < 0 ? null : indexedNumber,
        lagBlocks: lag === null ? null : Math.max(0, lag),
      },
    }
    const processes = Object.fromEntries(
      WATCHED_PROCESSES.map((name) => [name, processOf(deps.presences.get(name), deps.isBrokerConnected())]),
    ) as Health['processes']

    const isDown = parts.database.state === 'down' || parts.ledger.state === 'down'
    const problems = Object.entries({ ...parts, ...processes })
      .filter(([, part]) => part.state !== 'ok')
      .map(([name, part]) => `${name}: ${part.detail}`)
    return { status: isDown ? 'down' : problems.length > 0 ? 'degraded' : 'ok', problems, ...parts, processes }
  }
}

function partOf(isWell: boolean, well: string, unwell: string): Part {
  return isWell ? { state: 'ok', detail: well } : { state: 'down', detail: unwell }
}

function projectionOf(lag: number | null, standingMs: number): Part {
  if (lag === null) return { state: 'degraded', detail: 'not known while the database or the ledger does not answer' }
  if (lag > 0 && standingMs >= PROJECTION_STALL_MS) {
    return { state: 'degraded', detail: 'stands still while the ledger goes on' }
  }
  return { state: 'ok', detail: lag > 0 ? 'catches up with the ledger' : 'holds the whole ledger' }
}

function processOf(presence: Presence | undefined, isBrokerConnected: boolean): Health['processes']['gateway'] {
  if (presence === undefined) return { state: 'down', detail: 'has not been heard of', since: null }
  const { since } = presence
  if (!isBrokerConnected) return { state: 'degraded', detail: 'not known while the broker is not connected', since }
  const states: Record<Presence['state'], State> = { up: 'ok', degraded: 'degraded', down: 'down' }
  const words: Record<Presence['state'], string> = { up: 'runs', degraded: 'is not well', down: 'stopped unexpectedly' }
  return { state: states[presence.state], detail: presence.detail || words[presence.state], since }
}

type Answer<Value> = { readonly isThere: true; readonly value: Value } | { readonly isThere: false }

/** What the part answers within the time; whatever it throws instead means that it does not. */
async function answerOf<Value>(ask: () => Promise<Value>, timeoutMs: number): Promise<Answer<Value>> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<Answer<Value>>((resolve) => {
    timer = setTimeout(() => resolve({ isThere: false }), timeoutMs)
  })
  const asked = ask().then(
    (value): Answer<Value> => ({ isThere: true, value }),
    (): Answer<Value> => ({ isThere: false }),
  )
  return Promise.race([asked, late]).finally(() => clearTimeout(timer))
}
