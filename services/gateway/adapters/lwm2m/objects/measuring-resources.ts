import type { Quantity } from '../../../../domain/devices/quantity.ts'

/**
 * A quantity, or a flow whose quantity depends on which kind of device it is: energy and power that say their direction
 * (`imported` is into the device or from the grid), and those that do not.
 */
export type Meaning =
  | Exclude<Quantity, 'import-register' | 'export-register' | 'consumed-register' | 'produced-register'>
  | 'imported-energy'
  | 'exported-energy'
  | 'energy'
  | 'power'

export type ResourceRule = {
  readonly meaning: Meaning
  /** Added up. */
  readonly of: readonly number[]
  /** Taken away from them. */
  readonly less?: readonly number[]
  /** Applies only where this resource is missing and that one is there: the device has told all it has, and not this. */
  readonly without?: { readonly missing: number; readonly present: number }
  /** What the object's definition says; null where only the device can say it. */
  readonly unit: string | null
  /** Whether each of them is 0 or more by itself. */
  readonly isUnsigned?: true
}

const SWITCH: ResourceRule = { meaning: 'switch', of: [5850], unit: '1' }
const DIMMER: ResourceRule = { meaning: 'dimmer-level', of: [5851], unit: '/100' }
const CUMULATIVE: ResourceRule = { meaning: 'energy', of: [5805], unit: 'Wh' }
const FACTOR: ResourceRule = { meaning: 'power-factor', of: [5820], unit: '1' }
const sensor = (meaning: Meaning, unit: string | null): readonly ResourceRule[] => [{ meaning, of: [5700], unit }]

/**
 * What the resources of each object mean. Of several rules with one meaning the first counts of which all is there. An
 * object that carries the word kilo in its units has it here and nowhere else: 3305, 3421 and 3422 are in W and Wh, 10242
 * and 10243 in kW and kWh.
 */
export const MEASURING_RESOURCES: ReadonlyMap<number, readonly ResourceRule[]> = new Map<
  number,
  readonly ResourceRule[]
>([
  [3303, sensor('temperature', 'Cel')],
  [
    3305,
    [
      CUMULATIVE,
      { meaning: 'power', of: [5800], unit: 'W' },
      { meaning: 'reactive-power', of: [5810], unit: 'var' },
      FACTOR,
    ],
  ],
  [3306, [SWITCH, DIMMER]],
  [3308, [{ meaning: 'set-point', of: [5900], unit: null }]],
  [3312, [CUMULATIVE, FACTOR, SWITCH, DIMMER]],
  [3316, sensor('voltage', 'V')],
  [3317, sensor('current', 'A')],
  [3318, sensor('frequency', 'Hz')],
  [3331, sensor('energy', null)],
  [3411, [{ meaning: 'state-of-charge', of: [1], unit: '/100' }]],
  [
    3421,
    [
      { meaning: 'imported-energy', of: [25], unit: 'Wh' },
      { meaning: 'exported-energy', of: [26], unit: 'Wh' },
      { meaning: 'active-power', of: [23], unit: 'W' },
      { meaning: 'active-power', of: [16], less: [17], unit: 'W', isUnsigned: true },
      { meaning: 'active-power', of: [16], without: { missing: 17, present: 25 }, unit: 'W', isUnsigned: true },
      { meaning: 'reactive-power', of: [18], less: [19], unit: 'var', isUnsigned: true },
      { meaning: 'apparent-power', of: [20, 21], unit: 'VA', isUnsigned: true },
      { meaning: 'apparent-power', of: [20], without: { missing: 21, present: 25 }, unit: 'VA', isUnsigned: true },
      { meaning: 'voltage', of: [1], unit: 'V' },
      { meaning: 'current', of: [6], unit: 'A' },
      { meaning: 'frequency', of: [11], unit: 'Hz' },
      { meaning: 'power-factor', of: [13], unit: '1' },
    ],
  ],
  [
    3422,
    [
      { meaning: 'imported-energy', of: [17], unit: 'Wh' },
      { meaning: 'exported-energy', of: [18], unit: 'Wh' },
      { meaning: 'active-power', of: [15], unit: 'W' },
      { meaning: 'active-power', of: [8], less: [9], unit: 'W', isUnsigned: true },
      { meaning: 'active-power', of: [8], without: { missing: 9, present: 17 }, unit: 'W', isUnsigned: true },
      { meaning: 'reactive-power', of: [10], less: [11], unit: 'var', isUnsigned: true },
      { meaning: 'apparent-power', of: [12, 13], unit: 'VA', isUnsigned: true },
      { meaning: 'apparent-power', of: [12], without: { missing: 13, present: 17 }, unit: 'VA', isUnsigned: true },
      { meaning: 'current', of: [4], unit: 'A' },
      { meaning: 'power-factor', of: [5], unit: '1' },
    ],
  ],
  [
    10242,
    [
      { meaning: 'energy', of: [41], unit: 'kWh' },
      { meaning: 'power', of: [34], unit: 'kW' },
      { meaning: 'power', of: [6, 16, 26], unit: 'kW' },
      { meaning: 'reactive-power', of: [35], unit: 'kvar' },
      { meaning: 'apparent-power', of: [38], unit: 'kVA' },
      { meaning: 'power-factor', of: [39], unit: '1' },
      { meaning: 'voltage', of: [4], unit: 'V' },
      { meaning: 'frequency', of: [49], unit: 'Hz' },
    ],
  ],
  [
    10243,
    [
      { meaning: 'energy', of: [14], unit: 'kWh' },
      { meaning: 'power', of: [6], unit: 'kW' },
      { meaning: 'reactive-power', of: [7], unit: 'kvar' },
      { meaning: 'apparent-power', of: [10], unit: 'kVA' },
      { meaning: 'power-factor', of: [11], unit: '1' },
      { meaning: 'voltage', of: [4], unit: 'V' },
      { meaning: 'current', of: [5], unit: 'A' },
      { meaning: 'frequency', of: [17], unit: 'Hz' },
    ],
  ],
])
