import type { Store } from './connect.ts'
import { addMetersOf } from './devices.ts'

export type Household = {
  readonly memberId: number
  readonly area: number
  readonly name: string
  /** Addresses, lower-case. */
  readonly account: string
  readonly tradingKey: string
  readonly meterKey: string
  /** Identifier of the connection point and the salt of its commitment on the ledger. */
  readonly connectionPoint: string
  readonly connectionPointSalt: string
  /** In W, either direction. */
  readonly connectionCapacityW: number
  readonly pvCapacityW: number
}

/** The area's households by member id. */
export async function listHouseholds(store: Store, area: number): Promise<Household[]> {
  return store.client.household.findMany({ where: { area }, orderBy: { memberId: 'asc' } })
}

/** Of each household of every area a secret that goes when its data are erased: no salt can be made again without it. */
export async function readMemberSecrets(store: Store): Promise<Map<number, string>> {
  const rows = await store.client.household.findMany({ select: { memberId: true, connectionPointSalt: true } })
  return new Map(rows.map(({ memberId, connectionPointSalt }) => [memberId, connectionPointSalt]))
}

/** Adds the households of the set-up that are not there yet, with their meters. */
export async function writeHouseholds(store: Store, households: readonly Household[]): Promise<void> {
  await store.client.$transaction(async (transaction) => {
    await transaction.household.createMany({ data: [...households], skipDuplicates: true })
    await addMetersOf(
      transaction,
      households.map(({ memberId }) => memberId),
    )
  })
}
