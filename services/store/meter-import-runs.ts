import type { Store } from './connect.ts'
import type { ImportedMeter, MeterImport } from './meter-imports.ts'

/** With which validity an import's credentials are recorded, in unix seconds by the ledger's clock. */
export type MeterImportRun = { readonly importId: string; readonly validFrom: number; readonly validUntil: number }

export type MeterOutcome =
  | { readonly row: number; readonly state: 'recorded'; readonly credentialId: string }
  | { readonly row: number; readonly state: 'uncertified' }
  | { readonly row: number; readonly state: 'refused'; readonly reason: string }

/** The oldest import of the account that is not finished; null for none. */
export async function readNextMeterImport(store: Store, account: string): Promise<MeterImport | null> {
  const [next] = await store.client.$queryRaw<{ id: string }[]>`
    SELECT made.id FROM meter_imports AS made
    LEFT JOIN meter_import_runs AS run ON run.import_id = made.id
    WHERE made.account = ${account} AND run.finished_at IS NULL
    ORDER BY made.created_at, made.id LIMIT 1`
  return next === undefined ? null : store.client.meterImport.findUnique({ where: { id: next.id } })
}

/**
 * The import's run; begun with this validity where there is none. Null where the import was taken back. The registrar is the
 * only writer.
 */
export function beginMeterImportRun(
  store: Store,
  { importId, validFrom, validUntil }: MeterImportRun,
  startedAt: number,
): Promise<MeterImportRun | null> {
  return store.client.$transaction(async (client) => {
    await client.$executeRaw`SELECT pg_advisory_xact_lock(hashtext(${`meter-import:${importId}`}))`
    if ((await client.meterImport.count({ where: { id: importId } })) === 0) return null
    const data = { importId, validFrom: BigInt(validFrom), validUntil: BigInt(validUntil), startedAt }
    await client.meterImportRun.createMany({ data, skipDuplicates: true })
    const run = await client.meterImportRun.findUniqueOrThrow({ where: { importId } })
    return { importId, validFrom: Number(run.validFrom), validUntil: Number(run.validUntil) }
  })
}

/** The first rows of which nothing came yet. */
export async function listWaitingMeters(store: Store, importId: string, limit: number): Promise<ImportedMeter[]> {
  return store.client.$queryRaw<ImportedMeter[]>`
    SELECT meter.row, meter.address, meter.serial_number AS "serialNumber", meter.certificate, meter.code_hash AS "codeHash"
    FROM imported_meters AS meter LEFT JOIN imported_meter_outcomes AS outcome USING (import_id, row)
    WHERE meter.import_id = ${importId} AND outcome.row IS NULL
    ORDER BY meter.row LIMIT ${limit}::int`
}

/**
 * Keeps what became of rows, and puts those that were not refused into the stock, or says there that they are certified now;
 * all or none, again without effect.
 */
export async function keepMeterOutcomes(
  store: Store,
  { id: importId, area }: Pick<MeterImport, 'id' | 'area'>,
  kept: readonly { readonly meter: ImportedMeter; readonly outcome: MeterOutcome }[],
): Promise<void> {
  const stocked = kept.filter(({ outcome }) => outcome.state !== 'refused')
  await store.client.$transaction([
    store.client.importedMeterOutcome.createMany({
      data: kept.map(({ outcome }) => ({ importId, ...outcome })),
      skipDuplicates: true,
    }),
    store.client.stockedMeter.createMany({
      data: stocked.map(({ meter: { address, codeHash, serialNumber, certificate } }) => {
        return { address, area, codeHash, serialNumber, certificate }
      }),
      skipDuplicates: true,
    }),
    store.client.$executeRaw`
      UPDATE stocked_meters AS meter SET certificate = given.certificate
      FROM unnest(
        ${stocked.map(({ meter: { address } }) => address)}::text[],
        ${stocked.map(({ meter: { certificate } }) => certificate)}::text[]
      ) AS given (address, certificate)
      WHERE meter.address = given.address AND meter.certificate IS NULL AND given.certificate IS NOT NULL`,
    store.client.meterImportRun.updateMany({ where: { importId }, data: { heldBackCode: null, heldBack: null } }),
  ])
}

/** It does not go on for now. */
export async function noteHeldBack(store: Store, importId: string, why: { code: string; message: string }) {
  const data = { heldBackCode: why.code, heldBack: why.message }
  await store.client.meterImportRun.updateMany({ where: { importId }, data })
}

export async function finishMeterImportRun(store: Store, importId: string, finishedAt: number): Promise<void> {
  await store.client.meterImportRun.updateMany({ where: { importId, finishedAt: null }, data: { finishedAt } })
}
