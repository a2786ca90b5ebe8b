import type { CommandKind } from '../domain/devices/command.ts'
import type { DeviceKind, DeviceProtocol, KnownDevice } from '../domain/devices/device.ts'
import type { Store } from './connect.ts'
import type { Device as DeviceRow, Prisma } from './generated/client.ts'

/** A device with what is known of it. */
export type Device = KnownDevice & {
  readonly maker: string
  readonly model: string
  readonly serialNumber: string
  /** Place in the grid; empty where it is not known. */
  readonly feeder: string
  /** Unix seconds by the ledger's clock at which it changed hands last; null where it never did. */
  readonly ownedSince: number | null
}

/** A device that nobody has claimed, with the SHA-256, hex, of the code on it; null for one without a code. */
export type NewDevice = Omit<Device, 'memberId' | 'ownedSince'> & { readonly claimCodeHash: string | null }

export type DeviceFilter = {
  readonly area: number
  /** Null for those of everybody, and of nobody. */
  readonly members: readonly number[] | null
  readonly addresses?: readonly string[] | undefined
  readonly kind?: DeviceKind | undefined
  readonly maker?: string | undefined
  readonly model?: string | undefined
  readonly feeder?: string | undefined
  readonly capability?: CommandKind | undefined
  readonly protocol?: DeviceProtocol | undefined
  readonly isClaimed?: boolean | undefined
}

/** Adds or hands over the meters of these members' households; again without effect. The set-up and the registrar write. */
export async function addMetersOf(transaction: Prisma.TransactionClient, memberIds: readonly number[]): Promise<void> {
  await transaction.$executeRaw`
    INSERT INTO devices AS device (address, kind, area, member_id, protocol, is_signing, maker, model, serial_number, feeder,
      rated_power_w, capabilities)
    SELECT lower(home.meter_key), 'meter', home.area, home.member_id, 'mqtt', true, '', '', coalesce(meter.serial_number, ''),
      coalesce(point.feeder, ''), home.connection_capacity_w, '{}'
    FROM households AS home
    LEFT JOIN connection_points AS point ON point.identifier = home.connection_point
    LEFT JOIN stocked_meters AS meter ON meter.address = lower(home.meter_key)
    WHERE home.member_id = ANY(${[...memberIds]}::int[])
    ON CONFLICT (address) DO UPDATE
      SET member_id = excluded.member_id, area = excluded.area, feeder = excluded.feeder,
        rated_power_w = excluded.rated_power_w
      WHERE device.member_id IS NULL`
}

/** The member's devices stay, as nobody's and nowhere; what is known of them from before goes. Again without effect. */
export async function forgetOwner(transaction: Prisma.TransactionClient, memberId: number): Promise<void> {
  await transaction.$executeRaw`
    UPDATE devices SET member_id = NULL, feeder = '', endpoint = CASE protocol WHEN 'modbus' THEN NULL ELSE endpoint END,
      owned_since = (SELECT max(timestamp) FROM indexed_blocks)
    WHERE member_id = ${memberId}::int`
}

/** What is there already, with the hash of the code on it. */
export type RegisteredDevice = Device & { readonly claimCodeHash: string | null }

/**
 * Adds devices, and replaces what is said of those that nobody has, all or none. `faultsOf` is told which are there that
 * have an address, an endpoint or a code of these: where it finds something, nothing is done, and that is what it resolves to.
 */
export function writeDevices<Fault>(
  store: Store,
  devices: readonly NewDevice[],
  faultsOf: (known: readonly RegisteredDevice[]) => readonly Fault[],
): Promise<readonly Fault[]> {
  return store.client.$transaction(async (transaction) => {
    await transaction.$executeRaw`SELECT pg_advisory_xact_lock(hashtext('devices'))`
    const known = await knownAmong(transaction, devices)
    const faults = faultsOf(known)
    if (faults.length > 0) return faults
    const addresses = devices.map(({ address }) => address)
    await transaction.device.deleteMany({ where: { address: { in: addresses }, memberId: null } })
    const since = new Map(known.map(({ address, ownedSince }) => [address, ownedSince]))
    const data = devices.map((device) => ({
      ...device,
      capabilities: [...device.capabilities],
      ownedSince: since.get(device.address) ?? null,
    }))
    await transaction.device.createMany({ data, skipDuplicates: true })
    return []
  })
}

async function knownAmong(
  client: Pick<Prisma.TransactionClient, 'device'>,
  devices: readonly NewDevice[],
): Promise<RegisteredDevice[]> {
  const endpoints = devices.flatMap(({ endpoint }) => endpoint ?? [])
  const codes = devices.flatMap(({ claimCodeHash }) => claimCodeHash ?? [])
  const addresses = devices.map(({ address }) => address)
  const rows = await client.device.findMany({
    where: {
      OR: [{ address: { in: addresses } }, { endpoint: { in: endpoints } }, { claimCodeHash: { in: codes } }],
    },
  })
  return rows.map((row) => ({ ...deviceOf(row), claimCodeHash: row.claimCodeHash }))
}

