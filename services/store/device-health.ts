import type { Store } from './connect.ts'

/** What came of a device since it was written down last; counts are added to those that are there. */
export type HealthChange = {
  readonly device: string
  readonly received: number
  readonly late: number
  readonly refused: number
  readonly lost: number
  /** Unix seconds by the ledger's clock. */
  readonly lastSeenAt: number | null
  readonly lastSequence: number | null
  readonly clockOffsetMs: number | null
  readonly firmware: string | null
  /** Delivery periods in which it measured something that was there in time. */
  readonly periods: readonly number[]
}

/** A device that the gateway waits for. */
export type WatchedDevice = { readonly address: string; readonly area: number }

/** Held while counts are added: several gateways write of the same devices. */
const WRITING_LOCK = 'device health'

const PERIODS_PER_DAY = 96
const SECONDS_PER_PERIOD = 900
const NONE = '0'.repeat(PERIODS_PER_DAY)

/**
 * Begins to wait for devices that are new, and resolves to all that are waited for; `now` is unix seconds by the ledger's
 * clock. Gateways are the only writers of this file's tables.
 */
export async function watchDevices(
  store: Store,
  { gateway, now }: { readonly gateway: string; readonly now: number },
): Promise<WatchedDevice[]> {
  await store.client.$executeRaw`
    INSERT INTO device_health (device, gateway, known_since)
    SELECT address, ${gateway}, greatest(${now}::int, owned_since) FROM devices
    ON CONFLICT (device) DO NOTHING`
  return store.client.$queryRaw<WatchedDevice[]>`
    SELECT device.address, device.area
    FROM devices AS device JOIN device_health AS health ON health.device = device.address`
}

/** How many devices are waited for. */
export function countWatched(store: Store): Promise<number> {
  return store.client.deviceHealth.count()
}

/**
 * Adds what meters that sign sent and nobody noted, since a gateway was killed between writing it and noting it. `deadlines`
 * are the seconds that each area waits for readings; again without effect, while nobody notes anything.
 */
export async function noteForgotten(store: Store, deadlines: ReadonlyMap<number, number>): Promise<void> {
  await store.client.$executeRaw`
    UPDATE device_health AS health SET
      received = health.received + forgotten.count, late = health.late + forgotten.late,
      lost = health.lost + forgotten.last - coalesce(health.last_sequence, forgotten.first - 1) - forgotten.count,
      last_sequence = forgotten.last, last_seen_at = greatest(health.last_seen_at, forgotten.seen_at)
    FROM (
      SELECT kept.device, count(*) AS count, min(reading.sequence) AS first, max(reading.sequence) AS last,
        max(reading.received_at) AS seen_at, count(*) FILTER (
          WHERE reading.received_at > (reading.period + 1) * ${SECONDS_PER_PERIOD}::int + area.deadline) AS late
      FROM unnest(${[...deadlines.keys()]}::int[], ${[...deadlines.values()]}::int[]) AS area (id, deadline)
      JOIN devices AS device ON device.area = area.id AND device.kind = 'meter' AND device.is_signing
      JOIN device_health AS kept ON kept.device = device.address
      JOIN meter_readings AS reading ON reading.member_id = device.member_id
        AND reading.sequence > coalesce(kept.last_sequence, -1) AND reading.received_at >= kept.known_since
      GROUP BY kept.device
    ) AS forgotten
    WHERE health.device = forgotten.device`
}

/** Adds what came, all or nothing. Of devices that are not waited for nothing is kept. */
export async function writeHealthChanges(
  store: Store,
  gateway: string,
  changes: readonly HealthChange[],
): Promise<void> {
  const numbersOf = (pick: (change: HealthChange) => number | null) => changes.map(pick)
  const marks = changes.flatMap(({ device, periods }) => marksOf(device, periods))
  await store.client.$transaction([
    store.client.$executeRaw`SELECT pg_advisory_xact_lock(hashtext(${WRITING_LOCK}))`,
    store.client.$executeRaw`
      UPDATE device_health AS health SET gateway = ${gateway},
        received = health.received + change.received, late = health.late + change.late,
        refused = health.refused + change.refused, lost = health.lost + change.lost,
        last_seen_at = greatest(health.last_seen_at, change.last_seen_at),
        last_sequence = greatest(health.last_sequence, change.last_sequence),
        clock_offset_ms = coalesce(change.clock_offset_ms, health.clock_offset_ms),
        firmware = coalesce(change.firmware, health.firmware)
      FROM unnest(
        ${changes.map(({ device }) => device)}::text[],
        ${numbersOf(({ received }) => received)}::int[], ${numbersOf(({ late }) => late)}::int[],
        ${numbersOf(({ refused }) => refused)}::int[], ${numbersOf(({ lost }) => lost)}::int[],
        ${numbersOf(({ lastSeenAt }) => lastSeenAt)}::int[], ${numbersOf(({ lastSequence }) => lastSequence)}::int[],
        ${numbersOf(({ clockOffsetMs }) => clockOffsetMs)}::int[], ${changes.map(({ firmware }) => firmware)}::text[]
      ) AS change (device, received, late, refused, lost, last_seen_at, last_sequence, clock_offset_ms, firmware)
      WHERE health.device = change.device`,
    store.client.$executeRaw`
      INSERT INTO device_deliveries AS kept (device, day, gateway, expected, delivered)
      SELECT mark.device, mark.day, ${gateway}, 0, mark.delivered FROM unnest(
        ${marks.map(({ device }) => device)}::text[], ${marks.map(({ day }) => day)}::int[],
        ${marks.map(({ bits }) => bits)}::text[]::bit(96)[]
      ) AS mark (device, day, delivered)
      WHERE EXISTS (SELECT FROM device_health AS health WHERE health.device = mark.device)
      ON CONFLICT (device, day) DO UPDATE SET delivered = kept.delivered | excluded.delivered, gateway = ${gateway}`,
  ])
}

