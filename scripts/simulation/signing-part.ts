import { registersOf, type FleetPart, type SimulatedDevice } from './fleet-part.ts'
import { startMeterFleet, type FleetOptions } from './meter-fleet.ts'

/** Meters that sign and send over MQTT. */
export async function startSigningPart(
  options: Omit<FleetOptions, 'meters'> & { readonly devices: readonly SimulatedDevice[] },
): Promise<FleetPart> {
  const { devices, ...rest } = options
  const members = new Map(devices.map(({ address, memberId }) => [address, memberId]))
  const memberOf = (address: string): number => {
    const memberId = members.get(address)
    if (memberId === undefined) throw new RangeError(`the fleet has no meter ${address}`)
    return memberId
  }
  const fleet = await startMeterFleet({
    ...rest,
    meters: devices.map(({ memberId, meterKey, home }) => ({ memberId, meterKey: meterKey!, name: home })),
  })
  return {
    prepare: () => undefined,
    publish(address, ended, measures) {
      const { importWh, exportWh } = registersOf(measures)
      const registers = { importRegisterWh: importWh, exportRegisterWh: exportWh }
      return fleet.publishReading(memberOf(address), ended, registers)
    },
    interrupt: (address) => fleet.interrupt(memberOf(address)),
    stop: () => fleet.stop(),
  }
}
