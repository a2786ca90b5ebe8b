import { revertToDomainError } from '../chain/errors.ts'
import { readHeldRoles, type HeldRoles } from '../chain/held-roles.ts'
import type { Ledger } from '../chain/ledger.ts'
import { readMembers, type LedgerMember } from '../chain/members.ts'
import type { Store } from '../store/connect.ts'
import { listErasedMembers } from '../store/erasures.ts'
import { fingerprintOf } from '../store/fingerprint.ts'
import { listConnections } from '../store/readings.ts'
import { whenChanged } from './when-changed.ts'

/** A meter whose member is registered on the ledger and whose connection is known here, and is not to be forgotten. */
export type Meter = {
  readonly memberId: number
  readonly area: number
  /** In lower case. */
  readonly address: string
  readonly connectionCapacityW: number
  /** Unix seconds at which the member was deactivated; null while active. */
  readonly activeUntil: number | null
  /** Unix seconds up to which its key holds a valid credential as a meter; null where it holds none. */
  readonly certifiedUntil: number | null
}

export async function listAreas(store: Store): Promise<number[]> {
  const areas = new Set((await listConnections(store)).map(({ area }) => area))
  return [...areas].sort((one, other) => one - other)
}

/**
 * Finds the meters of the areas, in ascending order of their members, with what the ledger says of them at `now`, by its clock, in
 * unix seconds; null where that is what it found before. Throws `ledger-unreachable`.
 */
export type MeterSource = (now: number) => Promise<readonly Meter[] | null>

export function createMeterSource(ledger: Ledger, store: Store, areas: readonly number[]): MeterSource {
  let known: { readonly found: readonly unknown[]; readonly until: number } | null = null
  const readCapacities = whenChanged(
    () => fingerprintOf(store, ['households', 'erasures']),
    () => readCapacitiesOf(store),
  )
  return async (now) => {
    const capacities = await readCapacities()
    const roles = await readHeldRoles(ledger).catch(refused)
    const members = new Map<number, readonly LedgerMember[]>()
    for (const area of areas) members.set(area, await readMembers(ledger, area).catch(refused))
    const found = [capacities, roles.version, ...members.values()]
    if (known !== null && now < known.until && found.every((one, index) => one === known?.found[index])) return null
    known = { found, until: roles.nextChangeAfter(now) }
    const meters = [...members].flatMap(([area, list]) =>
      list.flatMap((member) => meterOf(member, area, { capacities, roles, now })),
    )
    return meters.sort((one, other) => one.memberId - other.memberId)
  }
}

function meterOf(
  { memberId, kind, meterKey, activeUntil }: LedgerMember,
  area: number,
  known: { readonly capacities: ReadonlyMap<number, number>; readonly roles: HeldRoles; readonly now: number },
): Meter[] {
  const connectionCapacityW = known.capacities.get(memberId)
  if (kind !== 'household' || connectionCapacityW === undefined) return []
  const address = meterKey.toLowerCase()
  const certifiedUntil = known.roles.heldUntil(address, 'meter', area, known.now)
  return [{ memberId, area, address, connectionCapacityW, activeUntil, certifiedUntil }]
}

/** In W by member, of those that are not to be forgotten. */
async function readCapacitiesOf(store: Store): Promise<ReadonlyMap<number, number>> {
  const [connections, erased] = await Promise.all([listConnections(store), listErasedMembers(store)])
  const capacities = new Map(connections.map(({ memberId, connectionCapacityW }) => [memberId, connectionCapacityW]))
  for (const memberId of erased) capacities.delete(memberId)
  return capacities
}

function refused(error: unknown): never {
  throw revertToDomainError(error)
}
