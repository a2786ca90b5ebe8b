import type { MeterReading } from '../domain/metering/meter-reading.ts'
import { MOST_PROFILE_DAYS, type Registers } from '../domain/metering/estimation.ts'
import type { PeriodEnergy, PeriodReading } from '../domain/metering/period-energy.ts'
import { deliveryPeriod, energyWh, PERIODS_PER_DAY, type DeliveryPeriod } from '../domain/units.ts'
import type { Store } from './connect.ts'

/** A reading that passed every rule, as the gateway keeps it. */
export type AcceptedReading = MeterReading & {
  readonly memberId: number
  readonly signature: string
  /** Whose key signed: the meter's own, or the gateway's for a meter that cannot. */
  readonly signedBy: 'meter' | 'gateway'
  /** Unix seconds by the ledger's clock. */
  readonly receivedAt: number
  /** Where the device's own counters stood; without them for a meter that signs. */
  readonly counters?: Counters
}

/** A reading, with the delivery period of the member's last one when it was accepted; null where there was none. */
export type FollowingReading = AcceptedReading & { readonly follows: DeliveryPeriod | null }

/** Counters of energy of a device, in Wh; null for one that it does not have. */
export type Counters = { readonly importWh: bigint | null; readonly exportWh: bigint | null }

/** The commitment to a period's readings, with the leaves behind it in the tree's order. */
export type ReadingBatch = {
  readonly area: number
  readonly period: DeliveryPeriod
  /** 0 is what was known, or estimated, when the period was decided; a correction has the next number. */
  readonly version: number
  readonly root: string
  readonly importTotal: bigint
  readonly exportTotal: bigint
  readonly leaves: readonly (PeriodReading & { readonly salt: string })[]
}

type ReadingRow = {
  memberId: number
  period: number
  sequence: number
  importRegisterWh: bigint
  exportRegisterWh: bigint
}

/** Connection capacities in W by member, of every household of every area, with its area. */
export async function listConnections(
  store: Store,
): Promise<{ memberId: number; area: number; connectionCapacityW: number }[]> {
  return store.client.household.findMany({
    select: { memberId: true, area: true, connectionCapacityW: true },
    orderBy: { memberId: 'asc' },
  })
}

/** Held while readings are written: gateways look in turn at what theirs follow. */
const WRITING_LOCK = 'meter readings'

/**
 * Writes readings durably, all that follow what they were decided on, and resolves to the others: another gateway has
 * written of their members meanwhile. A member's are given in their order. Where the outcome of a write was lost it may be
 * repeated, as the next `attempt`: what an earlier one wrote is written.
 */
export async function insertReadings(
  store: Store,
  readings: readonly FollowingReading[],
  attempt = 1,
): Promise<ReadonlySet<FollowingReading>> {
  if (readings.length === 0) return new Set()
  const [, overtaken] = await store.client.$transaction([
    store.client.$executeRaw`SELECT pg_advisory_xact_lock(hashtext(${WRITING_LOCK}))`,
    store.client.$queryRaw<{ memberId: number }[]>`
      WITH reading AS (
        SELECT * FROM unnest(
          ${readings.map((reading) => reading.memberId)}::int[],
          ${readings.map((reading) => reading.deliveryPeriod as number)}::int[],
          ${readings.map((reading) => reading.sequence)}::int[],
          ${readings.map((reading) => String(reading.importRegister))}::text[]::bigint[],
          ${readings.map((reading) => String(reading.exportRegister))}::text[]::bigint[],
          ${readings.map((reading) => reading.signature)}::text[],
          ${readings.map((reading) => reading.signedBy)}::text[],
          ${readings.map((reading) => reading.receivedAt)}::int[],
          ${readings.map(({ counters }) => textOf(counters?.importWh))}::text[]::bigint[],
          ${readings.map(({ counters }) => textOf(counters?.exportWh))}::text[]::bigint[],
          ${readings.map(({ follows }) => follows as number | null)}::int[])
          WITH ORDINALITY AS reading (member_id, period, sequence, import_register_wh, export_register_wh, signature,
            signed_by, received_at, import_counter_wh, export_counter_wh, follows, position)
      ), overtaken AS (
        SELECT first.member_id
        FROM (SELECT DISTINCT ON (member_id) member_id, follows FROM reading ORDER BY member_id, position) AS first
        WHERE first.follows IS DISTINCT FROM (
          SELECT last.period FROM meter_readings AS last WHERE last.member_id = first.member_id
          ORDER BY last.period DESC LIMIT 1)
      ), written AS (
        INSERT INTO meter_readings (member_id, period, sequence, import_register_wh, export_register_wh, signature,
          signed_by, received_at, import_counter_wh, export_counter_wh)
        SELECT member_id, period, sequence, import_register_wh, export_register_wh, signature, signed_by, received_at,
          import_counter_wh, export_counter_wh
        FROM reading WHERE member_id NOT IN (SELECT member_id FROM overtaken) ORDER BY position
      )
      SELECT member_id AS "memberId" FROM overtaken`,
  ])
  const members = new Set(overtaken.map(({ memberId }) => memberId))
  const left = readings.filter(({ memberId }) => members.has(memberId))
  return attempt === 1 || left.length === 0 ? new Set(left) : withoutWritten(store, left)
}

