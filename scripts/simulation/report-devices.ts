import { setTimeout as delay } from 'node:timers/promises'
import {
  deliveryRatioOf,
  deliveryUseOf,
  type Delivery,
  type DeliveryRatio,
} from '../../services/domain/devices/delivery.ts'
import type { DeviceKind } from '../../services/domain/devices/device.ts'
import { PERIODS_PER_DAY } from '../../services/domain/units.ts'
import type { Store } from '../../services/store/connect.ts'

/** How the devices of one kind and protocol delivered in the periods of a run. */
export type DeviceLine = DeliveryRatio & {
  readonly kind: DeviceKind
  readonly protocol: string
  readonly isSigning: boolean
  readonly devices: number
  /** Of these, whose own ratio is below its target. */
  readonly devicesBelowTarget: number
  /** Readings, and of devices that do not sign each value that they measured. */
  readonly received: number
  readonly late: number
  readonly refused: number
}

type Row = Delivery & {
  readonly kind: DeviceKind
  readonly protocol: string
  readonly isSigning: boolean
  readonly received: number
  readonly late: number
  readonly refused: number
}

/** The gateway notes it every second. */
const NOTED_MS = 10_000
const LOOK_MS = 100

/** By kind and protocol, from the books by which the api tells how devices do. */
export async function deviceLinesOf(store: Store, firstPeriod: number, periods: number): Promise<DeviceLine[]> {
  await untilCounted(store, firstPeriod, periods)
  const rows = await readDevices(store, firstPeriod, periods)
  const groups = Map.groupBy(rows, ({ kind, protocol, isSigning }) => `${kind} ${protocol} ${isSigning}`)
  return [...groups.values()].map((group) => {
    const [{ kind, protocol, isSigning }] = group as [Row]
    const use = deliveryUseOf(kind)
    const sumOf = (pick: (row: Row) => number) => group.reduce((sum, row) => sum + pick(row), 0)
    const delivery = { expected: sumOf(({ expected }) => expected), delivered: sumOf(({ delivered }) => delivered) }
    return {
      ...{ kind, protocol, isSigning, devices: group.length },
      ...deliveryRatioOf(use, delivery),
      devicesBelowTarget: group.filter((row) => deliveryRatioOf(use, row).isReached === false).length,
      received: sumOf(({ received }) => received),
      late: sumOf(({ late }) => late),
      refused: sumOf(({ refused }) => refused),
    }
  })
}

/** Of every device that somebody has: in each period of the run something is waited for. */
function readDevices({ client }: Store, firstPeriod: number, periods: number): Promise<Row[]> {
  return client.$queryRaw<Row[]>`
    SELECT device.kind, device.protocol, device.is_signing AS "isSigning", ${periods}::int AS expected,
      (SELECT count(*) FROM generate_series(${firstPeriod}::int, ${firstPeriod + periods - 1}::int) AS period
        JOIN device_deliveries AS kept ON kept.device = device.address AND kept.day = period / ${PERIODS_PER_DAY}::int
        WHERE get_bit(kept.delivered, period % ${PERIODS_PER_DAY}::int) = 1)::int AS delivered,
      coalesce(health.received, 0)::float8 AS received, coalesce(health.late, 0)::float8 AS late,
      coalesce(health.refused, 0)::float8 AS refused
    FROM devices AS device LEFT JOIN device_health AS health ON health.device = device.address
    WHERE device.member_id IS NOT NULL
    ORDER BY device.kind <> 'meter', device.kind, device.protocol, device.is_signing DESC, device.address`
}

/** Resolves once the gateway has counted the last period; after a while in any case. */
async function untilCounted({ client }: Store, firstPeriod: number, periods: number): Promise<void> {
  const last = firstPeriod + periods - 1
  const day = Math.floor(last / PERIODS_PER_DAY)
  const counted = last - Math.max(firstPeriod, day * PERIODS_PER_DAY) + 1
  for (const deadline = Date.now() + NOTED_MS; Date.now() < deadline; await delay(LOOK_MS)) {
    const [{ missing } = { missing: 0 }] = await client.$queryRaw<{ readonly missing: number }[]>`
      SELECT count(*)::int AS missing FROM devices AS device
      LEFT JOIN device_deliveries AS kept ON kept.device = device.address AND kept.day = ${day}::int
      WHERE device.member_id IS NOT NULL AND coalesce(kept.expected, 0) < ${counted}::int`
    if (missing === 0) return
  }
}
