import type { MqttClient } from 'mqtt'
import type { LedgerClock } from '../../services/chain/ledger-clock.ts'
import { DomainError } from '../../services/domain/errors.ts'
import { deliveryPeriod, deliveryPeriodAt, PERIODS_PER_DAY, type DeliveryPeriod } from '../../services/domain/units.ts'
import { expectedQuarterHourOf, quarterHourOf, type DemoHousehold } from './demo-households.ts'
import { publishExpected } from './expected-messages.ts'
import type { MeterFleet } from './meter-fleet.ts'

type LivingHousehold = DemoHousehold & { readonly memberId: number }

export type DemoWorld = {
  /** One more home lives from now on; its meter is in the fleet already. */
  readonly add: (household: LivingHousehold) => Promise<void>
  readonly stop: () => void
}

/** A meter that comes back after a pause sends at most this many quarter-hours that it kept. */
const KEPT_PERIODS = PERIODS_PER_DAY

/**
 * Lets the demonstration's homes live by the ledger's clock: every meter sends where its registers stand at the end of
 * each quarter-hour, and every home says once a day what it expects.
 */
export function playDemoWorld(options: {
  readonly broker: MqttClient
  readonly clock: LedgerClock
  readonly fleet: MeterFleet
  readonly households: readonly LivingHousehold[]
  /** The last period whose end has been read already; the registers stand there when the fleet starts. */
  readonly readUpTo: DeliveryPeriod
  readonly onFailure: (error: unknown) => void
}): DemoWorld {
  const { broker, clock, fleet, onFailure } = options
  const households = [...options.households]
  let read: number = options.readUpTo
  let announcedDay = -1

  // A refusal was told when its receipt came; the home goes on.
  const unlessRefused = (error: unknown) => {
    if (!(error instanceof DomainError)) onFailure(error)
  }

  function live(now: number): void {
    const current = deliveryPeriodAt(now)
    const day = Math.floor((current + 4) / PERIODS_PER_DAY)
    if (day !== announcedDay) {
      announcedDay = day
      announce(current, households).catch(onFailure)
    }
    const from = Math.max(read, current - 1 - KEPT_PERIODS)
    for (let period = read + 1; period <= from; period += 1) {
      for (const { memberId } of households) fleet.interrupt(memberId)
    }
    for (let period = from + 1; period < current; period += 1) {
      read = period
      for (const household of households) {
        const { loadWh, pvWh } = quarterHourOf(household, period)
        const net = loadWh - pvWh
        fleet
          .publishReading(household.memberId, deliveryPeriod(period), {
            importWh: BigInt(Math.max(net, 0)),
            exportWh: BigInt(Math.max(-net, 0)),
          })
          .catch(unlessRefused)
      }
    }
  }

  async function announce(from: DeliveryPeriod, those: readonly LivingHousehold[]): Promise<void> {
    const periods = Array.from({ length: 2 * PERIODS_PER_DAY }, (_, position) => from + position)
    await publishExpected(
      broker,
      those.map((household) => {
        const expected = periods.map((period) => expectedQuarterHourOf(household, period))
        return {
          memberId: household.memberId,
          firstPeriod: from,
          loadWh: expected.map(({ loadWh }) => loadWh),
          pvWh: expected.map(({ pvWh }) => pvWh),
        }
      }),
    )
  }

  live(clock.now())
  return {
    async add(household) {
      // Where its registers stand now is where its first quarter-hour begins.
      const begun = { importWh: 0n, exportWh: 0n }
      fleet.publishReading(household.memberId, deliveryPeriod(read), begun).catch(unlessRefused)
      households.push(household)
      await announce(deliveryPeriodAt(clock.now()), [household])
    },
    stop: clock.onBlock(({ timestamp }) => live(timestamp)),
  }
}
