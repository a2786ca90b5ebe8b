import type { Calendar } from '../domain/grid/calendar.ts'
import type { Store } from '../store/connect.ts'
import {
  countWatched,
  forgetDeviceHealth,
  noteForgotten,
  watchDevices,
  writeDeliveries,
  writeHealthChanges,
} from '../store/device-health.ts'
import { fingerprintOf } from '../store/fingerprint.ts'
import type { ReadingTaker } from './adapters/reading-taking.ts'
import type { Patiently } from './database-patience.ts'
import { createDeviceHealth, type DeviceHealth } from './device-health.ts'
import { whenChanged } from './when-changed.ts'

const SECONDS_PER_DAY = 86_400
/** Days after which it is forgotten how a device delivered. */
export const DELIVERY_DAYS_KEPT = 400

export type KeptHealth = DeviceHealth & {
  readonly forget: () => Promise<void>
  /** Notes what a gateway that was killed took and did not note. */
  readonly recollect: () => Promise<void>
}

/** The health of devices, in the database. `gateway` is the address of this one. */
export async function keepDeviceHealth(of: {
  readonly store: Store
  readonly patiently: Patiently
  readonly gateway: string
  /** Unix seconds by the ledger's clock. */
  readonly now: () => number
  readonly calendars: ReadonlyMap<number, Calendar>
}): Promise<KeptHealth> {
  const { store, patiently, gateway, now, calendars } = of
  const readingDeadlines = new Map(
    [...calendars].map(([area, { readingDeadlineSeconds }]) => [area, readingDeadlineSeconds]),
  )
  const watch = whenChanged(
    async () => `${await fingerprintOf(store, ['devices'])}, ${await countWatched(store)}`,
    () => watchDevices(store, { gateway, now: now() }),
  )
  const health = createDeviceHealth({
    now,
    watch: () => patiently(watch),
    write: (changes) => patiently(() => writeHealthChanges(store, gateway, changes)),
    countDay: (area, day, upto) => {
      const { firstPeriod, readingDeadlineSeconds } = calendars.get(area)!
      return patiently(() => writeDeliveries(store, { gateway, area, day, upto, firstPeriod, readingDeadlineSeconds }))
    },
    readingDeadlines,
  })
  await health.refresh()
  const oldest = () => Math.floor(now() / SECONDS_PER_DAY) - DELIVERY_DAYS_KEPT
  return {
    ...health,
    forget: () => patiently(() => forgetDeviceHealth(store, oldest())),
    recollect: () => patiently(() => noteForgotten(store, readingDeadlines)),
  }
}

/** The same, where the health of devices takes note of what comes. */
export function notingReadings(
  taker: ReadingTaker,
  health: Pick<DeviceHealth, 'onReading' | 'onRefused'>,
): ReadingTaker {
  return {
    ...taker,
    async receive(address, reading) {
      const accepted = await taker.receive(address, reading)
      if (accepted !== null) health.onReading(address, { ...accepted, sequence: reading.sequence })
      return accepted
    },
    onRefused(message) {
      taker.onRefused(message)
      // A meter that did not get its receipt does nothing wrong.
      if (message.device && message.code !== 'reading-replayed') health.onRefused(message.device)
    },
  }
}
