import { isLedgerUnreachable } from '../chain/errors.ts'
import { readLatestBlock, type LedgerBlock, type LedgerClock } from '../chain/ledger-clock.ts'
import type { Ledger } from '../chain/ledger.ts'

/** The ledger's time as the gateway knows it, in unix seconds; it never runs backwards. */
export type LedgerTime = {
  readonly now: () => number
  /** Asks the ledger now; resolves to whether it answered. Callers at the same moment share one request. */
  readonly refresh: () => Promise<boolean>
  /** Calls the listener when time has moved. */
  readonly onAdvance: (listener: () => void) => void
}

export function followLedgerTime(ledger: Pick<Ledger, 'provider'>, clock: LedgerClock): LedgerTime {
  return createLedgerTime(clock, () => readLatestBlock(ledger))
}

export function createLedgerTime(
  clock: Pick<LedgerClock, 'now' | 'onBlock'>,
  readLatest: () => Promise<LedgerBlock>,
): LedgerTime {
  const listeners: (() => void)[] = []
  let latest = clock.now()
  let running: Promise<boolean> | null = null
  let next: Promise<boolean> | null = null

  const advance = (time: number) => {
    if (time <= latest) return
    latest = time
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

  return { now: () => latest, refresh, onAdvance: (listener) => void listeners.push(listener) }
}