/**
 * Writes of each device that somebody has in how many of the day's periods before `upto` something was waited for, and of
 * meters in which their reading was there by the reading deadline; again without effect.
 */
export async function writeDeliveries(
  store: Store,
  of: { readonly gateway: string; readonly area: number; readonly day: number; readonly upto: number } & {
    /** Of the area's calendar. */
    readonly firstPeriod: number
    readonly readingDeadlineSeconds: number
  },
): Promise<void> {
  const first = Math.max(of.day * PERIODS_PER_DAY, of.firstPeriod)
  const end = Math.min((of.day + 1) * PERIODS_PER_DAY, of.upto)
  await store.client.$executeRaw`
    INSERT INTO device_deliveries AS kept (device, day, gateway, expected, delivered)
    SELECT device.address, ${of.day}::int, ${of.gateway}, waited.last - waited.first,
      coalesce(metered.delivered, ${NONE}::text::bit(96))
    FROM devices AS device
    JOIN device_health AS health ON health.device = device.address
    LEFT JOIN members AS member ON member.id = device.member_id
    CROSS JOIN LATERAL (
      SELECT greatest(${first}::int, health.known_since / ${SECONDS_PER_PERIOD}::int) AS first,
        least(${end}::int, member.active_until / ${SECONDS_PER_PERIOD}::int) AS last
    ) AS waited
    LEFT JOIN LATERAL (
      SELECT bit_or(set_bit(${NONE}::text::bit(96), reading.period % ${PERIODS_PER_DAY}::int, 1)) AS delivered
      FROM meter_readings AS reading
      WHERE device.kind = 'meter' AND reading.member_id = device.member_id
        AND reading.period >= waited.first AND reading.period < waited.last
        AND reading.received_at <= (reading.period + 1) * ${SECONDS_PER_PERIOD}::int + ${of.readingDeadlineSeconds}::int
    ) AS metered ON true
    WHERE device.area = ${of.area}::int AND device.member_id IS NOT NULL AND waited.last > waited.first
      AND NOT EXISTS (SELECT FROM erasures AS wish WHERE wish.member_id = device.member_id)
    ON CONFLICT (device, day) DO UPDATE
      SET expected = excluded.expected, delivered = kept.delivered | excluded.delivered, gateway = excluded.gateway`
}

/** Forgets what is known of devices, was measured and was refused before they changed hands, and days before `day`; again without effect. */
export async function forgetDeviceHealth(store: Store, day: number): Promise<void> {
  await store.client.$executeRaw`
    WITH stale AS (
      DELETE FROM device_health AS health USING devices AS device
      WHERE device.address = health.device AND health.known_since < device.owned_since
      RETURNING health.device
    )
    DELETE FROM device_deliveries AS kept USING stale WHERE kept.device = stale.device`
  await store.client.$executeRaw`
    DELETE FROM device_measurements AS kept USING devices AS device
    WHERE device.address = kept.device AND kept.measured_at_ms < device.owned_since * 1000::bigint`
  await store.client.$executeRaw`
    DELETE FROM refused_messages AS message USING devices AS device
    WHERE device.address = message.device AND message.received_at < device.owned_since`
  await store.client.deviceDelivery.deleteMany({ where: { day: { lt: day } } })
}

function marksOf(device: string, periods: readonly number[]): { device: string; day: number; bits: string }[] {
  const days = Map.groupBy(periods, (period) => Math.floor(period / PERIODS_PER_DAY))
  return [...days].map(([day, marked]) => {
    const bits = Array.from(NONE)
    for (const period of marked) bits[period % PERIODS_PER_DAY] = '1'
    return { device, day, bits: bits.join('') }
  })
}
