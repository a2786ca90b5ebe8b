import type { DeliveryPeriod } from '../domain/units.ts'
import { parseFlexibilityMessage, type OfferedDevice } from '../runtime/home-flexibility.ts'

/** What homes said last that their devices can do. */
export type Homes = {
  /** In the place of what the home said before. Throws what `parseFlexibilityMessage` does. */
  readonly note: (topic: string, payload: Uint8Array) => void
  /** Devices of the member of which something is known from the period on; none where the home said nothing. */
  readonly devicesOf: (memberId: number, period: DeliveryPeriod) => readonly OfferedDevice[]
}

/** A million homes would not fit; whoever has more members runs several processes. */
const MOST_HOMES = 100_000

export function createHomes(): Homes {
  const known = new Map<number, readonly OfferedDevice[]>()
  return {
    note(topic, payload) {
      const { memberId, devices } = parseFlexibilityMessage(topic, payload)
      if (devices.length === 0) known.delete(memberId)
      else if (known.has(memberId) || known.size < MOST_HOMES) known.set(memberId, devices)
    },
    devicesOf: (memberId, period) =>
      (known.get(memberId) ?? []).filter(({ firstPeriod, planW }) => firstPeriod + planW.length > period),
  }
}
