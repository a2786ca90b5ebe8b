import { describe, expect, test } from 'vitest'
import {
  followLiveStream,
  gatherPeriods,
  reconnectDelayOf,
  type EventSourceLike,
  type StreamState,
} from './live-stream.ts'

type Timer = { run: () => void; afterMs: number }

function manualSchedule() {
  const timers: Timer[] = []
  const schedule = (run: () => void, afterMs: number) => {
    const timer = { run, afterMs }
    timers.push(timer)
    return () => {
      timers.splice(timers.indexOf(timer), 1)
    }
  }
  const fire = () => timers.shift()?.run()
  return { schedule, timers, fire }
}

class FakeSource implements EventSourceLike {
  onopen: (() => void) | null = null
  onerror: (() => void) | null = null
  isClosed = false
  readonly listeners = new Map<string, (event: { data: string }) => void>()

  addEventListener(type: string, listener: (event: { data: string }) => void) {
    this.listeners.set(type, listener)
  }

  close() {
    this.isClosed = true
  }
}

function followed() {
  const sources: FakeSource[] = []
  const states: StreamState[] = []
  const blocks: number[] = []
  const clock = manualSchedule()
  const stop = followLiveStream({
    open: () => {
      const source = new FakeSource()
      sources.push(source)
      return source
    },
    schedule: clock.schedule,
    onState: (state) => states.push(state),
    onProjection: ({ blockNumber }) => blocks.push(blockNumber),
    onHealth: () => {},
  })
  return { sources, states, blocks, clock, stop }
}

test('reconnectDelayOf doubles up to 15 s', () => {
  expect([0, 1, 2, 20].map(reconnectDelayOf)).toEqual([500, 1_000, 2_000, 15_000])
})

describe('followLiveStream', () => {
  test('hands on what it hears', () => {
    const { sources, blocks } = followed()
    sources[0]?.listeners.get('projection')?.({ data: '{"blockNumber":12,"periods":[]}' })
    expect(blocks).toEqual([12])
  })

  test('opens a lost connection again, after longer and longer, and says how it is', () => {
    const { sources, states, clock } = followed()
    sources[0]?.onopen?.()
    sources[0]?.onerror?.()
    expect(sources[0]?.isClosed).toBe(true)
    expect(clock.timers.map(({ afterMs }) => afterMs)).toEqual([500])

    clock.fire()
    sources[1]?.onerror?.()
    expect(clock.timers.map(({ afterMs }) => afterMs)).toEqual([1_000])

    clock.fire()
    sources[2]?.onopen?.()
    sources[2]?.onerror?.()
    expect(clock.timers.map(({ afterMs }) => afterMs)).toEqual([500])
    expect(states).toEqual(['connecting', 'live', 'offline', 'offline', 'live', 'offline'])
  })

  test('does not come back once it is stopped', () => {
    const { sources, clock, stop } = followed()
    sources[0]?.onerror?.()
    stop()
    expect(clock.timers).toEqual([])
  })
})

describe('gatherPeriods', () => {
  test('hands on the first at once and the next ones together', () => {
    const handedOn: number[][] = []
    const { schedule, fire, timers } = manualSchedule()
    const gathered = gatherPeriods(500, schedule, (periods) => handedOn.push([...periods]))

    gathered.add([1])
    gathered.add([2, 3])
    gathered.add([3, 4])
    expect(handedOn).toEqual([[1]])

    fire()
    expect(handedOn).toEqual([[1], [2, 3, 4]])

    fire()
    expect(timers).toEqual([])
    gathered.add([5])
    expect(handedOn).toEqual([[1], [2, 3, 4], [5]])
  })

  test('hands on an event that touched no period: a block may matter without one', () => {
    const handedOn: number[] = []
    const { schedule, fire } = manualSchedule()
    const gathered = gatherPeriods(500, schedule, (periods) => handedOn.push(periods.size))
    gathered.add([])
    gathered.add([])
    fire()
    expect(handedOn).toEqual([0, 0])
  })
})
