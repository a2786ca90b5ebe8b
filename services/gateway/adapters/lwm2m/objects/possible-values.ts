import type { Quantity } from '../../../../domain/devices/quantity.ts'
import { DomainError } from '../../../../domain/errors.ts'

/** A petawatt-hour: no register gets there, and neither does anything else. */
const LARGEST = 10n ** 15n - 1n
const UNITY = 1_000n
const ABSOLUTE_ZERO = -273_150n
const UPWARDS = [0n, LARGEST] as const
const SIGNED = [-LARGEST, LARGEST] as const
const SHARE = [0n, UNITY] as const

const RANGES: Readonly<Record<Quantity, readonly [least: bigint, most: bigint]>> = {
  'import-register': UPWARDS,
  'export-register': UPWARDS,
  'consumed-register': UPWARDS,
  'produced-register': UPWARDS,
  'active-power': SIGNED,
  'reactive-power': SIGNED,
  'apparent-power': UPWARDS,
  voltage: UPWARDS,
  current: SIGNED,
  frequency: UPWARDS,
  'power-factor': [-UNITY, UNITY],
  'state-of-charge': SHARE,
  temperature: [ABSOLUTE_ZERO, LARGEST],
  'set-point': SIGNED,
  switch: [0n, 1n],
  'dimmer-level': SHARE,
}

/** Throws `lwm2m-impossible` for what no device of any size can measure. */
export function requirePossible(quantity: Quantity, value: bigint, where: string): void {
  const [least, most] = RANGES[quantity]
  if (value >= least && value <= most) return
  throw new DomainError('lwm2m-impossible', `${where} is out of ${least} to ${most}, which cannot have been measured`)
}