/** Those that are not in the table, as they are: what is, was written before. */
async function withoutWritten(
  store: Store,
  readings: readonly FollowingReading[],
): Promise<ReadonlySet<FollowingReading>> {
  const rows = await store.client.meterReading.findMany({
    where: {
      OR: readings.map(({ memberId, deliveryPeriod: period, signature }) => ({ memberId, period, signature })),
    },
    select: { memberId: true, period: true },
  })
  const written = new Set(rows.map(({ memberId, period }) => `${memberId} ${period}`))
  return new Set(readings.filter(({ memberId, deliveryPeriod: period }) => !written.has(`${memberId} ${period}`)))
}

/** The last accepted reading of each of the members that has one, by member id. */
export async function readLastReadings(store: Store, memberIds: readonly number[]): Promise<Map<number, MeterReading>> {
  const rows = await store.client.$queryRaw<ReadingRow[]>`
    SELECT last.member_id AS "memberId", last.period, last.sequence,
      last.import_register_wh AS "importRegisterWh", last.export_register_wh AS "exportRegisterWh"
    FROM unnest(${[...memberIds]}::int[]) AS wanted(member_id)
    CROSS JOIN LATERAL (
      SELECT * FROM meter_readings WHERE member_id = wanted.member_id ORDER BY period DESC LIMIT 1
    ) AS last`
  return new Map(rows.map((row) => [row.memberId, readingOf(row)]))
}

/** Where the counters of the member's device stood at its last reading; null where it has none that the gateway signed. */
export async function readLastCounters(store: Store, memberId: number): Promise<Counters | null> {
  const row = await store.client.meterReading.findFirst({ where: { memberId }, orderBy: { period: 'desc' } })
  return row?.signedBy === 'gateway' ? { importWh: row.importCounterWh, exportWh: row.exportCounterWh } : null
}

/** A member's accepted readings that have the sequence or the delivery period. */
export async function findReadings(
  store: Store,
  memberId: number,
  { sequence, deliveryPeriod: period }: Pick<MeterReading, 'sequence' | 'deliveryPeriod'>,
): Promise<MeterReading[]> {
  const rows = await store.client.meterReading.findMany({
    where: { memberId, OR: [{ sequence }, { period }] },
    orderBy: { period: 'asc' },
  })
  return rows.map(readingOf)
}

/** The members' readings at the start and at the end of a delivery period, by member id. */
export async function readReadingsAround(
  store: Store,
  period: DeliveryPeriod,
  memberIds: readonly number[],
): Promise<Map<number, MeterReading[]>> {
  const rows = await store.client.$queryRaw<ReadingRow[]>`
    SELECT member_id AS "memberId", period, sequence,
      import_register_wh AS "importRegisterWh", export_register_wh AS "exportRegisterWh"
    FROM meter_readings
    WHERE period IN (${period - 1}::int, ${period as number}::int) AND member_id = ANY(${[...memberIds]}::int[])`
  return readingsByMember(rows)
}

