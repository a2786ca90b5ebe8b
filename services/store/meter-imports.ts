import type { Store } from './connect.ts'

/** A file of meters that the metering operator handed in. Times are unix seconds of the wall clock. */
export type MeterImport = {
  readonly id: string
  readonly account: string
  readonly area: number
  /** SHA-256 of the file, hex. */
  readonly contentHash: string
  readonly idempotencyKey: string | null
  readonly meterCount: number
  readonly createdAt: number
}

export type ImportedMeter = {
  readonly row: number
  /** Lower-case. */
  readonly address: string
  readonly serialNumber: string
  /** Null for one that is not certified. */
  readonly certificate: string | null
  readonly codeHash: string
}

/** What of a meter is somebody's, or in stock, already. */
export type TakenMeter = {
  readonly what: 'meter' | 'serial-number' | 'code'
  readonly value: string
  readonly by: 'stock' | 'import' | 'member' | 'credential'
}

/** How far the recording is. */
export type MeterImportProgress = {
  readonly startedAt: number | null
  readonly finishedAt: number | null
  readonly heldBack: { readonly code: string; readonly message: string } | null
  readonly recorded: number
  readonly uncertified: number
  readonly refused: number
}

export type ImportedMeterState = {
  readonly row: number
  readonly address: string
  readonly serialNumber: string
  readonly isCertified: boolean
  /** Null where nothing came of it yet. */
  readonly state: 'recorded' | 'uncertified' | 'refused' | null
  readonly credentialId: string | null
  readonly reason: string | null
}

type Client = Pick<Store['client'], '$queryRaw' | 'meterImport'>

const LONGEST_TRANSACTION_MS = 30_000

/** The import with this key, or else with this file; null for none. */
export async function findMeterImport(
  store: { readonly client: Client },
  { account, area, contentHash, idempotencyKey }: Omit<MeterImport, 'id' | 'meterCount' | 'createdAt'>,
): Promise<MeterImport | null> {
  const { meterImport } = store.client
  const keyed = idempotencyKey === null ? null : await meterImport.findFirst({ where: { account, idempotencyKey } })
  return keyed ?? meterImport.findFirst({ where: { account, area, contentHash } })
}

/** Null where the account has none with this id. */
export async function readMeterImport(store: Store, account: string, id: string): Promise<MeterImport | null> {
  return store.client.meterImport.findFirst({ where: { id, account } })
}

/** The account's, newest first; the latest 100. */
export async function listMeterImports(store: Store, account: string): Promise<MeterImport[]> {
  return store.client.meterImport.findMany({ where: { account }, orderBy: { createdAt: 'desc' }, take: 100 })
}

/**
 * What of the meters is taken; `ledgerNow` in unix seconds by the ledger's clock. One that is in stock without a certificate
 * is not, for a row that says the same of it and has one.
 */
export async function listTakenMeters(
  store: { readonly client: Client },
  { area, ledgerNow }: { readonly area: number; readonly ledgerNow: number },
  meters: readonly ImportedMeter[],
): Promise<TakenMeter[]> {
  const addresses = meters.map(({ address }) => address)
  const serials = meters.map(({ serialNumber }) => serialNumber)
  const codes = meters.map(({ codeHash }) => codeHash)
  const certificates = meters.map(({ certificate }) => certificate)
  return store.client.$queryRaw<TakenMeter[]>`
    WITH certified AS (
      SELECT address, serial_number, code_hash
      FROM unnest(${addresses}::text[], ${serials}::text[], ${codes}::text[], ${certificates}::text[])
        AS given (address, serial_number, code_hash, certificate)
      WHERE certificate IS NOT NULL
    ), imported AS (
      SELECT meter.* FROM imported_meters AS meter
      LEFT JOIN imported_meter_outcomes AS outcome USING (import_id, row)
      WHERE outcome.state IS DISTINCT FROM 'refused' AND NOT (outcome.state IS NOT DISTINCT FROM 'uncertified'
        AND (meter.address, meter.serial_number, meter.code_hash) IN (SELECT * FROM certified))
    ), stock AS (
      SELECT * FROM stocked_meters AS meter WHERE NOT (certificate IS NULL
        AND (meter.address, meter.serial_number, meter.code_hash) IN (SELECT * FROM certified))
    )
    SELECT 'meter' AS what, address AS value, 'stock' AS by FROM stock WHERE address = ANY(${addresses})
    UNION SELECT 'meter', address, 'import' FROM imported WHERE address = ANY(${addresses})
    UNION SELECT 'meter', lower(meter_key), 'member' FROM households WHERE lower(meter_key) = ANY(${addresses})
    UNION SELECT 'meter', lower(meter_key), 'member' FROM members WHERE lower(meter_key) = ANY(${addresses})
    UNION SELECT 'meter', subject, 'credential' FROM credentials
      WHERE subject = ANY(${addresses}) AND role = 'meter' AND area IN (0, ${area}::int) AND status = 'active'
        AND valid_until > ${ledgerNow}::int
    UNION SELECT 'serial-number', serial_number, 'stock' FROM stock WHERE serial_number = ANY(${serials})
    UNION SELECT 'serial-number', serial_number, 'import' FROM imported WHERE serial_number = ANY(${serials})
    UNION SELECT 'code', code_hash, 'stock' FROM stock WHERE code_hash = ANY(${codes})
    UNION SELECT 'code', code_hash, 'import' FROM imported WHERE code_hash = ANY(${codes})`
}

