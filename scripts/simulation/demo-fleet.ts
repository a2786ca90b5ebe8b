import { deliveryPeriod, type DeliveryPeriod } from '../../services/domain/units.ts'
import type { HouseholdKeys } from '../../services/runtime/keys.ts'
import type { Platform } from '../platform.ts'
import { AREA } from '../setup/neighbourhood.ts'
import { withoutCredentials } from './device-url.ts'
import { startMeterFleet, type MeterFleet } from './meter-fleet.ts'

/**
 * Connects the demonstration's meters, their registers where the gateway last read them: at the end of `readUpTo`, the
 * last period that it has of all of them. What a meter sends again from there is the same, and counts once.
 */
export async function startDemoFleet(options: {
  readonly platform: Platform
  readonly firstPeriod: DeliveryPeriod
  readonly keys: readonly HouseholdKeys[]
  readonly onRefused: (line: string) => void
}): Promise<{ readonly fleet: MeterFleet; readonly readUpTo: DeliveryPeriod }> {
  const { platform, firstPeriod, keys, onRefused } = options
  const { client } = platform.store
  const last = await client.meterReading.groupBy({ by: ['memberId'], _max: { period: true } })
  const beforeFirst = firstPeriod - 2
  const readUpTo =
    last.length < keys.length ? beforeFirst : Math.min(...last.map(({ _max }) => _max.period ?? beforeFirst))
  const readings = await client.meterReading.findMany({ where: { period: readUpTo } })
  const lastOf = new Map(
    readings.map(({ memberId, sequence, importRegisterWh, exportRegisterWh }) => [
      memberId,
      { sequence, importWh: importRegisterWh, exportWh: exportRegisterWh },
    ]),
  )
  const fleet = await startMeterFleet({
    brokerUrl: withoutCredentials(platform.brokerUrl),
    area: AREA,
    ledgerIdentity: { chainId: platform.ledger.chainId, addresses: platform.ledger.addresses },
    meters: keys.map(({ memberId, meterKey, name }) => {
      const last = lastOf.get(memberId)
      return last === undefined ? { memberId, meterKey, name } : { memberId, meterKey, name, last }
    }),
    onRefused: ({ name, deliveryPeriod: period, reason }) =>
      onRefused(`the gateway refused a reading of ${name} for period ${period}: ${reason}`),
  })
  return { fleet, readUpTo: deliveryPeriod(readUpTo) }
}