/** The members' last readings before the end of a delivery period, and their first from there on, by member id. */
export async function readReadingsBesides(
  store: Store,
  period: DeliveryPeriod,
  memberIds: readonly number[],
): Promise<Map<number, MeterReading[]>> {
  const rows = await store.client.$queryRaw<ReadingRow[]>`
    SELECT beside.member_id AS "memberId", beside.period, beside.sequence,
      beside.import_register_wh AS "importRegisterWh", beside.export_register_wh AS "exportRegisterWh"
    FROM unnest(${[...memberIds]}::int[]) AS wanted(member_id)
    CROSS JOIN LATERAL (
      (SELECT * FROM meter_readings WHERE member_id = wanted.member_id AND period < ${period as number}::int
        ORDER BY period DESC LIMIT 1)
      UNION ALL
      (SELECT * FROM meter_readings WHERE member_id = wanted.member_id AND period >= ${period as number}::int
        ORDER BY period LIMIT 1)
    ) AS beside`
  return readingsByMember(rows)
}

/** Writes a version of a period's batch with its leaves, all or nothing. A version that is there stays as it is. */
export async function storeReadingBatch(store: Store, batch: ReadingBatch): Promise<void> {
  const { area, period, version, leaves } = batch
  await store.client.$executeRaw`
    WITH batch AS (
      INSERT INTO reading_batches (area, period, version, root, count, import_total_wh, export_total_wh)
      VALUES (${area}::int, ${period as number}::int, ${version}::int, ${batch.root}, ${leaves.length}::int,
        ${String(batch.importTotal)}::text::bigint, ${String(batch.exportTotal)}::text::bigint)
      ON CONFLICT DO NOTHING RETURNING area, period, version)
    INSERT INTO reading_leaves
      (area, period, version, position, member_id, import_start_wh, import_end_wh, export_start_wh, export_end_wh,
        quality, salt)
    SELECT batch.area, batch.period, batch.version, leaf.position - 1, leaf.member_id, leaf.import_start,
      leaf.import_end, leaf.export_start, leaf.export_end, leaf.quality, leaf.salt
    FROM batch, unnest(
      ${leaves.map((leaf) => leaf.memberId)}::int[],
      ${leaves.map((leaf) => String(leaf.importStart))}::text[]::bigint[],
      ${leaves.map((leaf) => String(leaf.importEnd))}::text[]::bigint[],
      ${leaves.map((leaf) => String(leaf.exportStart))}::text[]::bigint[],
      ${leaves.map((leaf) => String(leaf.exportEnd))}::text[]::bigint[],
      ${leaves.map((leaf) => leaf.quality as string)}::text[],
      ${leaves.map((leaf) => leaf.salt)}::text[])
      WITH ORDINALITY AS leaf (
        member_id, import_start, import_end, export_start, export_end, quality, salt, position)`
}

/** Forgets a version that the ledger will never have; the first one cannot be forgotten. */
export async function removeReadingCorrection(store: Store, batch: ReadingBatch): Promise<void> {
  const { area, period, version } = batch
  if (version === 0) throw new RangeError(`the readings of period ${period} are no correction`)
  await store.client.$transaction([
    store.client.readingLeaf.deleteMany({ where: { area, period, version } }),
    store.client.readingBatch.deleteMany({ where: { area, period, version } }),
  ])
}

/** A version of a period's batch, the latest where none is named, or null where there is none. */
export async function readReadingBatch(
  store: Store,
  area: number,
  period: DeliveryPeriod,
  version?: number,
): Promise<ReadingBatch | null> {
  const row = await store.client.readingBatch.findFirst({
    where: { area, period, ...(version === undefined ? {} : { version }) },
    orderBy: { version: 'desc' },
    include: { leaves: { orderBy: { position: 'asc' } } },
  })
  if (row === null) return null
  return {
    area,
    period,
    version: row.version,
    root: row.root,
    importTotal: row.importTotalWh,
    exportTotal: row.exportTotalWh,
    leaves: row.leaves.map((leaf) => ({
      memberId: leaf.memberId,
      period,
      importStart: energyWh(leaf.importStartWh),
      importEnd: energyWh(leaf.importEndWh),
      exportStart: energyWh(leaf.exportStartWh),
      exportEnd: energyWh(leaf.exportEndWh),
      quality: leaf.quality === 'metered' ? 'metered' : 'estimated',
      salt: leaf.salt,
    })),
  }
}

