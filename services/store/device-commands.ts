import type { CommandHappening } from '../domain/devices/command-life.ts'
import type { CommandSource } from '../domain/devices/device-limits.ts'
import type { Store } from './connect.ts'
import { Prisma, type DeviceCommand as DeviceCommandRow } from './generated/client.ts'

/** What a device is told, and by whom. Times are unix seconds by the ledger's clock. */
export type DeviceCommand = {
  readonly number: bigint
  readonly id: string
  /** Address. */
  readonly device: string
  readonly memberId: number
  readonly source: CommandSource
  readonly issuer: string
  /** JSON. */
  readonly action: string
  readonly signature: string | null
  readonly expiresAt: number
  readonly createdAt: number
  readonly cancelledAt: number | null
}

/** A command that has not ended. */
export type OpenCommand = DeviceCommand & {
  /** What happened to it, in sequence. */
  readonly happenings: readonly CommandHappening[]
  /** Of its last attempt; 0 before the first. */
  readonly attempt: number
  /** Whether no later one is for the same device. */
  readonly isLatest: boolean
}

/** Keeps the command unless there is one of that id; resolves to what is kept. The api is the only writer. */
export async function insertDeviceCommand(
  store: Store,
  command: Omit<DeviceCommand, 'number' | 'cancelledAt'>,
): Promise<DeviceCommand> {
  await store.client.deviceCommand.createMany({ data: [command], skipDuplicates: true })
  return commandOf(await store.client.deviceCommand.findUniqueOrThrow({ where: { id: command.id } }))
}

/** Null where there is none. */
export async function readDeviceCommand(store: Store, id: string): Promise<DeviceCommand | null> {
  const row = await store.client.deviceCommand.findUnique({ where: { id } })
  return row === null ? null : commandOf(row)
}

/** What the device was told last for the member, by whomever or by the source; null for nothing. */
export async function readLatestCommand(
  store: Store,
  device: string,
  memberId: number,
  source?: CommandSource,
): Promise<DeviceCommand | null> {
  const where = { device, memberId, ...(source === undefined ? {} : { source }) }
  const row = await store.client.deviceCommand.findFirst({ where, orderBy: { number: 'desc' } })
  return row === null ? null : commandOf(row)
}

/** What the device was told for the member, the latest first; those before the number where one is given. */
export async function listDeviceCommands(
  store: Store,
  { device, memberId, before }: { readonly device: string; readonly memberId: number; readonly before: bigint | null },
  limit: number,
): Promise<DeviceCommand[]> {
  const rows = await store.client.deviceCommand.findMany({
    where: { device, memberId, ...(before === null ? {} : { number: { lt: before } }) },
    orderBy: { number: 'desc' },
    take: limit,
  })
  return rows.map(commandOf)
}

/** Has the command sent no more, if it has not ended. The first time counts. */
export async function cancelDeviceCommand(store: Store, id: string, cancelledAt: number): Promise<void> {
  await store.client.deviceCommand.updateMany({ where: { id, cancelledAt: null }, data: { cancelledAt } })
}

/** Commands behind the number that expire from `since` on and have not ended, in the sequence in which they were given. */
export async function listOpenCommands(
  store: Store,
  { after, since, limit }: { readonly after: bigint; readonly since: number; readonly limit: number },
): Promise<OpenCommand[]> {
  const rows = await store.client.$queryRaw<OpenRow[]>`
    ${SELECT_OPEN}
    WHERE c.number > ${after} AND c.expires_at >= ${since}::int AND NOT EXISTS (
      SELECT FROM command_events e WHERE e.command_id = c.id
        AND e.happening IN ('done', 'refused', 'expired', 'cancelled', 'superseded'))
    ORDER BY c.number
    LIMIT ${limit}::int`
  return rows.map((row) => ({ ...row, ...commandOf(row) }))
}

/** A command with what happened to it, whether it has ended or not; null where there is none. */
export async function readCommandForSending(store: Store, id: string): Promise<OpenCommand | null> {
  const [row] = await store.client.$queryRaw<OpenRow[]>`${SELECT_OPEN} WHERE c.id = ${id}`
  return row === undefined ? null : { ...row, ...commandOf(row) }
}

type OpenRow = DeviceCommandRow & Pick<OpenCommand, 'happenings' | 'attempt' | 'isLatest'>

const SELECT_OPEN = Prisma.sql`
  SELECT c.number, c.id, c.device, c.member_id AS "memberId", c.source, c.issuer, c.action, c.signature,
    c.expires_at AS "expiresAt", c.created_at AS "createdAt", c.cancelled_at AS "cancelledAt",
    ARRAY(SELECT e.happening FROM command_events e WHERE e.command_id = c.id ORDER BY e.position) AS happenings,
    coalesce((SELECT max(e.attempt) FROM command_events e WHERE e.command_id = c.id), 0)::int AS attempt,
    NOT EXISTS (SELECT FROM device_commands l WHERE l.device = c.device AND l.number > c.number) AS "isLatest"
  FROM device_commands c`

function commandOf(row: DeviceCommandRow): DeviceCommand {
  return { ...row, source: row.source as CommandSource }
}
