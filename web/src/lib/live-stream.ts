import type { HealthEvent, ProjectionEvent } from './api-client.ts'

export type StreamState = 'connecting' | 'live' | 'offline'

/** The part of the browser's EventSource that is used. */
export type EventSourceLike = {
  onopen: (() => void) | null
  onerror: (() => void) | null
  addEventListener: (type: string, listener: (event: { data: string }) => void) => void
  close: () => void
}

type Options = {
  readonly open: () => EventSourceLike
  readonly onState: (state: StreamState) => void
  readonly onProjection: (event: ProjectionEvent) => void
  readonly onHealth: (event: HealthEvent) => void
  readonly schedule: (run: () => void, afterMs: number) => () => void
}

const FIRST_WAIT_MS = 500
const LONGEST_WAIT_MS = 15_000

/** How long to wait before the next attempt; the first failure is attempt 0. Doubles up to 15 s. */
export function reconnectDelayOf(attempt: number): number {
  return Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(attempt, 10))
}

/** Follows the api's live events until told to stop; opens the connection again whenever it is lost. */
export function followLiveStream({ open, onState, onProjection, onHealth, schedule }: Options): () => void {
  let stopped = false
  let failures = 0
  let source: EventSourceLike | null = null
  let cancel = () => {}

  const connect = () => {
    const current = open()
    source = current
    current.onopen = () => {
      failures = 0
      onState('live')
    }
    current.onerror = () => {
      if (stopped || source !== current) return
      // The browser would try again on its own, but not after every kind of failure, and not with patience.
      current.close()
      source = null
      onState('offline')
      cancel = schedule(connect, reconnectDelayOf(failures))
      failures += 1
    }
    current.addEventListener('projection', (event) => onProjection(JSON.parse(event.data) as ProjectionEvent))
    current.addEventListener('health', (event) => onHealth(JSON.parse(event.data) as HealthEvent))
  }

  onState('connecting')
  connect()
  return () => {
    stopped = true
    cancel()
    source?.close()
  }
}

/** Gathers periods and hands them on at most once per `everyMs`: the first at once, the rest together. */
export function gatherPeriods(
  everyMs: number,
  schedule: Options['schedule'],
  handOn: (periods: ReadonlySet<number>) => void,
): { add: (periods: readonly number[]) => void; stop: () => void } {
  let waiting: Set<number> | null = null
  let cancel: (() => void) | null = null

  const pause = () => {
    cancel = schedule(() => {
      cancel = null
      if (waiting === null) return
      const gathered = waiting
      waiting = null
      pause()
      handOn(gathered)
    }, everyMs)
  }

  return {
    add: (periods) => {
      if (cancel !== null) {
        waiting = new Set([...(waiting ?? []), ...periods])
        return
      }
      pause()
      handOn(new Set(periods))
    },
    stop: () => cancel?.(),
  }
}
