import { signCommandEvent, type CommandHappened } from '../chain/command-trail.ts'
import type { SigningKey } from '../chain/signing-key.ts'
import type { SigningDomain } from '../chain/typed-data.ts'
import type { CommandEvent } from '../store/command-events.ts'
import type { DeviceCommand } from '../store/device-commands.ts'

/** Adds an event to the trail of the command's device; resolves once it is durable. */
export type CommandRecorder = (command: DeviceCommand, happened: CommandHappened) => Promise<void>

const LONGEST_DETAIL = 300

/**
 * Writes trails, an event of a device after the other. An event that was written before the database went away, without
 * telling so, is found instead of written twice.
 */
export function createCommandRecorder(options: {
  readonly domain: SigningDomain
  readonly key: SigningKey
  readonly readLast: (device: string) => Promise<CommandEvent | null>
  readonly insert: (event: CommandEvent) => Promise<void>
  /** Repeats what needs the database until it succeeds. */
  readonly patiently: <Result>(work: () => Promise<Result>) => Promise<Result>
}): CommandRecorder {
  const lastOf = new Map<string, Promise<void>>()

  const write = (command: DeviceCommand, happened: CommandHappened): Promise<void> =>
    options.patiently(async () => {
      const last = await options.readLast(command.device)
      if (last !== null && isSame(last, command, happened)) return
      await options.insert(await signCommandEvent(options.domain, options.key, command, last, happened))
    })

  return (command, { detail, ...happened }) => {
    const { device } = command
    const text = detail.replaceAll('\0', '\uFFFD').toWellFormed().slice(0, LONGEST_DETAIL).toWellFormed()
    const before = lastOf.get(device) ?? Promise.resolve()
    const written = before.catch(() => undefined).then(() => write(command, { ...happened, detail: text }))
    lastOf.set(device, written)
    const forget = (): void => {
      if (lastOf.get(device) === written) lastOf.delete(device)
    }
    written.then(forget, forget)
    return written
  }
}

function isSame(last: CommandEvent, command: DeviceCommand, happened: CommandHappened): boolean {
  const { happening, attempt, at, detail } = happened
  return (
    last.commandId === command.id &&
    last.happening === happening &&
    last.attempt === attempt &&
    last.at === at &&
    last.detail === detail
  )
}
