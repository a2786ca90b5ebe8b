import type { Ledger } from '../chain/ledger.ts'
import { readMembers } from '../chain/members.ts'
import type { Store } from '../store/connect.ts'
import { listConnections } from '../store/readings.ts'

/** A meter whose member is registered on the ledger and whose connection is known here. */
export type Meter = {
  readonly memberId: number
  readonly area: number
  /** In lower case. */
  readonly address: string
  readonly connectionCapacityW: number
  /** Unix seconds at which the member was deactivated; null while active. */
  readonly activeUntil: number | null
}

export async function listAreas(store: Store): Promise<number[]> {
  const areas = new Set((await listConnections(store)).map(({ area }) => area))
  return [...areas].sort((one, other) => one - other)
}

/** The meters of the areas, in ascending order of their members. */
export async function loadMeters(ledger: Ledger, store: Store, areas: readonly number[]): Promise<Meter[]> {
  const capacities = new Map<number, number>()
  for (const { memberId, connectionCapacityW } of await listConnections(store)) {
    capacities.set(memberId, connectionCapacityW)
  }
  const meters: Meter[] = []
  for (const area of areas) {
    for (const member of await readMembers(ledger, area)) {
      const connectionCapacityW = capacities.get(member.memberId)
      if (member.kind !== 'household' || connectionCapacityW === undefined) continue
      meters.push({
        memberId: member.memberId,
        area,
        address: member.meterKey.toLowerCase(),
        connectionCapacityW,
        activeUntil: member.activeUntil,
      })
    }
  }
  return meters.sort((one, other) => one.memberId - other.memberId)
}