/** Where the members' registers stood at the end of their leaf of a period, as last decided, by member id. */
export async function readLeafEnds(
  store: Store,
  period: DeliveryPeriod,
  memberIds: readonly number[],
): Promise<Map<number, Registers>> {
  const rows = await store.client.readingLeaf.findMany({
    where: { period, memberId: { in: [...memberIds] } },
    orderBy: { version: 'asc' },
    select: { memberId: true, importEndWh: true, exportEndWh: true },
  })
  return new Map(
    rows.map((row) => [row.memberId, { import: energyWh(row.importEndWh), export: energyWh(row.exportEndWh) }]),
  )
}

/**
 * What the members were metered at in the same quarter-hour of earlier days, as last decided, by member id: the latest
 * days that have a metered leaf, as many as an estimate takes.
 */
export async function readMeteredProfiles(
  store: Store,
  period: DeliveryPeriod,
  memberIds: readonly number[],
): Promise<Map<number, PeriodEnergy[]>> {
  const rows = await store.client.$queryRaw<{ memberId: number; imported: bigint; exported: bigint }[]>`
    SELECT wanted.member_id AS "memberId", day.imported, day.exported
    FROM unnest(${[...memberIds]}::int[]) AS wanted(member_id)
    CROSS JOIN LATERAL (
      SELECT import_end_wh - import_start_wh AS imported, export_end_wh - export_start_wh AS exported
      FROM (
        SELECT DISTINCT ON (period) * FROM reading_leaves
        WHERE member_id = wanted.member_id AND period < ${period as number}::int
          AND period % ${PERIODS_PER_DAY}::int = ${period % PERIODS_PER_DAY}::int
        ORDER BY period DESC, version DESC
      ) AS latest
      WHERE quality = 'metered' ORDER BY period DESC LIMIT ${MOST_PROFILE_DAYS}::int
    ) AS day`
  const profiles = new Map<number, PeriodEnergy[]>()
  for (const { memberId, imported, exported } of rows) {
    const energy = { imported: energyWh(imported), exported: energyWh(exported) }
    profiles.set(memberId, [...(profiles.get(memberId) ?? []), energy])
  }
  return profiles
}

/** The area's corrections, and the leaves that are estimated as last decided, of a period and later ones. */
export async function readOpenEstimates(
  store: Store,
  area: number,
  from: DeliveryPeriod,
): Promise<{ period: DeliveryPeriod; version: number; memberIds: number[] }[]> {
  const rows = await store.client.$queryRaw<{ period: number; version: number; memberIds: number[] }[]>`
    SELECT batch.period, batch.version,
      coalesce(array_agg(leaf.member_id ORDER BY leaf.member_id) FILTER (WHERE leaf.quality = 'estimated'), '{}')
        AS "memberIds"
    FROM (
      SELECT DISTINCT ON (period) period, version FROM reading_batches
      WHERE area = ${area}::int AND period >= ${from as number}::int ORDER BY period, version DESC
    ) AS batch
    LEFT JOIN reading_leaves AS leaf
      ON leaf.area = ${area}::int AND leaf.period = batch.period AND leaf.version = batch.version
    GROUP BY batch.period, batch.version
    HAVING batch.version > 0 OR bool_or(leaf.quality = 'estimated')
    ORDER BY batch.period`
  return rows.map((row) => ({ ...row, period: deliveryPeriod(row.period) }))
}

/** The last delivery period of the area whose readings were decided, or null. */
export async function findLastReadingBatch(store: Store, area: number): Promise<DeliveryPeriod | null> {
  const row = await store.client.readingBatch.findFirst({
    where: { area },
    orderBy: { period: 'desc' },
    select: { period: true },
  })
  return row === null ? null : deliveryPeriod(row.period)
}

function readingsByMember(rows: readonly ReadingRow[]): Map<number, MeterReading[]> {
  const byMember = new Map<number, MeterReading[]>()
  for (const row of rows) {
    const readings = byMember.get(row.memberId)
    if (readings === undefined) byMember.set(row.memberId, [readingOf(row)])
    else readings.push(readingOf(row))
  }
  return byMember
}

function readingOf(row: ReadingRow): MeterReading {
  return {
    deliveryPeriod: deliveryPeriod(row.period),
    sequence: row.sequence,
    importRegister: energyWh(row.importRegisterWh),
    exportRegister: energyWh(row.exportRegisterWh),
  }
}

function textOf(counter: bigint | null | undefined): string | null {
  return counter === null || counter === undefined ? null : String(counter)
}
