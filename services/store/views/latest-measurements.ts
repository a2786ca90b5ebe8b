import type { MeasurementQuality } from '../../domain/devices/measurement.ts'
import type { Quantity } from '../../domain/devices/quantity.ts'
import type { Store } from '../connect.ts'

/** The latest of a quantity that a device measured since it has the owner that it has. */
export type LatestMeasurement = {
  readonly device: string
  readonly quantity: Quantity
  /** In the unit of the quantity. */
  readonly value: bigint
  /** Unix milliseconds by the ledger's clock. */
  readonly measuredAtMs: number
  readonly quality: MeasurementQuality
}

/** Of each of the devices, by quantity; the registers of meters as their readings have them too. */
export async function listLatestMeasurements(store: Store, devices: readonly string[]): Promise<LatestMeasurement[]> {
  return store.client.$queryRaw<LatestMeasurement[]>`
    WITH wanted AS (SELECT * FROM devices WHERE address = ANY(${[...devices]}::text[])), metered AS (
      SELECT wanted.address, (last.period + 1) * 900000::bigint AS at, last.import_register_wh, last.export_register_wh
      FROM wanted CROSS JOIN LATERAL (
        SELECT * FROM meter_readings WHERE member_id = wanted.member_id ORDER BY period DESC LIMIT 1
      ) AS last
      WHERE wanted.kind = 'meter'
    ), measured AS (
      SELECT kept.device, kept.quantity, kept.value, kept.measured_at_ms, kept.quality, kept.sequence
      FROM wanted JOIN device_measurements AS kept ON kept.device = wanted.address
        AND kept.measured_at_ms >= coalesce(wanted.owned_since, 0) * 1000::bigint
        -- The counters of a meter that cannot sign may have begun anew: its readings say what they counted.
        AND NOT (wanted.kind = 'meter' AND kept.quantity IN ('import-register', 'export-register'))
      UNION ALL SELECT address, 'import-register', import_register_wh, at, 'good', 0 FROM metered
      UNION ALL SELECT address, 'export-register', export_register_wh, at, 'good', 0 FROM metered
    )
    SELECT DISTINCT ON (device, quantity) device, quantity, value, measured_at_ms::float8 AS "measuredAtMs", quality
    FROM measured ORDER BY device, quantity, measured_at_ms DESC, sequence DESC`
}

/** When each was heard last, and its firmware; of those that a gateway waits for. */
export async function listLastSeen(
  store: Store,
  devices: readonly string[],
): Promise<{ device: string; lastSeenAt: number | null; firmware: string | null }[]> {
  return store.client.deviceHealth.findMany({
    where: { device: { in: [...devices] } },
    select: { device: true, lastSeenAt: true, firmware: true },
  })
}
