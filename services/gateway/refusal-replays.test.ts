import { describe, expect, test } from 'vitest'
import type { OpenReplay, ReplayOutcome } from '../store/refusal-replays.ts'
import { createReplayDesk, type Replayer } from './refusal-replays.ts'

const ACCEPTED: ReplayOutcome = { status: 'accepted', code: null, reason: null }

function setUp(open: readonly Partial<OpenReplay>[], replayer: Replayer = () => Promise.resolve(ACCEPTED)) {
  const written: [bigint, ReplayOutcome['status'], string | null][] = []
  const desk = createReplayDesk({
    replayers: new Map([['known', replayer]]),
    listOpen: (limit) =>
      Promise.resolve(
        open
          .map((replay, index) => ({
            ...{ id: BigInt(index), device: '0x1', format: 'known', isWhole: true, payload: new Uint8Array() },
            ...replay,
          }))
          .slice(0, limit),
      ),
    write: (id, { status, code }) => Promise.resolve(void written.push([id, status, code])),
    now: () => 7,
  })
  return { desk, written }
}

describe('the replay desk', () => {
  test('decides on every message in turn', async () => {
    const { desk, written } = setUp([{}, {}])
    await desk.look()
    expect(written).toEqual([
      [0n, 'accepted', null],
      [1n, 'accepted', null],
    ])
  })

  test('refuses what is not whole, names no device, or has a format that nobody reads', async () => {
    const { desk, written } = setUp([{ isWhole: false }, { device: null }, { format: null }, { format: 'other' }])
    await desk.look()
    expect(written.map(([, status, code]) => `${status} ${code}`)).toEqual(
      Array.from({ length: 4 }, () => 'refused refusal-not-replayable'),
    )
  })

  test('leaves the rest for later where a message cannot be made durable now', async () => {
    let tries = 0
    const { desk, written } = setUp([{}, {}, {}], () => Promise.resolve((tries += 1) === 2 ? null : ACCEPTED))
    await desk.look()
    expect(written.map(([id]) => id)).toEqual([0n])
    expect(tries).toBe(2)
  })

  test('takes up 50 at once', async () => {
    const { desk, written } = setUp(Array.from({ length: 60 }, () => ({})))
    await desk.look()
    expect(written).toHaveLength(50)
  })
})
