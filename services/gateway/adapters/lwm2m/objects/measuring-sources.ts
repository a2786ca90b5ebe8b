import { DomainError } from '../../../../domain/errors.ts'
import type { OfferedObjects } from '../content/offered-objects.ts'

export type InstancePath = readonly [object: number, instance: number]

/** Where a device's measurements are taken from, each quantity from one place. */
export type MeasuringSources = {
  /** Registers, powers and all that a meter measures; null where the device has none. */
  readonly flows: InstancePath | null
  /** Switches, set-points, states of charge, temperatures. */
  readonly states: readonly InstancePath[]
}

/** The total of three phases before one phase, separate directions before one register. */
const FLOW_OBJECTS = [3422, 10242, 3421, 10243, 3305, 3331, 3312] as const
const METER_OBJECTS: readonly number[] = [3422, 10242, 3421, 10243]
const STATE_OBJECTS = [3411, 3308, 3303] as const
const SWITCH_OBJECTS = [3312, 3306] as const
const SENSOR_OBJECTS = [3316, 3317, 3318] as const

/**
 * What to observe of a device. Throws `lwm2m-ambiguous` where it has several meters of one kind and none says what they
 * are together: with three phases that is 3422.
 */
export function measuringSourcesOf({ objects }: OfferedObjects): MeasuringSources {
  const firstOf = (object: number): InstancePath | null => {
    const instance = objects.get(object)?.instances[0]
    return instance === undefined ? null : [object, instance]
  }
  const flows = FLOW_OBJECTS.map(firstOf).find((path) => path !== null) ?? null
  const count = flows === null ? 0 : (objects.get(flows[0])?.instances.length ?? 0)
  if (flows !== null && count > 1) {
    throw new DomainError(
      'lwm2m-ambiguous',
      `the device has ${count} instances of object ${flows[0]}, and nothing says what they are together`,
    )
  }
  const switches = SWITCH_OBJECTS.map(firstOf).find((path) => path !== null) ?? null
  const isMeter = flows !== null && METER_OBJECTS.includes(flows[0])
  const states = [...STATE_OBJECTS.map(firstOf), switches, ...(isMeter ? [] : SENSOR_OBJECTS.map(firstOf))]
  return { flows, states: states.filter((path) => path !== null) }
}
