import type { DeviceKind } from '../../../../domain/devices/device.ts'
import type { Quantity } from '../../../../domain/devices/quantity.ts'
import type { Meaning } from './measuring-resources.ts'

type Flow = { readonly quantity: Quantity; readonly sign: 1n | -1n }

const STATES: ReadonlySet<Meaning> = new Set(['switch', 'dimmer-level', 'set-point', 'state-of-charge', 'temperature'])
const SENSOR_OBJECTS: readonly number[] = [3316, 3317, 3318]

/**
 * Power of a device that makes it: where an object does not say the direction, an inverter's is out of it. Positive flows
 * into a device.
 */
export function directionOf(kind: DeviceKind): 1n | -1n {
  return kind === 'pv-inverter' ? -1n : 1n
}

/** Which quantity a resource is of a device of this kind, and whether its sign turns. */
export function flowOf(meaning: Meaning, kind: DeviceKind): Flow {
  const isMeter = kind === 'meter'
  if (meaning === 'imported-energy') return { quantity: isMeter ? 'import-register' : 'consumed-register', sign: 1n }
  if (meaning === 'exported-energy') return { quantity: isMeter ? 'export-register' : 'produced-register', sign: 1n }
  if (meaning === 'energy') return flowOf(kind === 'pv-inverter' ? 'exported-energy' : 'imported-energy', kind)
  if (meaning === 'power') return { quantity: 'active-power', sign: directionOf(kind) }
  return { quantity: meaning, sign: meaning === 'set-point' ? directionOf(kind) : 1n }
}

/** Whether only one place of a device may say it. */
export function isFlow(meaning: Meaning, object: number): boolean {
  return !STATES.has(meaning) && !SENSOR_OBJECTS.includes(object)
}
