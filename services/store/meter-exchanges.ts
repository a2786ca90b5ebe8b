import type { Store } from './connect.ts'

/** A meter that cannot sign was replaced: where its counters stood at last, and those of its successor at first, in Wh. */
export type MeterExchange = {
  /** Address. */
  readonly device: string
  /** Unix seconds by the ledger's clock. */
  readonly at: number
  readonly finalImportWh: bigint
  readonly finalExportWh: bigint
  readonly firstImportWh: bigint
  readonly firstExportWh: bigint
}

/** From the time on, by device, each in ascending order of time. */
export async function listMeterExchanges(store: Store, since: number): Promise<Map<string, MeterExchange[]>> {
  const rows = await store.client.meterExchange.findMany({
    where: { at: { gte: since } },
    orderBy: { at: 'asc' },
    omit: { declaredBy: true },
  })
  return Map.groupBy(rows, ({ device }) => device)
}
