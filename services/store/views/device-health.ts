import type { Delivery, DeliveryUse } from '../../domain/devices/delivery.ts'
import type { Store } from '../connect.ts'

/** How a device does, as its gateway noted it. Times are unix seconds by the ledger's clock. */
export type DeviceHealthView = {
  readonly gateway: string
  readonly knownSince: number
  readonly lastSeenAt: number | null
  readonly received: number
  readonly late: number
  readonly refused: number
  readonly lost: number
  readonly clockOffsetMs: number | null
  readonly firmware: string | null
}

export type DeliveryDay = Delivery & { readonly day: number }

export type GatewayView = {
  readonly gateway: string
  readonly use: DeliveryUse
  readonly devices: number
  /** Of these, heard within the hour before. */
  readonly heard: number
  readonly refused: number
  readonly lost: number
} & Delivery

/** Days counted, and up to which period, not included, reading deadlines are over. */
export type DeliverySpan = { readonly firstDay: number; readonly upto: number }

const PERIODS_PER_DAY = 96

/** Null where no gateway waits for it. */
export async function readDeviceHealth(store: Store, device: string): Promise<DeviceHealthView | null> {
  const row = await store.client.deviceHealth.findUnique({ where: { device } })
  if (row === null) return null
  const { gateway, knownSince, lastSeenAt, received, late, refused, lost, clockOffsetMs, firmware } = row
  return {
    ...{ gateway, knownSince, lastSeenAt, clockOffsetMs, firmware },
    ...{ received: Number(received), late: Number(late), refused: Number(refused), lost: Number(lost) },
  }
}

/** By day, the earliest first: of the periods whose reading deadline is over. */
export async function listDeliveryDays(
  store: Store,
  device: string,
  { firstDay, upto }: DeliverySpan,
): Promise<DeliveryDay[]> {
  return store.client.$queryRaw<DeliveryDay[]>`
    SELECT day, expected,
      least(expected, bit_count(substring(delivered FROM 1 FOR greatest(0, ${upto}::int - day * ${PERIODS_PER_DAY}::int))))::int
        AS delivered
    FROM device_deliveries WHERE device = ${device} AND day >= ${firstDay}::int AND expected > 0 ORDER BY day`
}

/** Of each gateway the devices that somebody has, apart by what they are for; `now` is unix seconds by the ledger's clock. */
export async function listGateways(
  store: Store,
  { area, now, firstDay, upto }: DeliverySpan & { readonly area: number; readonly now: number },
): Promise<GatewayView[]> {
  return store.client.$queryRaw<GatewayView[]>`
    SELECT health.gateway, CASE device.kind WHEN 'meter' THEN 'metering' ELSE 'demand-response' END AS use,
      count(*)::int AS devices, (count(*) FILTER (WHERE health.last_seen_at > ${now}::int - 3600))::int AS heard,
      sum(health.refused)::float8 AS refused, sum(health.lost)::float8 AS lost,
      coalesce(sum(kept.expected), 0)::float8 AS expected, coalesce(sum(kept.delivered), 0)::float8 AS delivered
    FROM device_health AS health JOIN devices AS device ON device.address = health.device
    LEFT JOIN LATERAL (
      SELECT sum(expected) AS expected, sum(least(expected, bit_count(
        substring(delivered FROM 1 FOR greatest(0, ${upto}::int - day * ${PERIODS_PER_DAY}::int))))) AS delivered
      FROM device_deliveries WHERE device = health.device AND day >= ${firstDay}::int AND expected > 0
    ) AS kept ON true
    WHERE device.area = ${area}::int AND device.member_id IS NOT NULL
    GROUP BY 1, 2 ORDER BY 1, 2 DESC`
}
