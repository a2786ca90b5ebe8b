import type { OpenReplay, ReplayOutcome } from '../store/refusal-replays.ts'

/** Decides on a payload of the device as when it comes; null where it should be tried again, and never throws a refusal. */
export type Replayer = (device: string, payload: Uint8Array) => Promise<ReplayOutcome | null>

export type ReplayDeskOptions = {
  /** By the name of the format in which the payload is. */
  readonly replayers: ReadonlyMap<string, Replayer>
  readonly listOpen: (limit: number) => Promise<readonly OpenReplay[]>
  readonly write: (id: bigint, outcome: ReplayOutcome & { readonly decidedAt: number }) => Promise<void>
  /** Unix seconds by the ledger's clock. */
  readonly now: () => number
}

/** At once; others wait for the next look. */
const MOST_AT_ONCE = 50

const UNREADABLE: ReplayOutcome = {
  status: 'refused',
  code: 'refusal-not-replayable',
  reason: 'the message is not whole, or nothing of this gateway reads it',
}

/**
 * Takes up what is to be decided on anew. A message is as good as when it came: what was taken of it before is known then,
 * so that a kill between its reading and its outcome has no second effect.
 */
export function createReplayDesk({ replayers, listOpen, write, now }: ReplayDeskOptions): {
  readonly look: () => Promise<void>
} {
  const outcomeOf = async ({ device, format, isWhole, payload }: OpenReplay): Promise<ReplayOutcome | null> => {
    const replayer = format === null ? undefined : replayers.get(format)
    if (device === null || !isWhole || replayer === undefined) return UNREADABLE
    return replayer(device, payload)
  }
  return {
    async look() {
      for (const replay of await listOpen(MOST_AT_ONCE)) {
        const outcome = await outcomeOf(replay)
        if (outcome === null) return
        await write(replay.id, { ...outcome, decidedAt: now() })
      }
    },
  }
}
