import type { Unit } from '../../../../domain/devices/quantity.ts'
import type { Scale } from './exact-scale.ts'

const by = (times: bigint, per = 1n): Scale => ({ times, per })

const VOLTAGE = { mV: by(1n), V: by(1_000n), kV: by(1_000_000n) }
const CURRENT = { mA: by(1n), A: by(1_000n) }
const FREQUENCY = { mHz: by(1n), Hz: by(1_000n), kHz: by(1_000_000n) }
const KELVIN = { times: 1_000n, per: 1n, plus: -273_150n }

/** What a device's unit is in ours, by the words of SenML (RFC 8428, RFC 8798) and those that clients are seen to use. */
const SCALES: Readonly<Record<Unit, Readonly<Record<string, Scale>>>> = {
  Wh: {
    Wh: by(1n),
    kWh: by(1_000n),
    MWh: by(1_000_000n),
    J: by(1n, 3_600n),
    kJ: by(1_000n, 3_600n),
    MJ: by(1_000_000n, 3_600n),
  },
  W: { mW: by(1n, 1_000n), W: by(1n), kW: by(1_000n), MW: by(1_000_000n) },
  var: { var: by(1n), kvar: by(1_000n) },
  VA: { VA: by(1n), kVA: by(1_000n) },
  mV: VOLTAGE,
  mA: CURRENT,
  mHz: FREQUENCY,
  '‰': {
    '/': by(1_000n),
    '1': by(1_000n),
    '/100': by(10n),
    '%': by(10n),
    '%EL': by(10n),
    '/1000': by(1n),
    '‰': by(1n),
  },
  'm°C': { Cel: by(1_000n), '°C': by(1_000n), K: KELVIN },
  '1': { '1': by(1n), '/': by(1n) },
}

/** How a device's unit becomes ours; null where it is not known to be one of the same kind. */
export function scaleOf(unit: Unit, deviceUnit: string): Scale | null {
  const scales = SCALES[unit]
  const name = deviceUnit.trim()
  return Object.hasOwn(scales, name) ? (scales[name] ?? null) : null
}
