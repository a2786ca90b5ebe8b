import type { Store } from './connect.ts'

/** As the DSO's register has it. */
export type ConnectionPoint = {
  readonly identifier: string
  readonly area: number
  /** Place in the grid. */
  readonly feeder: string
  readonly capacityW: number
  readonly pvCapacityW: number
  /** SHA-256 of the confirmation code, hex. */
  readonly codeHash: string
}

/** As the metering operator has it in stock. */
export type StockedMeter = {
  /** Lower-case. */
  readonly address: string
  readonly area: number
  /** SHA-256 of the claim code, hex. */
  readonly codeHash: string
  readonly serialNumber: string
  /** Null for one that is not certified. */
  readonly certificate: string | null
}

/** Adds what is not there yet; the set-up is the only writer. */
export async function writeConnectionPoints(store: Store, points: readonly ConnectionPoint[]): Promise<void> {
  await store.client.connectionPoint.createMany({ data: [...points], skipDuplicates: true })
}

/** Adds what is not there yet; beside the set-up the registrar writes those that a file of meters brought. */
export async function writeStockedMeters(store: Store, meters: readonly StockedMeter[]): Promise<void> {
  await store.client.stockedMeter.createMany({ data: [...meters], skipDuplicates: true })
}

/** Null where the DSO has no such connection point. */
export async function readConnectionPoint(store: Store, identifier: string): Promise<ConnectionPoint | null> {
  return store.client.connectionPoint.findUnique({ where: { identifier } })
}

/** Null where no meter has the code. */
export async function findStockedMeter(store: Store, codeHash: string): Promise<StockedMeter | null> {
  return store.client.stockedMeter.findUnique({ where: { codeHash } })
}

/** Null where it is not of the stock. */
export async function readStockedMeter(store: Store, address: string): Promise<StockedMeter | null> {
  return store.client.stockedMeter.findUnique({ where: { address } })
}

/** Whether the credential that was issued last about the meter in the area is suspended or revoked, as indexed. */
export async function isMeterWithdrawn(
  store: Store,
  { address, area }: Pick<StockedMeter, 'address' | 'area'>,
): Promise<boolean> {
  const last = await store.client.credential.findFirst({
    where: { subject: address, role: 'meter', area },
    orderBy: [{ issuedBlock: 'desc' }, { issuedLogIndex: 'desc' }],
    select: { status: true },
  })
  return last !== null && last.status !== 'active'
}
