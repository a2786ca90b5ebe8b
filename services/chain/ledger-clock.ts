import { setTimeout as delay } from 'node:timers/promises'
import { DomainError } from '../domain/errors.ts'
import type { Ledger } from './ledger.ts'
import { readLatest } from './node-answers.ts'

export type LedgerBlock = { readonly number: number; readonly timestamp: number }

export type LedgerClock = {
  /** The latest block's timestamp, in unix seconds. */
  now(): number
  blockNumber(): number
  /** Calls the listener for each newer latest block, though not for those between two looks; returns how to stop. */
  onBlock(listener: (block: LedgerBlock) => void): () => void
  stop(): void
}

const LONGEST_PAUSE_MS = 5_000
/** A node that takes longer to say what time it is does not answer, as far as others are told. */
const LATE_MS = 3_000

/**
 * Follows the ledger's time, the only time that market rules know. Resolves after the first block was read. While the
 * node does not answer time stands still: `onError` hears of every failed attempt, and of null when that is over.
 */
export async function followLedgerClock(
  ledger: Pick<Ledger, 'provider'>,
  pollMs: number,
  onError: (error: unknown) => void = () => undefined,
): Promise<LedgerClock> {
  const listeners = new Set<(block: LedgerBlock) => void>()
  const stopped = new AbortController()
  let latest: LedgerBlock | null = null
  let failures = 0

  const fail = (error: unknown): void => {
    if (stopped.signal.aborted) return
    failures += 1
    onError(error)
  }

  const poll = async (): Promise<void> => {
    const late = setTimeout(() => fail(notInTime()), LATE_MS)
    try {
      const block = await readLatestBlock(ledger)
      if (failures > 0) onError(null)
      failures = 0
      if (latest !== null && block.number === latest.number && block.timestamp === latest.timestamp) return
      latest = block
    } catch (error) {
      fail(error)
      return
    } finally {
      clearTimeout(late)
    }
    for (const listener of listeners) listener(latest)
  }

  const pauseLongerAfterFailures = () =>
    sleep(Math.max(pollMs, Math.min(LONGEST_PAUSE_MS, pollMs * 2 ** Math.min(failures, 10))), stopped.signal)

  while (latest === null) {
    await poll()
    if (latest === null) await pauseLongerAfterFailures()
  }
  void (async () => {
    while (!stopped.signal.aborted) {
      await pauseLongerAfterFailures()
      if (!stopped.signal.aborted) await poll()
    }
  })()

  const block = (): LedgerBlock => latest ?? { number: 0, timestamp: 0 }
  return {
    now: () => block().timestamp,
    blockNumber: () => block().number,
    onBlock(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    stop: () => stopped.abort(),
  }
}

function notInTime(): DomainError {
  return new DomainError('ledger-unreachable', `the ledger does not answer: nothing came within ${LATE_MS} ms`)
}

/** Number and timestamp of the ledger's latest block. Throws `ledger-unreachable` where the node does not say. */
export async function readLatestBlock(ledger: Pick<Ledger, 'provider'>): Promise<LedgerBlock> {
  const { number, timestamp } = await readLatest(ledger.provider)
  return { number, timestamp }
}

/** Resolves after the time, or as soon as the signal aborts. */
export async function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  await delay(milliseconds, undefined, { signal }).catch(() => undefined)
}
