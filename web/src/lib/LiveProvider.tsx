import { useQueryClient } from '@tanstack/react-query'
import { createContext, use, useCallback, useEffect, useMemo, useState, type ReactNode } from 'react'
import { STREAM_ADDRESS, type HealthEvent } from './api-client.ts'
import { ledgerTimeAt, observeLedgerTime, type Observation } from './ledger-clock.ts'
import { followLiveStream, gatherPeriods, type EventSourceLike, type StreamState } from './live-stream.ts'
import { isAffected } from './query-keys.ts'

type Live = {
  readonly stream: StreamState
  /** What the api says of its parts; null before it said anything. */
  readonly health: HealthEvent | null
  /** Number of the latest block in the database; null before the first event. */
  readonly latestBlock: number | null
  /** Wall-clock milliseconds of the latest event; null before the first. */
  readonly heardAt: number | null
  readonly observations: readonly Observation[]
  readonly observe: (ledgerTime: number, wallMs: number) => void
}

const REFETCH_EVERY_MS = 500
const LiveContext = createContext<Live | null>(null)

function schedule(run: () => void, afterMs: number): () => void {
  const timer = setTimeout(run, afterMs)
  return () => clearTimeout(timer)
}

/** Keeps one live connection for the whole app, and fetches again what each event has changed. */
export function LiveProvider({ children }: { children: ReactNode }) {
  const queries = useQueryClient()
  const [stream, setStream] = useState<StreamState>('connecting')
  const [health, setHealth] = useState<HealthEvent | null>(null)
  const [latest, setLatest] = useState<{ block: number; at: number } | null>(null)
  const [observations, setObservations] = useState<readonly Observation[]>([])

  useEffect(() => {
    let wasOffline = false
    const gathered = gatherPeriods(REFETCH_EVERY_MS, schedule, (periods) => {
      void queries.invalidateQueries({ predicate: (query) => isAffected(query.queryKey, periods) })
    })
    const stop = followLiveStream({
      open: () => new EventSource(STREAM_ADDRESS) as EventSourceLike,
      schedule,
      onState: (state) => {
        setStream(state)
        if (state === 'live' && wasOffline) void queries.invalidateQueries()
        wasOffline = state === 'offline' || (wasOffline && state !== 'live')
      },
      onHealth: (event) => {
        setHealth(event)
        void queries.invalidateQueries({ queryKey: ['health'] })
      },
      onProjection: (event) => {
        setLatest({ block: event.blockNumber, at: Date.now() })
        gathered.add(event.periods)
      },
    })
    return () => {
      stop()
      gathered.stop()
    }
  }, [queries])

  const observe = useCallback((ledgerTime: number, wallMs: number) => {
    setObservations((known) => observeLedgerTime(known, { ledgerTime, wallMs }))
  }, [])

  const live = useMemo(
    () => ({ stream, health, latestBlock: latest?.block ?? null, heardAt: latest?.at ?? null, observations, observe }),
    [stream, health, latest, observations, observe],
  )
  return <LiveContext value={live}>{children}</LiveContext>
}

export function useLive(): Live {
  const live = use(LiveContext)
  if (live === null) throw new Error('useLive is used outside of LiveProvider')
  return live
}

/** Wall-clock milliseconds, renewed as often as told. */
export function useWallClock(everyMs: number): number {
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs)
    return () => clearInterval(timer)
  }, [everyMs])
  return now
}

/** The ledger's time in unix seconds, running on between blocks at the pace seen so far; null before the first block. */
export function useLedgerTime(): number | null {
  const { observations } = useLive()
  return ledgerTimeAt(observations, useWallClock(250))
}
