import { describe, expect, test } from 'vitest'
import { findTrailFault, type TrailedCommand } from '../chain/command-trail.ts'
import { localSigningKey } from '../chain/signing-key.ts'
import { signingDomainOf } from '../chain/typed-data.ts'
import { isFinal, stateOf } from '../domain/devices/command-life.ts'
import type { CommandAnswer } from '../domain/devices/command.ts'
import { limitsUnlessSet } from '../domain/devices/device-limits.ts'
import type { KnownDevice } from '../domain/devices/device.ts'
import type { CommandEvent } from '../store/command-events.ts'
import type { DeviceCommand, OpenCommand } from '../store/device-commands.ts'
import { createCommandDesk } from './command-desk.ts'
import { createCommandRecorder } from './command-recorder.ts'

const DEVICE = `0x${'d1'.repeat(20)}`
const domain = signingDomainOf(31_337n, `0x${'22'.repeat(20)}`)
const key = localSigningKey(`0x${'11'.repeat(32)}`)
const idOf = (number: number) => `${String(number).repeat(8)}-1111-4111-8111-111111111111`

/** A desk whose rows are in memory and whose devices are told what the test answers. */
function createWorld() {
  const device: KnownDevice = {
    address: DEVICE,
    kind: 'battery',
    area: 1,
    memberId: 7,
    protocol: 'mqtt',
    endpoint: null,
    isSigning: true,
    ratedPowerW: 5_000,
    capabilities: ['set-point'],
  }
  const commands: DeviceCommand[] = []
  const events: CommandEvent[] = []
  const world = {
    now: 1_000,
    nowMs: 0,
    device,
    limits: limitsUnlessSet(device),
    /** Whether what has ended is listed as if nothing had happened. */
    isListStale: false,
    sent: [] as string[],
    answer: (): Promise<CommandAnswer | null> => Promise.resolve({ status: 'done' }),
    give(number: number, change: Partial<DeviceCommand> = {}) {
      commands.push({
        number: BigInt(number),
        id: idOf(number),
        device: DEVICE,
        memberId: 7,
        source: 'owner',
        issuer: '0xaa',
        action: '{"kind":"set-point","powerW":1500}',
        signature: null,
        expiresAt: 2_000,
        createdAt: 900,
        cancelledAt: null,
        ...change,
      })
    },
    cancel: (number: number) => {
      const place = commands.findIndex(({ id }) => id === idOf(number))
      commands[place] = { ...commands[place]!, cancelledAt: world.now }
    },
    happenings: (number = 1) => events.filter(({ commandId }) => commandId === idOf(number)).map((it) => it.happening),
    details: () => events.map(({ detail }) => detail),
    trailFault: () =>
      findTrailFault(domain, {
        device: DEVICE,
        events,
        commands: new Map(commands.map((command) => [command.id, command satisfies TrailedCommand])),
        signers: new Set([key.address]),
      }),
    createDesk() {
      const openOf = (command: DeviceCommand): OpenCommand => {
        const own = events.filter(({ commandId }) => commandId === command.id)
        return {
          ...command,
          happenings: own.map(({ happening }) => happening),
          attempt: Math.max(0, ...own.map(({ attempt }) => attempt)),
          isLatest: !commands.some(({ number }) => number > command.number),
        }
      }
      return createCommandDesk({
        now: () => world.now,
        nowMs: () => world.nowMs,
        listOpen: async () => {
          if (world.isListStale) return commands.map((command) => ({ ...openOf(command), happenings: [], attempt: 0 }))
          return commands.map(openOf).filter(({ happenings }) => !isFinal(stateOf(happenings)))
        },
        readCommand: async (id) => {
          const command = commands.find((it) => it.id === id)
          return command === undefined ? null : openOf(command)
        },
        readDevice: async () => world.device,
        readLimits: async () => world.limits,
        record: createCommandRecorder({
          domain,
          key,
          readLast: async () => events.at(-1) ?? null,
          insert: async (event) => void events.push(event),
          patiently: (work) => work(),
        }),
        adapterOf: (protocol) =>
          protocol !== 'mqtt'
            ? null
            : {
                send: (_device, { id }) => {
                  world.sent.push(id)
                  return world.answer()
                },
              },
        onDefect: (error) => {
          throw error
        },
      })
    },
  }
  return world
}

/** Looks, and waits until nothing is under way. */
async function lookOnce(desk: ReturnType<typeof createCommandDesk>): Promise<void> {
  await desk.look()
  for (let turn = 0; turn < 50; turn += 1) await Promise.resolve()
}

const silence = () => Promise.resolve(null)