/**
 * Keeps the import with all of its meters, or nothing where one of them is taken, or where it is there already; resolves to
 * what is there. One after the other, so that no two imports have the same meter. The api is the only writer.
 */
export async function insertMeterImport(
  store: Store,
  made: MeterImport,
  meters: readonly ImportedMeter[],
  ledgerNow: number,
): Promise<{ readonly kept: MeterImport } | { readonly taken: readonly TakenMeter[] }> {
  return store.client.$transaction(
    async (client) => {
      await client.$executeRaw`SELECT pg_advisory_xact_lock(hashtext('meter-imports'))`
      const known = await findMeterImport({ client }, made)
      if (known !== null) return { kept: known }
      const taken = await listTakenMeters({ client }, { area: made.area, ledgerNow }, meters)
      if (taken.length > 0) return { taken }
      await client.meterImport.create({ data: made })
      await client.$executeRaw`
        INSERT INTO imported_meters (import_id, row, address, serial_number, certificate, code_hash)
        SELECT ${made.id}, * FROM unnest(
          ${meters.map(({ row }) => row)}::int[],
          ${meters.map(({ address }) => address)}::text[],
          ${meters.map(({ serialNumber }) => serialNumber)}::text[],
          ${meters.map(({ certificate }) => certificate)}::text[],
          ${meters.map(({ codeHash }) => codeHash)}::text[])`
      return { kept: made }
    },
    { timeout: LONGEST_TRANSACTION_MS },
  )
}

/**
 * Erases the account's import with all of its meters, which are free again then; not where the registrar has begun it. The
 * api is the only writer.
 */
export function deleteMeterImport(store: Store, account: string, id: string): Promise<'deleted' | 'unknown' | 'begun'> {
  return store.client.$transaction(
    async (client) => {
      await client.$executeRaw`SELECT pg_advisory_xact_lock(hashtext(${`meter-import:${id}`}))`
      if ((await client.meterImport.count({ where: { id, account } })) === 0) return 'unknown'
      if ((await client.meterImportRun.count({ where: { importId: id } })) > 0) return 'begun'
      await client.importedMeter.deleteMany({ where: { importId: id } })
      await client.meterImport.delete({ where: { id } })
      return 'deleted'
    },
    { timeout: LONGEST_TRANSACTION_MS },
  )
}

export async function readMeterImportProgress(store: Store, importId: string): Promise<MeterImportProgress> {
  const [run, counts] = await Promise.all([
    store.client.meterImportRun.findUnique({ where: { importId } }),
    store.client.importedMeterOutcome.groupBy({ by: ['state'], where: { importId }, _count: { state: true } }),
  ])
  const countOf = (state: string) => counts.find((count) => count.state === state)?._count.state ?? 0
  return {
    startedAt: run?.startedAt ?? null,
    finishedAt: run?.finishedAt ?? null,
    heldBack: typeof run?.heldBackCode === 'string' ? { code: run.heldBackCode, message: run.heldBack ?? '' } : null,
    recorded: countOf('recorded'),
    uncertified: countOf('uncertified'),
    refused: countOf('refused'),
  }
}

/** Rows behind `after`, in their sequence, at most `limit`. */
export async function listImportedMeters(
  store: Store,
  importId: string,
  { after, limit }: { readonly after: number; readonly limit: number },
): Promise<ImportedMeterState[]> {
  return store.client.$queryRaw<ImportedMeterState[]>`
    SELECT meter.row, meter.address, meter.serial_number AS "serialNumber",
      meter.certificate IS NOT NULL AS "isCertified", outcome.state, outcome.credential_id AS "credentialId", outcome.reason
    FROM imported_meters AS meter LEFT JOIN imported_meter_outcomes AS outcome USING (import_id, row)
    WHERE meter.import_id = ${importId} AND meter.row > ${after}::int
    ORDER BY meter.row LIMIT ${limit}::int`
}
