import type { ReplayOutcome } from '../../store/refusal-replays.ts'
import type { Replayer } from '../refusal-replays.ts'
import { listedJson, singleJson } from './json/reading-message.ts'
import { takeReadings, type ReadingTaker } from './reading-taking.ts'
import type { Receipt } from './receipt.ts'
import { ultralight } from './ultralight/reading-measures.ts'

/** How messages of readings are decided on anew, by the name of their format: as when they come, but nobody is answered. */
export function readingReplayersOf(receive: ReadingTaker['receive']): Map<string, Replayer> {
  // What is refused again keeps the row that it has.
  const taker: ReadingTaker = { receive, mayAnswer: () => false, onRefused: () => undefined }
  return new Map(
    [singleJson, listedJson, ultralight].map((format) => [
      format.name,
      async (address, payload) => outcomeOf(await takeReadings(taker, { topic: 'replay', address, payload, format })),
    ]),
  )
}

function outcomeOf(receipts: readonly (Receipt | null)[]): ReplayOutcome | null {
  const outcomes = receipts.flatMap((receipt) => (receipt === null ? [] : [receipt.outcome]))
  if (outcomes.length < receipts.length) return null
  const refused = outcomes.flatMap((outcome) => (outcome.status === 'refused' ? [outcome] : []))
  const first = refused.find(({ code }) => code !== 'reading-replayed')
  if (first !== undefined) return { status: 'refused', code: first.code, reason: first.reason }
  return { status: refused.length === outcomes.length ? 'known' : 'accepted', code: null, reason: null }
}
