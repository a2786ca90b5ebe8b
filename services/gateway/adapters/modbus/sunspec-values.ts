/** As SunSpec's models name them; `acc32` counts upwards and begins at 0 again. */
export type PointType = 'int16' | 'uint16' | 'int32' | 'uint32' | 'uint64' | 'acc32' | 'float32'

/** Where a value stands, in registers after the model's header. */
export type Point = {
  readonly at: number
  readonly type: PointType
  /** Where its scale factor stands; none where it needs none. */
  readonly scaleAt?: number
}

/** A value as the device has it: an exact decimal, or what a float gives. */
export type PointValue =
  | { readonly kind: 'decimal'; readonly coefficient: bigint; readonly exponent: number }
  | { readonly kind: 'float'; readonly value: number }

/** What a device says that cannot be meant: one value is lost, the others stand. */
export class PointFault extends Error {}

const LENGTH = { int16: 1, uint16: 1, int32: 2, uint32: 2, uint64: 4, acc32: 2, float32: 2 } as const
const BITS = { int16: 16, uint16: 16, int32: 32, uint32: 32, uint64: 64, acc32: 32 } as const
const SCALE_MISSING = -0x8000
const LARGEST_SCALE = 10
/** As large as a register of energy may be in any protocol, and far more than a device can have of anything. */
const LARGEST_VALUE = 10n ** 15n

/** A point's value; null where the device has none. Throws a `PointFault` where its scale factor makes no sense. */
export function readPoint(registers: readonly number[], point: Point): PointValue | null {
  const length = LENGTH[point.type]
  if (point.at + length > registers.length) return null
  let unsigned = 0n
  for (const register of registers.slice(point.at, point.at + length))
    unsigned = unsigned * 0x1_0000n + BigInt(register)
  if (point.type === 'float32') return floatOf(Number(unsigned))
  const coefficient = integerOf(unsigned, point.type)
  if (coefficient === null) return null
  return { kind: 'decimal', coefficient, exponent: point.scaleAt === undefined ? 0 : scaleOf(registers, point.scaleAt) }
}

/** The scale factor at a place, -10 to 10. Throws a `PointFault` on any other, and where there is none. */
export function scaleOf(registers: readonly number[], at: number): number {
  const register = registers[at]
  const scale = register === undefined ? SCALE_MISSING : Number(BigInt.asIntN(16, BigInt(register)))
  if (scale === SCALE_MISSING) throw new PointFault(`there is no scale factor at ${at}`)
  if (Math.abs(scale) > LARGEST_SCALE) throw new PointFault(`the scale factor at ${at} is ${scale}`)
  return scale
}

function integerOf(unsigned: bigint, type: Exclude<PointType, 'float32'>): bigint | null {
  const bits = BITS[type]
  // An accumulator has no value that says it is missing but 0, which a new meter shows as well.
  if (type === 'acc32') return unsigned
  const isSigned = type === 'int16' || type === 'int32'
  const missing = isSigned ? 1n << BigInt(bits - 1) : (1n << BigInt(bits)) - 1n
  if (unsigned === missing) return null
  return isSigned ? BigInt.asIntN(bits, unsigned) : unsigned
}

function floatOf(bits: number): PointValue | null {
  const view = new DataView(new ArrayBuffer(4))
  view.setUint32(0, bits)
  const value = view.getFloat32(0)
  if (Number.isNaN(value)) return null
  if (!Number.isFinite(value)) throw new PointFault('a value is infinite')
  return { kind: 'float', value }
}

/**
 * The value times ten to a power, as a whole number: the nearest, halves away from zero. Throws a `PointFault` beyond
 * 10^15.
 */
export function wholeOf(value: PointValue, power: number): bigint {
  if (value.kind === 'float') {
    const scaled = value.value * 10 ** power
    if (Math.abs(scaled) > Number(LARGEST_VALUE)) throw new PointFault(`a value is ${value.value}`)
    return BigInt(Math.sign(scaled) * Math.round(Math.abs(scaled)))
  }
  const exponent = value.exponent + power
  const whole = exponent >= 0 ? value.coefficient * 10n ** BigInt(exponent) : divided(value.coefficient, -exponent)
  if (whole > LARGEST_VALUE || whole < -LARGEST_VALUE) throw new PointFault(`a value has ${`${whole}`.length} digits`)
  return whole
}

function divided(coefficient: bigint, digits: number): bigint {
  const divisor = 10n ** BigInt(digits)
  const magnitude = ((coefficient < 0n ? -coefficient : coefficient) * 2n + divisor) / (2n * divisor)
  return coefficient < 0n ? -magnitude : magnitude
}

/** The text in registers, two characters in each, up to the first NUL; null where there is none. */
export function textOf(registers: readonly number[], at: number, length: number): string | null {
  const bytes = registers.slice(at, at + length).flatMap((register) => [register >> 8, register & 0xff])
  const end = bytes.indexOf(0)
  const text = String.fromCharCode(...(end === -1 ? bytes : bytes.slice(0, end)))
  const shown = text.replace(/[^\x20-\x7e]/g, '').trim()
  return shown === '' ? null : shown
}
