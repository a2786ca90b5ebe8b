import { createHash } from 'node:crypto'
import type { SimulatedDevice } from '../fleet-part.ts'
import { FLEXIBLE_KINDS, type FeederWorld } from './feeder-world.ts'
import type { FlexibleDevice } from './feeder-play.ts'

/** A battery or a charger of the feeder as it is registered. */
export type FeederDevice = SimulatedDevice & FlexibleDevice

/** Whose the homes are, by their position. */
export type HomeOwner = { readonly memberId: number; readonly name: string; readonly meterAddress: string }

/** In turn, so that of batteries as of chargers every other one speaks MQTT. LwM2M tells no schedule to who has set-points. */
const WAYS = [
  { protocol: 'mqtt', capabilities: ['set-point', 'switch', 'schedule'] },
  { protocol: 'lwm2m', capabilities: ['set-point', 'switch'] },
] as const

/** The batteries and chargers of the feeder's homes, each with an address of its own. */
export function planFeederDevices({ homes }: FeederWorld, owners: readonly HomeOwner[]): readonly FeederDevice[] {
  return FLEXIBLE_KINDS.flatMap((kind) => {
    const rated = homes.flatMap(({ battery, car }, place) => {
      const ratedPowerW = kind === 'battery' ? battery?.powerW : car?.chargerW
      return ratedPowerW === undefined ? [] : [{ place, ratedPowerW }]
    })
    return rated.map(({ place, ratedPowerW }, index): FeederDevice => {
      const { memberId, name, meterAddress } = owners[place]!
      const digest = createHash('sha256').update(`${meterAddress} ${kind}`).digest('hex')
      return {
        ...WAYS[index % WAYS.length]!,
        ...{ address: `0x${digest.slice(0, 40)}`, memberId, home: name, place, kind },
        ...{ isSigning: false, meterKey: null, ratedPowerW },
      }
    })
  })
}
