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

/** The first for a device and time counts: resolves to that one. The api is the only writer. */
export async function writeMeterExchange(
  store: Store,
  exchange: MeterExchange,
  declaredBy: string,
): Promise<MeterExchange> {
  await store.client.meterExchange.createMany({ data: { ...exchange, declaredBy }, skipDuplicates: true })
  const { device, at } = exchange
  return store.client.meterExchange.findUniqueOrThrow({
    where: { device_at: { device, at } },
    omit: { declaredBy: true },
  })
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