describe('createCommandDesk', () => {
  test('records before it sends and after the answer, and never sends again what is done', async () => {
    const world = createWorld()
    const desk = world.createDesk()
    world.give(1)
    world.answer = () => {
      expect(world.happenings()).toEqual(['sent'])
      return Promise.resolve({ status: 'done' })
    }
    await lookOnce(desk)
    await lookOnce(desk)
    await lookOnce(world.createDesk())
    expect(world.happenings()).toEqual(['sent', 'done'])
    expect(world.sent).toHaveLength(1)
    expect(world.trailFault()).toBeNull()
  })

  test('keeps a refusal with its reason as an answer', async () => {
    const world = createWorld()
    world.give(1)
    world.answer = () => Promise.resolve({ status: 'refused', reason: 'too hot' })
    await lookOnce(world.createDesk())
    expect(world.happenings()).toEqual(['sent', 'refused'])
    expect(world.details()).toEqual(['', 'too hot'])
  })

  test('tries again after a pause that doubles, until the command expires', async () => {
    const world = createWorld()
    const desk = world.createDesk()
    world.give(1)
    world.answer = silence
    await lookOnce(desk)
    for (const [ms, tries] of [
      [999, 1],
      [1_000, 2],
      [2_999, 2],
      [3_000, 3],
    ] as const) {
      world.nowMs = ms
      await lookOnce(desk)
      expect(world.sent, `after ${ms} ms`).toHaveLength(tries)
    }
    world.now = 2_000
    await lookOnce(desk)
    expect(world.happenings().slice(-3)).toEqual(['sent', 'unanswered', 'expired'])
    expect(world.trailFault()).toBeNull()
  })

  test('tries at once when the device was heard', async () => {
    const world = createWorld()
    const desk = world.createDesk()
    expect(desk.wake(DEVICE)).toBe(false)
    world.give(1)
    world.answer = silence
    await lookOnce(desk)
    expect(desk.wake(DEVICE)).toBe(true)
    await lookOnce(desk)
    expect(world.sent).toHaveLength(2)
  })

  test('does not believe an answer from the expiry on, and notes it', async () => {
    const world = createWorld()
    world.give(1)
    world.answer = () => {
      world.now = 2_000
      return Promise.resolve({ status: 'done' })
    }
    const desk = world.createDesk()
    await lookOnce(desk)
    await desk.receive(DEVICE, idOf(1), { status: 'done' })
    expect(world.happenings()).toEqual(['sent', 'expired', 'answered-late'])
  })

  test('ends what was cancelled or has a later one, and sends the later one alone', async () => {
    const world = createWorld()
    world.give(1)
    world.give(2)
    const desk = world.createDesk()
    await lookOnce(desk)
    await lookOnce(desk)
    expect(world.happenings(1)).toEqual(['superseded'])
    expect(world.happenings(2)).toEqual(['sent', 'done'])
    world.give(3)
    world.cancel(3)
    await lookOnce(desk)
    expect(world.happenings(3)).toEqual(['cancelled'])
    expect(world.sent).toEqual([idOf(2)])
  })

  test.each<[string, (world: ReturnType<typeof createWorld>) => void, string]>([
    [
      'limits that became narrower',
      (world) => (world.limits = { ...world.limits, mostChargeW: 1_499 }),
      'command-beyond-limits',
    ],
    ['a pause', (world) => (world.limits = { ...world.limits, isPaused: true }), 'device-paused'],
    [
      'a source that may not',
      (world) => (world.limits = { ...world.limits, sources: ['agent'] }),
      'command-source-not-allowed',
    ],
    ['another owner', (world) => (world.device = { ...world.device, memberId: 8 }), 'device-not-theirs'],
    [
      'a protocol without commands',
      (world) => (world.device = { ...world.device, protocol: 'modbus' }),
      'protocol-without-commands',
    ],
  ])('sends nothing against %s', async (_, change, code) => {
    const world = createWorld()
    world.give(1)
    change(world)
    await lookOnce(world.createDesk())
    expect(world.sent).toEqual([])
    expect(world.happenings()).toEqual(['refused'])
    expect(world.details()[0]).toMatch(new RegExp(`^${code}: `))
  })

  test('sends again after it was killed between sending and the answer, and takes the answer to either', async () => {
    const world = createWorld()
    world.give(1)
    world.answer = () => new Promise(() => undefined)
    await lookOnce(world.createDesk())
    expect(world.happenings()).toEqual(['sent'])

    const next = world.createDesk()
    await next.receive(DEVICE, idOf(1), { status: 'done' })
    await lookOnce(next)
    expect(world.happenings()).toEqual(['sent', 'done'])
    expect(world.sent).toHaveLength(1)
  })

  test('sends nothing of a list that is older than the answer', async () => {
    const world = createWorld()
    world.give(1)
    const desk = world.createDesk()
    world.isListStale = true
    await lookOnce(desk)
    await lookOnce(desk)
    expect(world.happenings()).toEqual(['sent', 'done'])
    expect(world.sent).toHaveLength(1)
  })

  test('tells a device one thing at a time, however often it looks', async () => {
    const world = createWorld()
    world.give(1)
    let answerNow: (answer: CommandAnswer) => void = () => undefined
    world.answer = () => new Promise((resolve) => (answerNow = resolve))
    const desk = world.createDesk()
    await lookOnce(desk)
    world.give(2)
    await lookOnce(desk)
    await lookOnce(desk)
    expect(world.sent).toEqual([idOf(1)])
    answerNow({ status: 'done' })
    await lookOnce(desk)
    await lookOnce(desk)
    expect(world.sent).toEqual([idOf(1), idOf(2)])
  })

  test('refuses answers to what the device was not told', async () => {
    const world = createWorld()
    world.give(1)
    const desk = world.createDesk()
    const unknown = expect.objectContaining({ code: 'command-unknown' }) as Error
    await expect(desk.receive(DEVICE, idOf(9), { status: 'done' })).rejects.toThrow(unknown)
    await expect(desk.receive(`0x${'d2'.repeat(20)}`, idOf(1), { status: 'done' })).rejects.toThrow(unknown)
    await desk.receive(DEVICE, idOf(1), { status: 'done' })
    expect(world.happenings()).toEqual([])
  })
})
