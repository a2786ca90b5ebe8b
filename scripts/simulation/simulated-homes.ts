import { addressOfKey } from '../../services/chain/typed-data.ts'
import { DomainError } from '../../services/domain/errors.ts'
import { PERIODS_PER_DAY } from '../../services/domain/units.ts'
import { readHouseholdKeys } from '../../services/runtime/keys.ts'
import type { Platform } from '../platform.ts'
import { withoutCredentials } from './device-url.ts'
import type { DrivenFleet } from './driven-fleet.ts'
import type { PlayedHomes } from './driver.ts'
import { equipHomes } from './feeder/equip-homes.ts'
import { planFeederDevices, type FeederDevice, type HomeOwner } from './feeder/feeder-devices.ts'
import { startFeederFleet } from './feeder/feeder-fleet.ts'
import { limitOf, loadingOf, peakOf, unmanagedPlanOf } from './feeder/feeder-plan.ts'
import { playFeeder, type FeederPlay, type FlexibleDevice } from './feeder/feeder-play.ts'
import { feederRecordingOf } from './feeder/feeder-recording.ts'
import type { FeederWorld } from './feeder/feeder-world.ts'
import { readRecordedHouseholds, type Recording } from './recorded-households.ts'
import type { FeederLimit } from './report-flexibility.ts'
import type { SimulateOptions } from './simulate-options.ts'
import { startSimulatedFleet, type SimulatedFleetOptions } from './simulated-fleet.ts'

/** Homes behind a feeder, whose batteries and chargers may be told what to take. */
export type FeederHomes = {
  readonly world: FeederWorld
  readonly play: FeederPlay
  readonly played: PlayedHomes
  /** What they took and made, once the run is over. */
  readonly recordingOfPlayed: () => Recording
  /** Null where nothing limits the feeder. */
  readonly limit: FeederLimit | null
}

export type SimulatedHomes = {
  /** What is expected of them: of a feeder's homes what flows if no device is told anything. */
  readonly recording: Recording
  /** Null for homes that do what was recorded. */
  readonly feeder: FeederHomes | null
}

const SEED = 1

/** Reads the homes of a run. Throws DomainErrors that name file, line and reason. */
export async function readHomes({ homes, from, days }: SimulateOptions): Promise<SimulatedHomes> {
  if (homes.kind === 'recorded') {
    const { households, assets } = homes
    return { recording: await readRecordedHouseholds({ households, assets, from, days }), feeder: null }
  }
  const recording = await readRecordedHouseholds({ households: homes.folder, from, days })
  return equippedHomesOf(recording, { limitPermille: homes.limitPermille, isFlexible: homes.isFlexible })
}

type FeederChoice = {
  readonly limitPermille: number | null
  /** Whether flexibility is bought against the limit. */
  readonly isFlexible?: boolean
  /** Devices that say that they do what they are told, and do as they like. */
  readonly ignores?: (device: FlexibleDevice) => boolean
}

/**
 * A feeder's homes with what is drawn on top of their recording. Throws `from-invalid` unless it begins with a day, and
 * `recording-incomplete` where something is missing in it.
 */
export function equippedHomesOf(recording: Recording, choice: FeederChoice): SimulatedHomes {
  const [gap] = recording.gaps
  if (recording.firstPeriod % PERIODS_PER_DAY !== 0)
    throw new DomainError('from-invalid', '--from of a feeder is a date: its recorded day begins at 00:00 UTC')
  if (gap !== undefined)
    throw new DomainError('recording-incomplete', `nothing is recorded of ${gap.household} for ${gap.periods} periods`)
  return feederHomesOf(equipHomes(recording, SEED), choice)
}

/** The homes of a feeder's world at its beginning. */
export function feederHomesOf(
  world: FeederWorld,
  { limitPermille, isFlexible = false, ignores }: FeederChoice,
): SimulatedHomes {
  const play = playFeeder(world, ignores)
  const { flows } = unmanagedPlanOf(world)
  const unmanagedW = loadingOf(flows)
  return {
    recording: feederRecordingOf(world, flows),
    feeder: {
      ...{ world, play },
      played: { begin: play.begin, netOf: (period) => play.flowsOf(period).map(({ netWh }) => netWh) },
      recordingOfPlayed: () => feederRecordingOf(world, play.flows()),
      limit:
        limitPermille === null
          ? null
          : {
              limitW: limitOf(peakOf(unmanagedW), limitPermille),
              unmanagedW,
              unmanagedWh: world.homes.map((_, place) => flows.map((homes) => homes[place]!.netWh)),
              isBoughtAgainst: isFlexible,
            },
    },
  }
}

/** The batteries and chargers of a feeder whose homes are registered, with their addresses. */
export async function feederDevicesOf(
  { dataFolder }: Pick<Platform, 'dataFolder'>,
  world: FeederWorld,
): Promise<readonly FeederDevice[]> {
  const keys = new Map((await readHouseholdKeys(dataFolder)).map((home) => [home.name, home]))
  const owners = world.homes.map(({ name }): HomeOwner => {
    const { memberId, meterKey } = keys.get(name)!
    return { memberId, name, meterAddress: addressOfKey(meterKey) }
  })
  return planFeederDevices(world, owners)
}

/** Starts the meters of a platform's homes, and the batteries and chargers of a feeder; all or none. */
export async function startHomesFleet(
  platform: Platform,
  { recording, feeder }: SimulatedHomes,
  options: Omit<SimulatedFleetOptions, 'recording'>,
): Promise<DrivenFleet> {
  const meters = await startSimulatedFleet(platform, { ...options, recording })
  if (feeder === null) return meters
  const { world, play } = feeder
  try {
    return await startFeederFleet({
      ...{ store: platform.store, brokerUrl: withoutCredentials(platform.brokerUrl), world, play, meters },
      lwm2m: { host: '127.0.0.1', port: options.lwm2mPort },
      devices: await feederDevicesOf(platform, world),
    })
  } catch (error) {
    await meters.stop()
    throw error
  }
}
