import type { Command, CommandAction } from '../../../../domain/devices/command.ts'
import type { KnownDevice } from '../../../../domain/devices/device.ts'
import { DomainError } from '../../../../domain/errors.ts'
import type { OfferedObjects } from '../content/offered-objects.ts'
import type { ContentEntry, ResourceValue } from '../content/resource-value.ts'
import { directionOf } from './flows.ts'
import type { InstancePath } from './measuring-sources.ts'

/** Values to be written to an instance, those of other resources staying as they are. */
export type InstanceWrite = { readonly instance: InstancePath; readonly entries: readonly ContentEntry[] }

export type CommandContext = {
  readonly device: Pick<KnownDevice, 'kind' | 'ratedPowerW'>
  readonly offered: OfferedObjects
  /** The sensor units (5701) that an instance told; null where it never did. */
  readonly unitOf: (instance: InstancePath) => string | null
  /** Unix seconds. */
  readonly now: number
}

type Step = Extract<CommandAction, { kind: 'schedule' }>['steps'][number]

const SET_POINT = 3308
const LOAD_CONTROL = 3310
/** Power control first, which is the device's supply; then a mere actuator. */
const SWITCHES = [3312, 3306] as const
const POWER_UNITS: ReadonlyMap<string, number> = new Map([
  ['W', 1],
  ['kW', 1_000],
])
const MINUTE = 60
/** A set-point has no end of its own, an event has one: a day, unless another takes its place before. */
const LAST_STEP_MINUTES = 1_440n

/**
 * What to write where, so that a device does as it is told. Throws `command-unsupported` where it offers no object for
 * that. Load control knows no more than the most that may be used, in whole per cent of the rated power, rounded down.
 */
export function commandWritesOf({ id, action }: Command, context: CommandContext): readonly InstanceWrite[] {
  switch (action.kind) {
    case 'switch':
      return [switchWriteOf(action.isOn, context)]
    case 'set-point':
      return [
        setPointWriteOf(action.powerW, context) ??
          eventWritesOf(id, [{ from: context.now, powerW: action.powerW }], context)[0]!,
      ]
    case 'schedule':
      return eventWritesOf(id, action.steps, context)
    case 'charge-limit':
      throw unsupported('no object of LwM2M sets limits of charging')
  }
}

function switchWriteOf(isOn: boolean, { offered }: CommandContext): InstanceWrite {
  for (const object of SWITCHES) {
    const instance = instancesOf(object, offered)[0]
    if (instance !== undefined) return writeOf([object, instance], [[5850, isOn]])
  }
  throw unsupported('it has neither power control (3312) nor an actuator (3306)')
}

/** Only to a set-point that says it is one of power: a number of watts would be a fine temperature. */
function setPointWriteOf(powerW: number, { device, offered, unitOf }: CommandContext): InstanceWrite | null {
  for (const instance of instancesOf(SET_POINT, offered)) {
    const watts = POWER_UNITS.get(unitOf([SET_POINT, instance])?.trim() ?? '')
    if (watts !== undefined) {
      const value = (powerW * Number(directionOf(device.kind))) / watts
      return writeOf([SET_POINT, instance], [[5900, value === 0 ? 0 : value]])
    }
  }
  return null
}

function eventWritesOf(id: string, steps: readonly Step[], context: CommandContext): readonly InstanceWrite[] {
  const instances = instancesOf(LOAD_CONTROL, context.offered)
  if (instances.length === 0)
    throw unsupported('it has no set-point of power (3308 in W or kW) and no load control (3310)')
  if (steps.length === 0 || steps.length > instances.length) {
    throw unsupported(`it has load control (3310) for ${instances.length} events, and they are ${steps.length}`)
  }
  return steps.map((step, position) =>
    writeOf(
      [LOAD_CONTROL, instances[position]!],
      [
        [5823, steps.length === 1 ? id : `${id}-${position + 1}`],
        [5824, BigInt(step.from)],
        [5825, minutesUntil(steps[position + 1], step)],
        [5827, percentOf(step.powerW, context)],
      ],
    ),
  )
}

function minutesUntil(next: Step | undefined, { from }: Step): bigint {
  if (next === undefined) return LAST_STEP_MINUTES
  const seconds = next.from - from
  if (seconds <= 0 || seconds % MINUTE !== 0)
    throw unsupported('load control (3310) lasts whole minutes, and a step does not')
  return BigInt(seconds / MINUTE)
}

function percentOf(powerW: number, { device: { kind, ratedPowerW } }: CommandContext): bigint {
  const isLoad = kind !== 'pv-inverter' && powerW >= 0 && powerW <= ratedPowerW && ratedPowerW > 0
  if (!isLoad) throw unsupported(`load control (3310) is from 0 W to the rated ${ratedPowerW} W of what uses power`)
  return BigInt(Math.floor((powerW * 100) / ratedPowerW))
}

function instancesOf(object: number, { objects }: OfferedObjects): readonly number[] {
  return objects.get(object)?.instances ?? []
}

function writeOf(instance: InstancePath, values: readonly (readonly [number, ResourceValue])[]): InstanceWrite {
  return { instance, entries: values.map(([resource, value]) => ({ path: [...instance, resource], value })) }
}

function unsupported(reason: string): DomainError {
  return new DomainError('command-unsupported', `the device cannot be told this: ${reason}`)
}
