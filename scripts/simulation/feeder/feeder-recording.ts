import { connectionFor, type Recording } from '../recorded-households.ts'
import type { FeederHome, FeederWorld, HomeFlow } from './feeder-world.ts'

/**
 * What the homes of a feeder took and made in a run, as others know it of homes: a battery takes as a load does and gives
 * as the sun does. Their connections are rated for all that their devices can do at once.
 */
export function feederRecordingOf(
  { firstPeriod, periods, homes }: FeederWorld,
  flows: readonly (readonly HomeFlow[])[],
): Recording {
  const households = homes.map((home, place) => {
    const ofHome = flows.map((all) => all[place]!)
    return {
      name: home.name,
      loadWh: ofHome.map(({ loadWh, carWh, batteryWh }) => loadWh + carWh + Math.max(0, batteryWh)),
      pvWh: ofHome.map(({ pvWh, batteryWh }) => pvWh + Math.max(0, -batteryWh)),
      pvCapacityW: home.pvCapacityW,
      connectionCapacityW: connectionFor(greatestPowerOf(home), home.name),
    }
  })
  return { firstPeriod, periods, households, gaps: [], zone: 'Z' }
}

/** The most that may flow through the connection of a home, in W, either way. */
function greatestPowerOf({ loadWh, pvWh, battery, car }: FeederHome): number {
  const batteryW = battery?.powerW ?? 0
  return batteryW + Math.max(4 * Math.max(...loadWh) + (car?.chargerW ?? 0), 4 * Math.max(...pvWh))
}
