import type { DeliveryPeriod } from '../../services/domain/units.ts'
import type { FleetReading, MeterFleet } from './meter-fleet.ts'

/** All devices of a neighbourhood whose clock is driven, as the driver sees them. */
export type DrivenFleet = {
  /** Before the clock ends the period: what will have flowed in it, by the member. */
  readonly prepare: (ended: DeliveryPeriod, flows: ReadonlyMap<number, FleetReading>) => void
  /** Once it has ended. Resolves when the gateway has durably what was prepared; rejects with the `DomainError` of a refusal. */
  readonly publish: (ended: DeliveryPeriod) => Promise<void>
  /** What flows until the member's next reading is not metered. */
  readonly interrupt: (memberId: number) => void
  readonly stop: () => Promise<void>
}

/** Meters that sign and send, which need nothing before a period ends. */
export function driveMeters(fleet: MeterFleet): DrivenFleet {
  let prepared: ReadonlyMap<number, FleetReading> = new Map()
  return {
    prepare: (_ended, flows) => {
      prepared = flows
    },
    async publish(ended) {
      await Promise.all([...prepared].map(([memberId, flow]) => fleet.publishReading(memberId, ended, flow)))
    },
    interrupt: (memberId) => fleet.interrupt(memberId),
    stop: () => fleet.stop(),
  }
}