/** By address, those behind `after`. */
export async function listDevices(
  store: Store,
  filter: DeviceFilter,
  { after = '', limit, offset = 0 }: { readonly after?: string; readonly limit: number; readonly offset?: number },
): Promise<Device[]> {
  const rows = await store.client.device.findMany({
    where: { AND: [whereOf(filter), { address: { gt: after } }] },
    orderBy: { address: 'asc' },
    take: limit,
    skip: offset,
  })
  return rows.map(deviceOf)
}

/** All but meters whose own signature says all that there is to know of them; by address. */
export async function listSpokenWith(store: Store): Promise<Device[]> {
  const rows = await store.client.device.findMany({
    where: { NOT: { kind: 'meter', isSigning: true } },
    orderBy: { address: 'asc' },
  })
  return rows.map(deviceOf)
}

/** Null where the platform knows none. */
export async function readDevice(store: Store, address: string): Promise<Device | null> {
  const row = await store.client.device.findUnique({ where: { address } })
  return row === null ? null : deviceOf(row)
}

/** Null where no device has the code. */
export async function findDeviceByCode(store: Store, claimCodeHash: string): Promise<Device | null> {
  const row = await store.client.device.findUnique({ where: { claimCodeHash } })
  return row === null ? null : deviceOf(row)
}

/** Makes it the member's, unless somebody has it, or the member has `most` of its kind of ownership already. */
export function claimDevice(
  store: Store,
  { address, memberId, now, most }: { address: string; memberId: number; now: number; most: number },
): Promise<'claimed' | 'taken' | 'too-many'> {
  return store.client.$transaction(async (transaction) => {
    await transaction.$executeRaw`SELECT pg_advisory_xact_lock(hashtext(${`devices:${memberId}`}))`
    if ((await transaction.device.count({ where: { memberId } })) >= most) return 'too-many'
    const { count } = await transaction.device.updateMany({
      where: { address, memberId: null },
      data: { memberId, ownedSince: now },
    })
    return count === 1 ? 'claimed' : 'taken'
  })
}

/** Another way to reach the device, whoever has it; resolves to whether no other device has that endpoint. */
export async function writeDeviceWay(
  store: Store,
  address: string,
  way: Pick<KnownDevice, 'protocol' | 'endpoint' | 'isSigning'>,
): Promise<boolean> {
  return store.client.$transaction(async (transaction) => {
    await transaction.$executeRaw`SELECT pg_advisory_xact_lock(hashtext('devices'))`
    const { endpoint } = way
    const other = endpoint === null ? null : await transaction.device.findUnique({ where: { endpoint } })
    if (other !== null && other.address !== address) return false
    await transaction.device.update({ where: { address }, data: way })
    return true
  })
}

/** It is nobody's again; again without effect. */
export async function releaseDevice(
  store: Store,
  { address, memberId, now }: { address: string; memberId: number; now: number },
): Promise<void> {
  await store.client.device.updateMany({ where: { address, memberId }, data: { memberId: null, ownedSince: now } })
}

function whereOf(filter: DeviceFilter): Prisma.DeviceWhereInput {
  const { area, members, addresses, kind, maker, model, feeder, capability, protocol, isClaimed } = filter
  const conditions: Prisma.DeviceWhereInput[] = [{ area }]
  if (members !== null) conditions.push({ memberId: { in: [...members] } })
  if (addresses !== undefined) conditions.push({ address: { in: [...addresses] } })
  if (kind !== undefined) conditions.push({ kind })
  if (maker !== undefined) conditions.push({ maker: { equals: maker, mode: 'insensitive' } })
  if (model !== undefined) conditions.push({ model: { equals: model, mode: 'insensitive' } })
  if (feeder !== undefined) conditions.push({ feeder })
  if (capability !== undefined) conditions.push({ capabilities: { has: capability } })
  if (protocol !== undefined) conditions.push({ protocol })
  if (isClaimed !== undefined) conditions.push(isClaimed ? { NOT: { memberId: null } } : { memberId: null })
  return { AND: conditions }
}

/** The set-up, the registrar and the api write no other kinds, protocols and capabilities. */
function deviceOf(row: DeviceRow): Device {
  const { address, area, memberId, endpoint, isSigning, maker, model, serialNumber, feeder, ratedPowerW } = row
  return {
    ...{ address, area, memberId, endpoint, isSigning, maker, model, serialNumber, feeder, ratedPowerW },
    ownedSince: row.ownedSince,
    kind: row.kind as DeviceKind,
    protocol: row.protocol as DeviceProtocol,
    capabilities: row.capabilities as CommandKind[],
  }
}
