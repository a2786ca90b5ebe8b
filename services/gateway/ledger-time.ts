import { isLedgerUnreachable } from '../chain/errors.ts'
import { readLatestBlock, type LedgerBlock, type LedgerClock } from '../chain/ledger-clock.ts'
import type { Ledger } from '../chain/ledger.ts'

const LONGEST_STANDSTILL_MS = 60_000

/** The ledger's time as the gateway knows it, in unix seconds; it never runs backwards. */
export type LedgerTime = {
  readonly now: () => number
  /** The same in milliseconds, going on between two blocks as fast as the ledger's clock runs, for a minute of it at most. */
  readonly nowMs: () => number
  /** Asks the ledger now; resolves to whether it answered. Callers at the same moment share one request. */
  readonly refresh: () => Promise<boolean>
  /** Calls the listener when time has moved. */
  readonly onAdvance: (listener: () => void) => void
}

/** `speed` is how fast the ledger's clock runs: 1 is real time, 0 moves with blocks alone. */
export function followLedgerTime(ledger: Pick<Ledger, 'provider'>, clock: LedgerClock, speed: number): LedgerTime {
  return createLedgerTime(clock, () => readLatestBlock(ledger), { speed, wallMs: () => performance.now() })
}

export function createLedgerTime(
  clock: Pick<LedgerClock, 'now' | 'onBlock'>,
  readLatest: () => Promise<LedgerBlock>,
  { speed, wallMs }: { readonly speed: number; readonly wallMs: () => number },
): LedgerTime {
  const listeners: (() => void)[] = []
  let latest = clock.now()
  let advancedAtMs = wallMs()
  let latestMs = 0
  let running: Promise<boolean> | null = null
  let next: Promise<boolean> | null = null

  const advance = (time: number) => {
    if (time <= latest) return
    latest = time
    advancedAtMs = wallMs()
    for (const listener of listeners) listener()
  }
  clock.onBlock((block) => advance(block.timestamp))

  const ask = async (): Promise<boolean> => {
    try {
      advance((await readLatest()).timestamp)
      return true
    } catch (error) {
      if (!isLedgerUnreachable(error)) throw error
      return false
    }
  }

  const refresh = (): Promise<boolean> => {
    if (running === null) {
      running = ask().finally(() => {
        running = null
      })
      return running
    }
    // The request under way may have been answered already: whoever comes now needs the one after it.
    next ??= running.then(() => {
      next = null
      return refresh()
    })
    return next
  }

  const nowMs = (): number => {
    const since = Math.min(LONGEST_STANDSTILL_MS, (wallMs() - advancedAtMs) * speed)
    latestMs = Math.max(latestMs, latest * 1_000 + Math.floor(since))
    return latestMs
  }

  return { now: () => latest, nowMs, refresh, onAdvance: (listener) => void listeners.push(listener) }
}
