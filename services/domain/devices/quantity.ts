/** What devices measure, each in the unit in which its values are whole numbers. */
export const UNIT_OF = {
  /** Cumulative registers of a connection point: all energy ever taken from the grid, and given to it. */
  'import-register': 'Wh',
  'export-register': 'Wh',
  /** All energy that a device itself ever took or made, such as what an inverter made. */
  'consumed-register': 'Wh',
  'produced-register': 'Wh',
  /** Positive flows towards the prosumer; of a device, into the device. */
  'active-power': 'W',
  'reactive-power': 'var',
  'apparent-power': 'VA',
  voltage: 'mV',
  current: 'mA',
  frequency: 'mHz',
  /** In thousandths, so that 1,000 is unity; negative where current leads. */
  'power-factor': '‰',
  /** Of a battery, in thousandths of what it can hold. */
  'state-of-charge': '‰',
  temperature: 'm°C',
  /** What the device was told last, signed as active power. */
  'set-point': 'W',
  /** 1 is on, 0 is off. */
  switch: '1',
  'dimmer-level': '‰',
} as const

export type Quantity = keyof typeof UNIT_OF
export type Unit = (typeof UNIT_OF)[Quantity]

export const QUANTITIES = Object.keys(UNIT_OF) as readonly Quantity[]
