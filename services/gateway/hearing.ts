import type { LedgerTime } from './ledger-time.ts'

/** What a reading needs to be taken: the broker that brings it, and the ledger by whose time it is judged. */
export type HearingPart = 'broker' | 'ledger'

/** Tells since when meters can deliver. */
export type Hearing = {
  /** Unix seconds by the ledger's time; null while something is missing. */
  readonly since: () => number | null
  readonly lost: (part: HearingPart) => void
  /** Resolves once the ledger was asked what time it is. */
  readonly regained: (part: HearingPart) => Promise<void>
}

/** Begins without the broker. */
export function createHearing(time: LedgerTime): Hearing {
  const missing = new Set<HearingPart>(['broker'])
  let since: number | null = null

  const listen = (): void => {
    if (missing.size === 0) since ??= time.now()
  }
  time.onAdvance(listen)

  return {
    since: () => since,
    lost(part) {
      missing.add(part)
      since = null
    },
    async regained(part) {
      missing.delete(part)
      // The time that is known may be that of the loss; where the ledger does not answer, the next block tells.
      if (await time.refresh()) listen()
    },
  }
}
