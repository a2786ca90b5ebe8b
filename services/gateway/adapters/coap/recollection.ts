import type { Shelf } from './shelf.ts'
import type { Clock } from './surroundings.ts'

/** What came from a peer of late, so that what comes twice is worked on once (RFC 7252 section 4.5). */
export type Recollection = {
  /** What answers a message that came before, once there is anything; null for a message that is new. */
  readonly recall: (messageId: number) => { readonly answer: Buffer | null } | null
  /** Knows a message from now on, though there is no answer yet. */
  readonly begin: (messageId: number) => void
  readonly remember: (messageId: number, answer: Buffer) => void
  /** Takes a message for new when it comes again. */
  readonly forget: (messageId: number) => void
  readonly close: () => void
}

type Entry = { answer: Buffer | null; readonly forgetAtMs: number; letGo: () => void }

const EXCHANGE_LIFETIME_MS = 247_000
const MAX_REMEMBERED = 32

export function createRecollection(shelf: () => Shelf, clock: Clock): Recollection {
  const entries = new Map<number, Entry>()
  const forget = (messageId: number): void => {
    entries.get(messageId)?.letGo()
    entries.delete(messageId)
  }
  return {
    recall: (messageId) => {
      const known = entries.get(messageId)
      return known !== undefined && known.forgetAtMs > clock.nowMs() ? known : null
    },
    begin: (messageId) => {
      forget(messageId)
      entries.set(messageId, { answer: null, forgetAtMs: clock.nowMs() + EXCHANGE_LIFETIME_MS, letGo: () => undefined })
      if (entries.size > MAX_REMEMBERED) forget(entries.keys().next().value!)
    },
    remember: (messageId, answer) => {
      const entry = entries.get(messageId)
      if (entry === undefined) return
      entry.answer = answer
      entry.letGo = shelf().keep(answer.length, () => {
        if (entries.get(messageId) === entry) entries.delete(messageId)
      })
    },
    forget,
    close: () => {
      for (const messageId of [...entries.keys()]) forget(messageId)
    },
  }
}
