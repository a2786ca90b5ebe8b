import type { Command, CommandAnswer } from '../../../domain/devices/command.ts'
import type { KnownDevice } from '../../../domain/devices/device.ts'
import { DomainError } from '../../../domain/errors.ts'
import type { DeviceDesk } from '../adapter.ts'
import { isPassing } from './measurement-taking.ts'
import { commandWritesOf, type InstanceWrite } from './objects/command-writes.ts'
import type { ObservedDevice } from './observed-device.ts'

export type CommandSending = {
  /** As an adapter's `send`: held while the device sleeps, and null once the command expired. */
  readonly send: (device: KnownDevice, command: Command) => Promise<CommandAnswer | null>
  /** Sends what is held for an endpoint, where it can be reached now. */
  readonly flush: (endpoint: string) => void
  /** Gives up what expired meanwhile. */
  readonly expire: () => void
  /** Gives up what is held for an endpoint that has gone. */
  readonly drop: (endpoint: string) => void
  readonly close: () => void
}

export type CommandSendingOptions = {
  readonly desk: Pick<DeviceDesk, 'nowMs'>
  readonly observedOf: (endpoint: string) => ObservedDevice | null
  /** Whether it listens; `markAsleep` says that it was found not to. */
  readonly isAwake: (observed: ObservedDevice) => boolean
  readonly markAsleep: (observed: ObservedDevice) => void
}

type Held = {
  readonly command: Command
  readonly device: KnownDevice
  readonly settle: (answer: CommandAnswer | null) => void
  readonly fail: (error: unknown) => void
}

const MOST_HELD = 16
const MOST_REMEMBERED = 10_000

/** Brings commands to devices, one after the other for each; a command that was answered is answered alike again. */
export function createCommandSending(options: CommandSendingOptions): CommandSending {
  const { desk, observedOf, isAwake, markAsleep } = options
  const held = new Map<string, Held[]>()
  const running = new Set<string>()
  const known = new Map<string, Promise<CommandAnswer | null>>()

  const isExpired = ({ expiresAt }: Command): boolean => desk.nowMs() >= expiresAt * 1_000

  const writesOf = ({ command, device }: Pick<Held, 'command' | 'device'>, observed: ObservedDevice) =>
    commandWritesOf(command, {
      device,
      offered: observed.offered(),
      unitOf: observed.unitOf,
      now: Math.floor(desk.nowMs() / 1_000),
    })

  /** Undefined where it is to stay held. */
  const bring = async (one: Held, observed: ObservedDevice): Promise<CommandAnswer | null | undefined> => {
    if (observed.state() === 'unreachable' && !observed.registration.isQueued) return null
    const writes = writesOf(one, observed)
    for (const [position, { instance, entries }] of writes.entries()) {
      if (isExpired(one.command)) return null
      try {
        await observed.client().write(instance, entries)
      } catch (error) {
        if (!(error instanceof DomainError)) throw error
        if (error.code === 'device-refused') return { status: 'refused', reason: reasonOf(error, position, writes) }
        if (!isPassing(error)) throw error
        if (!observed.registration.isQueued) return null
        markAsleep(observed)
        return undefined
      }
    }
    return { status: 'done' }
  }

  const run = async (endpoint: string): Promise<void> => {
    running.add(endpoint)
    for (;;) {
      const one = held.get(endpoint)?.[0]
      const observed = observedOf(endpoint)
      if (one === undefined || observed === null || observed.state() === 'new' || !isAwake(observed)) break
      try {
        const answer = await bring(one, observed)
        if (answer !== undefined) one.settle(answer)
      } catch (error) {
        one.fail(error)
      }
    }
    running.delete(endpoint)
  }

  const flush = (endpoint: string): void => {
    if (!running.has(endpoint) && held.has(endpoint)) void run(endpoint)
  }

  const hold = (endpoint: string, device: KnownDevice, command: Command): Promise<CommandAnswer | null> => {
    const { promise, resolve, reject } = Promise.withResolvers<CommandAnswer | null>()
    const leave = (): void => {
      const others = held.get(endpoint)?.filter((other) => other !== one) ?? []
      if (others.length === 0) held.delete(endpoint)
      else held.set(endpoint, others)
    }
    const one: Held = {
      command,
      device,
      settle: (answer) => (leave(), resolve(answer)),
      fail: (error) => (leave(), reject(error)),
    }
    held.set(endpoint, [...(held.get(endpoint) ?? []), one])
    return promise
  }

  const settleAll = (isConcerned: (one: Held) => boolean, ofEndpoint?: string): void => {
    const lists = ofEndpoint === undefined ? [...held.values()] : [held.get(ofEndpoint) ?? []]
    for (const one of lists.flat()) if (isConcerned(one)) one.settle(null)
  }

  /** What was not answered may be sent again, as if it never had been. */
  const remember = (id: string, answered: Promise<CommandAnswer | null>): Promise<CommandAnswer | null> => {
    known.set(id, answered)
    if (known.size > MOST_REMEMBERED) known.delete(known.keys().next().value!)
    const forget = (): void => void (known.get(id) === answered && known.delete(id))
    answered.then((answer) => answer === null && forget(), forget)
    return answered
  }

  return {
    send: async (device, command) => {
      const before = known.get(command.id)
      if (before !== undefined) return before
      const endpoint = device.endpoint ?? device.address
      const observed = observedOf(endpoint)
      if (observed === null || isExpired(command)) return null
      if (observed.state() === 'known') writesOf({ device, command }, observed)
      if ((held.get(endpoint)?.length ?? 0) >= MOST_HELD) return null
      const answered = remember(command.id, hold(endpoint, device, command))
      flush(endpoint)
      return answered
    },
    flush,
    expire: () => settleAll(({ command }) => isExpired(command)),
    drop: (endpoint) => settleAll(() => true, endpoint),
    close: () => settleAll(() => true),
  }
}

function reasonOf({ message }: DomainError, position: number, writes: readonly InstanceWrite[]): string {
  return writes.length === 1 ? message : `${message} (at ${position + 1} of ${writes.length})`
}
