import { stateOf, type CommandState } from '../domain/devices/command-life.ts'
import { listEventsOfCommands } from './command-events.ts'
import type { Store } from './connect.ts'
import { readDeviceCommand } from './device-commands.ts'

/** Where a command stands, and the reason that came last with it; null for one that is not known. */
export async function readCommandOutcome(
  store: Store,
  commandId: string,
): Promise<{ readonly state: CommandState; readonly detail: string } | null> {
  const [command, events] = await Promise.all([
    readDeviceCommand(store, commandId),
    listEventsOfCommands(store, [commandId]),
  ])
  if (command === null) return null
  return { state: stateOf(events.map(({ happening }) => happening)), detail: events.at(-1)?.detail ?? '' }
}
