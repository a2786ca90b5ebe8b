import type { Measurement, MeasurementQuality } from '../domain/devices/measurement.ts'
import type { Store } from './connect.ts'

export type StoredMeasurement = Omit<Measurement, 'connectionPoint'>

const MS_PER_PERIOD = 900_000

/**
 * Writes measurements durably, in one statement: of a device's quantity the last of each delivery period stays. Writing one
 * again has no effect. The gateway is the only writer.
 */
export async function writeMeasurements(store: Store, measurements: readonly StoredMeasurement[]): Promise<void> {
  const last = new Map<string, StoredMeasurement>()
  for (const one of measurements) {
    const key = `${one.device} ${one.quantity} ${periodOf(one)}`
    const other = last.get(key)
    if (other === undefined || isBehind(other, one)) last.set(key, one)
  }
  const rows = [...last.values()]
  if (rows.length === 0) return
  await store.client.$executeRaw`
    INSERT INTO device_measurements AS kept (device, quantity, period, value, measured_at_ms, quality, sequence)
    SELECT * FROM unnest(
      ${rows.map(({ device }) => device)}::text[],
      ${rows.map(({ quantity }) => quantity)}::text[],
      ${rows.map(periodOf)}::int[],
      ${rows.map(({ value }) => String(value))}::text[]::bigint[],
      ${rows.map(({ measuredAtMs }) => String(measuredAtMs))}::text[]::bigint[],
      ${rows.map(({ quality }) => quality)}::text[],
      ${rows.map(({ sequence }) => String(sequence))}::text[]::bigint[])
    ON CONFLICT (device, quantity, period) DO UPDATE
      SET value = excluded.value, measured_at_ms = excluded.measured_at_ms, quality = excluded.quality,
        sequence = excluded.sequence
      WHERE (kept.measured_at_ms, kept.sequence) < (excluded.measured_at_ms, excluded.sequence)`
}

/** Of each quantity that the devices measured since they have the owner that they have, the last; by device. */
export async function readLastMeasurements(
  store: Store,
  devices: readonly string[],
): Promise<Map<string, StoredMeasurement[]>> {
  const rows = await store.client.$queryRaw<(Omit<StoredMeasurement, 'quality'> & { quality: string })[]>`
    SELECT DISTINCT ON (kept.device, kept.quantity) kept.device, kept.quantity, kept.value,
      kept.measured_at_ms::float8 AS "measuredAtMs", kept.quality, kept.sequence::float8 AS sequence
    FROM device_measurements AS kept JOIN devices AS device ON device.address = kept.device
    WHERE kept.device = ANY(${[...devices]}::text[])
      AND kept.measured_at_ms >= coalesce(device.owned_since, 0) * 1000::bigint
    ORDER BY kept.device, kept.quantity, kept.period DESC`
  return Map.groupBy(
    rows.map((row) => ({
      ...row,
      quantity: row.quantity,
      quality: row.quality as MeasurementQuality,
    })),
    ({ device }) => device,
  )
}

/** Forgets what was measured before the period, but for the last of each quantity. */
export async function pruneMeasurements(store: Store, period: number): Promise<void> {
  await store.client.$executeRaw`
    DELETE FROM device_measurements AS old WHERE period < ${period}::int AND EXISTS (
      SELECT FROM device_measurements AS later
      WHERE later.device = old.device AND later.quantity = old.quantity AND later.period > old.period)`
}

function periodOf({ measuredAtMs }: StoredMeasurement): number {
  return Math.floor(measuredAtMs / MS_PER_PERIOD)
}

function isBehind(one: StoredMeasurement, other: StoredMeasurement): boolean {
  return (
    one.measuredAtMs < other.measuredAtMs || (one.measuredAtMs === other.measuredAtMs && one.sequence < other.sequence)
  )
}
