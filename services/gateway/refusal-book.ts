import type { RefusedMessage } from '../store/refused-messages.ts'
import { createTokenBucket, type TokenBucket } from './token-bucket.ts'

/** Keeps what was refused, without letting a flood fill the database or the broker. */
export type RefusalBook = {
  /** Notes a refusal, unless too many came lately. */
  add(message: RefusedMessage): void
  /** Whether a refusal may be told to the meter now. `meter` is null for any address that is not a known meter's. */
  mayAnswer(meter: string | null): boolean
  /** Refusals that were not noted since the last call. */
  takeSuppressed(): number
  flush(): Promise<void>
}

export type RefusalBookOptions = {
  readonly insert: (messages: readonly RefusedMessage[]) => Promise<void>
  readonly prune: () => Promise<unknown>
  /** Milliseconds of a clock that runs forwards. */
  readonly nowMs: () => number
}

const ROWS = { burst: 2_000, perSecond: 100 }
const ANSWERS_TO_A_METER = { burst: 100, perSecond: 5 }
const ANSWERS_TO_STRANGERS = { burst: 200, perSecond: 50 }
/** Rows added between two times of removing the oldest. */
const ROWS_PER_PRUNING = 1_000

export function createRefusalBook({ insert, prune, nowMs }: RefusalBookOptions): RefusalBook {
  const rows = createTokenBucket(ROWS)
  const strangers = createTokenBucket(ANSWERS_TO_STRANGERS)
  const meters = new Map<string, TokenBucket>()
  let waiting: RefusedMessage[] = []
  let suppressed = 0
  // Full, so that the first rows after a start prune what an earlier run left.
  let sincePruning = ROWS_PER_PRUNING

  return {
    add(message) {
      if (rows.take(nowMs())) waiting.push(message)
      else suppressed += 1
    },
    mayAnswer(meter) {
      if (meter === null) return strangers.take(nowMs())
      const bucket = meters.get(meter) ?? createTokenBucket(ANSWERS_TO_A_METER)
      meters.set(meter, bucket)
      return bucket.take(nowMs())
    },
    takeSuppressed() {
      const count = suppressed
      suppressed = 0
      return count
    },
    async flush() {
      const messages = waiting
      waiting = []
      if (messages.length === 0) return
      await insert(messages)
      sincePruning += messages.length
      if (sincePruning < ROWS_PER_PRUNING) return
      sincePruning = 0
      await prune()
    },
  }
}
