import type { MeterReading } from '../domain/metering/meter-reading.ts'
import type { PeriodReading } from '../domain/metering/period-energy.ts'
import { deliveryPeriod, energyWh, type DeliveryPeriod } from '../domain/units.ts'
import type { Store } from './connect.ts'

/** A reading that passed every rule, as the gateway keeps it. */
export type AcceptedReading = MeterReading & {
  readonly memberId: number
  readonly signature: string
  /** Unix seconds by the ledger's clock. */
  readonly receivedAt: number
}

/** The commitment to a period's readings, with the leaves behind it in the tree's order. */
export type ReadingBatch = {
  readonly area: number
  readonly period: DeliveryPeriod
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

/**
 * Writes readings durably, in one statement. Writing one again has no effect, so that a write whose outcome was lost
 * may be repeated; another reading in its place is a defect of the caller and throws.
 */
export async function insertReadings(store: Store, readings: readonly AcceptedReading[]): Promise<void> {
  if (readings.length === 0) return
  const written = await store.client.$executeRaw`
    INSERT INTO meter_readings
      (member_id, period, sequence, import_register_wh, export_register_wh, signature, received_at)
    SELECT * FROM unnest(
      ${readings.map((reading) => reading.memberId)}::int[],
      ${readings.map((reading) => reading.deliveryPeriod as number)}::int[],
      ${readings.map((reading) => reading.sequence)}::int[],
      ${readings.map((reading) => String(reading.importRegister))}::text[]::bigint[],
      ${readings.map((reading) => String(reading.exportRegister))}::text[]::bigint[],
      ${readings.map((reading) => reading.signature)}::text[],
      ${readings.map((reading) => reading.receivedAt)}::int[])
    ON CONFLICT DO NOTHING`
  if (written < readings.length) await requireStored(store, readings)
}

async function requireStored(store: Store, readings: readonly AcceptedReading[]): Promise<void> {
  for (const reading of readings) {
    const row = await store.client.meterReading.findUnique({
      where: { memberId_period: { memberId: reading.memberId, period: reading.deliveryPeriod } },
    })
    const isStored =
      row?.sequence === reading.sequence &&
      row.importRegisterWh === reading.importRegister &&
      row.exportRegisterWh === reading.exportRegister
    if (!isStored) {
      throw new Error(`member ${reading.memberId} has another reading for delivery period ${reading.deliveryPeriod}`)
    }
  }
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
  const byMember = new Map<number, MeterReading[]>()
  for (const row of rows) {
    const readings = byMember.get(row.memberId)
    if (readings === undefined) byMember.set(row.memberId, [readingOf(row)])
    else readings.push(readingOf(row))
  }
  return byMember
}

/** Writes a period's batch with its leaves, all or nothing. A batch that is there stays as it is. */
export async function storeReadingBatch(store: Store, batch: ReadingBatch): Promise<void> {
  const { area, period, leaves } = batch
  await store.client.$transaction(async (transaction) => {
    const added = await transaction.readingBatch.createMany({
      data: {
        area,
        period,
        root: batch.root,
        count: leaves.length,
        importTotalWh: batch.importTotal,
        exportTotalWh: batch.exportTotal,
      },
      skipDuplicates: true,
    })
    if (added.count === 0) return
    await transaction.readingLeaf.createMany({
      data: leaves.map((leaf, position) => ({
        area,
        period,
        position,
        memberId: leaf.memberId,
        importStartWh: leaf.importStart,
        importEndWh: leaf.importEnd,
        exportStartWh: leaf.exportStart,
        exportEndWh: leaf.exportEnd,
        salt: leaf.salt,
      })),
    })
  })
}

/** A period's batch, or null where its readings were not decided yet. */
export async function readReadingBatch(
  store: Store,
  area: number,
  period: DeliveryPeriod,
): Promise<ReadingBatch | null> {
  const row = await store.client.readingBatch.findUnique({
    where: { area_period: { area, period } },
    include: { leaves: { orderBy: { position: 'asc' } } },
  })
  if (row === null) return null
  return {
    area,
    period,
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
      salt: leaf.salt,
    })),
  }
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

function readingOf(row: ReadingRow): MeterReading {
  return {
    deliveryPeriod: deliveryPeriod(row.period),
    sequence: row.sequence,
    importRegister: energyWh(row.importRegisterWh),
    exportRegister: energyWh(row.exportRegisterWh),
  }
}
