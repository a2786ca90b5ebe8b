import type { CommandHappening } from '../domain/devices/command-life.ts'
import type { Store } from './connect.ts'

/** An event of a device's trail, as services/chain/command-trail.ts makes and verifies it. */
export type CommandEvent = {
  readonly device: string
  readonly position: number
  readonly commandId: string
  readonly happening: CommandHappening
  readonly at: number
  readonly attempt: number
  readonly detail: string
  readonly previous: string
  readonly digest: string
  readonly signer: string
  readonly signature: string
}

/** The last event of the device's trail; null where it has none. */
export async function readLastCommandEvent(store: Store, device: string): Promise<CommandEvent | null> {
  const row = await store.client.commandEvent.findFirst({ where: { device }, orderBy: { position: 'desc' } })
  return row === null ? null : eventOf(row)
}

/** Adds an event in its place, which is free. The gateway is the only writer. */
export async function insertCommandEvent(store: Store, event: CommandEvent): Promise<void> {
  await store.client.commandEvent.create({ data: event })
}

/** What happened to the commands, in sequence. */
export async function listEventsOfCommands(store: Store, commandIds: readonly string[]): Promise<CommandEvent[]> {
  const rows = await store.client.commandEvent.findMany({
    where: { commandId: { in: [...commandIds] } },
    orderBy: [{ device: 'asc' }, { position: 'asc' }],
  })
  return rows.map(eventOf)
}

/** The device's trail behind the position. */
export async function listTrail(store: Store, device: string, after: number, limit: number): Promise<CommandEvent[]> {
  const rows = await store.client.commandEvent.findMany({
    where: { device, position: { gt: after } },
    orderBy: { position: 'asc' },
    take: limit,
  })
  return rows.map(eventOf)
}

function eventOf(row: Omit<CommandEvent, 'happening'> & { readonly happening: string }): CommandEvent {
  return { ...row, happening: row.happening as CommandHappening }
}
