import { z } from 'zod'
import { presenceTopicOf, type Presence } from '../runtime/presence.ts'

export const WATCHED_PROCESSES = [
  'gateway',
  'agent',
  'market-operator',
  'grid-operator',
  'aggregator',
  'registrar',
  'indexer',
] as const
export type WatchedProcess = (typeof WATCHED_PROCESSES)[number]

const presence = z.object({
  state: z.enum(['up', 'degraded', 'down']),
  since: z.number().int(),
  detail: z.string().max(500).optional(),
})
const processOf = new Map<string, WatchedProcess>(WATCHED_PROCESSES.map((name) => [presenceTopicOf(name), name]))

/** Remembers what each process last said of itself on the broker; what is no presence is left aside. */
export function createPresences(): {
  readonly latest: ReadonlyMap<WatchedProcess, Presence>
  readonly receive: (topic: string, payload: Buffer) => void
} {
  const latest = new Map<WatchedProcess, Presence>()
  return {
    latest,
    receive(topic, payload) {
      const name = processOf.get(topic)
      if (name === undefined) return
      const parsed = presence.safeParse(parseJson(payload.toString('utf8')))
      if (!parsed.success) return
      const { state, since, detail } = parsed.data
      latest.set(name, { state, since, ...(detail === undefined ? {} : { detail }) })
    },
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
