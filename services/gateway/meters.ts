import { revertToDomainError } from '../chain/errors.ts'
import { readHeldRoles } from '../chain/held-roles.ts'
import type { Ledger } from '../chain/ledger.ts'
import { readMembers } from '../chain/members.ts'
import type { Store } from '../store/connect.ts'
import { listErasedMembers } from '../store/erasures.ts'
import { listConnections } from '../store/readings.ts'

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
 * The meters of the areas, in ascending order of their members, with what the ledger says of them; `now` by its clock, in
 * unix seconds. Throws `ledger-unreachable`.
 */
export async function loadMeters(
  ledger: Ledger,
  store: Store,
  areas: readonly number[],
  now: number,
): Promise<Meter[]> {
  const [connections, erased] = await Promise.all([listConnections(store), listErasedMembers(store)])
  const capacities = new Map(connections.map(({ memberId, connectionCapacityW }) => [memberId, connectionCapacityW]))
  for (const memberId of erased) capacities.delete(memberId)
  const refused = (error: unknown): never => {
    throw revertToDomainError(error)
  }
  const { heldUntil } = await readHeldRoles(ledger).catch(refused)
  const meters: Meter[] = []
  for (const area of areas) {
    const members = await readMembers(ledger, area).catch(refused)
    for (const member of members) {
      const connectionCapacityW = capacities.get(member.memberId)
      if (member.kind !== 'household' || connectionCapacityW === undefined) continue
      const address = member.meterKey.toLowerCase()
      meters.push({
        memberId: member.memberId,
        area,
        address,
        connectionCapacityW,
        activeUntil: member.activeUntil,
        certifiedUntil: heldUntil(address, 'meter', area, now),
      })
    }
  }
  return meters.sort((one, other) => one.memberId - other.memberId)
}
