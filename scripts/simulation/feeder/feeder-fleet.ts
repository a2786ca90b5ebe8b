import type { DeliveryPeriod } from '../../../services/domain/units.ts'
import { limitsUnlessSet } from '../../../services/domain/devices/device-limits.ts'
import type { Store } from '../../../services/store/connect.ts'
import { writeDeviceLimits } from '../../../services/store/device-limits.ts'
import type { DrivenFleet } from '../driven-fleet.ts'
import type { Measures, Obey } from '../fleet-part.ts'
import { registerFleet } from '../fleet-register.ts'
import { lwm2mEndpointOf, startLwm2mPart } from '../lwm2m-part.ts'
import { plainMeasureWords, startMeasuringPart } from '../measuring-part.ts'
import type { FeederDevice } from './feeder-devices.ts'
import type { FeederPlay } from './feeder-play.ts'
import type { FeederWorld } from './feeder-world.ts'

export type FeederFleetOptions = {
  readonly store: Store
  /** Without credentials. */
  readonly brokerUrl: string
  readonly lwm2m: { readonly host: string; readonly port: number }
  readonly world: FeederWorld
  readonly play: FeederPlay
  readonly devices: readonly FeederDevice[]
  /** The meters of the same homes. */
  readonly meters: DrivenFleet
}

/**
 * Registers the batteries and chargers of a feeder, whose owners let them be commanded for activations, and starts them beside
 * its meters: they hand on to the feeder's world what they are told, and measure what it has flow.
 */
export async function startFeederFleet(options: FeederFleetOptions): Promise<DrivenFleet> {
  const { store, brokerUrl, lwm2m, play, devices, meters } = options
  await registerFleet(store, devices, ({ address, protocol }) =>
    protocol === 'lwm2m' ? lwm2mEndpointOf(address) : null,
  )
  for (const device of devices) {
    const limits = { ...limitsUnlessSet(device), sources: ['owner', 'agent', 'activation', 'aggregator'] as const }
    await writeDeviceLimits(store, device.address, device.memberId, limits)
  }
  const deviceAt = new Map(devices.map((device) => [device.address, device]))
  const obey: Obey = (address, action) => play.tell(deviceAt.get(address)!, action)
  const speaking = (protocol: FeederDevice['protocol']) => devices.filter((device) => device.protocol === protocol)
  const lwm2mPart = await startLwm2mPart({ server: lwm2m, devices: speaking('lwm2m'), obey })
  const mqtt = { brokerUrl, words: plainMeasureWords, devices: speaking('mqtt'), obey }
  const mqttPart = await startMeasuringPart(mqtt).catch(async (error: unknown) => {
    await lwm2mPart.stop()
    throw error
  })
  const measure = createMeasuring(options)
  let prepared: readonly (readonly [FeederDevice, Measures])[] = []

  return {
    prepare(ended, flows) {
      meters.prepare(ended, flows)
      prepared = devices.map((device) => [device, measure(device, ended)])
    },
    async publish(ended) {
      const measured = prepared.map(([{ address, protocol }, measures]) =>
        (protocol === 'mqtt' ? mqttPart : lwm2mPart).publish(address, ended, measures),
      )
      await Promise.all([meters.publish(ended), ...measured])
    },
    interrupt: (memberId) => meters.interrupt(memberId),
    async stop() {
      await Promise.all([meters.stop(), mqttPart.stop(), lwm2mPart.stop()])
    },
  }
}

/** What a device measures at the end of one period after the other; before the first one nothing flowed. */
function createMeasuring({
  world,
  play,
}: FeederFleetOptions): (device: FeederDevice, ended: DeliveryPeriod) => Measures {
  const consumedWh = new Map<string, number>()
  return ({ address, place, kind }, ended) => {
    const flow = ended < world.firstPeriod ? null : play.flowsOf(ended)[place]!
    const takenWh = flow === null ? 0 : kind === 'battery' ? flow.batteryWh : flow.carWh
    const consumed = (consumedWh.get(address) ?? 0) + Math.max(0, takenWh)
    consumedWh.set(address, consumed)
    return { 'active-power': BigInt(4 * takenWh), 'consumed-register': BigInt(consumed) }
  }
}
