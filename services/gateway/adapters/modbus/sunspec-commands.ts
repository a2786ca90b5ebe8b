import type { CommandAction } from '../../../domain/devices/command.ts'
import { DomainError } from '../../../domain/errors.ts'
import { DER_CONTROLS, IMMEDIATE_CONTROLS, POWER_MODELS, STORAGE_CONTROLS } from './sunspec-models.ts'
import { readPoint, scaleOf, wholeOf } from './sunspec-values.ts'

/** Registers of a model that are to hold these values, in the order in which they are written. */
export type RegisterWrite = { readonly model: number; readonly at: number; readonly values: readonly number[] }

/** What a device could do by its model, and cannot by its own figures: an answer, as if it had given it. */
export class CommandRefusal extends Error {}

/** The models that decide on commands, by their ids, as far as the device has them. */
export type ControlModels = ReadonlyMap<number, readonly number[]>

export const CONTROL_MODELS: readonly number[] = [
  IMMEDIATE_CONTROLS.id,
  STORAGE_CONTROLS.id,
  DER_CONTROLS.id,
  ...POWER_MODELS.keys(),
]

const MISSING = 0xffff
const MISSING_SIGNED = 0x8000

/** What is to be written for an action. Throws `command-unsupported`, or a `CommandRefusal`. */
export function writesOf(action: CommandAction, models: ControlModels, ratedPowerW: number): readonly RegisterWrite[] {
  switch (action.kind) {
    case 'switch':
      return switched(models, action.isOn)
    case 'set-point':
      return setPoint(models, BigInt(Math.round(action.powerW)), ratedPowerW)
    case 'charge-limit':
      return chargeLimit(models, action)
    case 'schedule':
      throw unsupported('keeps no schedule: it is told each set-point when it is due')
  }
}

function switched(models: ControlModels, isOn: boolean): readonly RegisterWrite[] {
  const { id, connection } = IMMEDIATE_CONTROLS
  const registers = models.get(id)
  if (!has(registers, connection)) throw unsupported('has no model 123 that connects and disconnects it')
  return [{ model: id, at: connection, values: [isOn ? 1 : 0] }]
}

function setPoint(models: ControlModels, powerW: bigint, ratedPowerW: number): readonly RegisterWrite[] {
  return derSetPoint(models, powerW) ?? storageSetPoint(models, powerW) ?? productionLimit(models, powerW, ratedPowerW)
}

function derSetPoint(models: ControlModels, powerW: bigint): readonly RegisterWrite[] | null {
  const { id, setPoint: at, setPointEnabled, setPointMode, setPointScale } = DER_CONTROLS
  const registers = models.get(id)
  if (!has(registers, setPointEnabled) || !has(registers, setPointMode)) return null
  const raw = wholeOf({ kind: 'decimal', coefficient: -powerW, exponent: 0 }, -scaleOf(registers, setPointScale))
  if (raw > 0x7fff_ffffn || raw <= -0x8000_0000n) throw new CommandRefusal(`${powerW} W does not fit its set-point`)
  const bits = Number(BigInt.asUintN(32, raw))
  return [
    { model: id, at, values: [bits >>> 16, bits & 0xffff] },
    { model: id, at: setPointEnabled, values: [1, 1] },
  ]
}

/** A rate of charging and one of discharging that leave no room between them: what one lets in, the other forces. */
function storageSetPoint(models: ControlModels, powerW: bigint): readonly RegisterWrite[] | null {
  const registers = storageOf(models)
  if (registers === null) return null
  const rate = rateOf(registers, powerW)
  return [...ratesOf(-rate, rate)]
}

function chargeLimit(
  models: ControlModels,
  action: Extract<CommandAction, { kind: 'charge-limit' }>,
): readonly RegisterWrite[] {
  const registers = storageOf(models)
  if (registers === null) throw unsupported('has no model 124 that limits its charge')
  const { id, reserve, reserveScale } = STORAGE_CONTROLS
  if (action.mostStateOfCharge < 1_000) throw unsupported('cannot be kept from filling up: model 124 has no such bound')
  const writes: RegisterWrite[] = []
  if (has(registers, reserve)) {
    // Thousandths become percent by one power of ten.
    const raw = ofThousandths(action.leastStateOfCharge, scaleOf(registers, reserveScale))
    writes.push({ model: id, at: reserve, values: [unsigned16(raw)] })
  } else if (action.leastStateOfCharge > 0) throw unsupported('keeps no reserve')
  const discharge = rateOf(registers, BigInt(Math.round(action.mostDischargeW)))
  const charge = rateOf(registers, BigInt(Math.round(action.mostChargeW)))
  return [...writes, ...ratesOf(discharge, charge)]
}

/** An inverter makes what the sun gives: it is told the most that it may. */
function productionLimit(models: ControlModels, powerW: bigint, ratedPowerW: number): readonly RegisterWrite[] {
  if (powerW > 0n) throw unsupported('takes no set-point to consume: it has neither model 704 with one nor model 124')
  const { at, id, enabled, scaleAt } = limitOf(models)
  const most = mostPowerOf(models) ?? BigInt(ratedPowerW)
  if (-powerW > most) throw new CommandRefusal(`${-powerW} W is more than its ${most} W`)
  const raw = percentOf(-powerW, most, scaleOf(models.get(id)!, scaleAt))
  return [
    { model: id, at, values: [unsigned16(raw)] },
    { model: id, at: enabled, values: [1] },
  ]
}

function limitOf(models: ControlModels) {
  const der = models.get(DER_CONTROLS.id)
  if (has(der, DER_CONTROLS.limit) && has(der, DER_CONTROLS.limitEnabled)) {
    const { id, limit, limitEnabled, limitScale } = DER_CONTROLS
    return { id, at: limit, enabled: limitEnabled, scaleAt: limitScale }
  }
  const immediate = models.get(IMMEDIATE_CONTROLS.id)
  if (!has(immediate, IMMEDIATE_CONTROLS.limit))
    throw unsupported('has no model 123, 124 or 704 that takes a set-point')
  const { id, limit, limitEnabled, limitScale } = IMMEDIATE_CONTROLS
  return { id, at: limit, enabled: limitEnabled, scaleAt: limitScale }
}

function mostPowerOf(models: ControlModels): bigint | null {
  for (const [id, points] of POWER_MODELS) {
    for (const point of points) {
      const value = readPoint(models.get(id) ?? [], point)
      const power = value === null ? 0n : wholeOf(value, 0)
      if (power > 0n) return power
    }
  }
  return null
}

function storageOf(models: ControlModels): readonly number[] | null {
  const registers = models.get(STORAGE_CONTROLS.id)
  if (registers === undefined) return null
  const { rates } = STORAGE_CONTROLS
  const rateRegisters = [registers[rates], registers[rates + 1]]
  if (rateRegisters.some((rate) => rate === undefined || rate === MISSING_SIGNED)) return null
  return has(registers, STORAGE_CONTROLS.mode) ? registers : null
}

/** Power as the device's share of its most: signed, scaled. */
function rateOf(registers: readonly number[], powerW: bigint): bigint {
  const { mostCharge, ratesScale } = STORAGE_CONTROLS
  const value = readPoint(registers, mostCharge)
  const most = value === null ? 0n : wholeOf(value, 0)
  const magnitude = powerW < 0n ? -powerW : powerW
  if (magnitude > most) throw new CommandRefusal(`${magnitude} W is more than its ${most} W`)
  if (magnitude === 0n) return 0n
  const raw = percentOf(magnitude, most, scaleOf(registers, ratesScale))
  if (raw > 0x7fffn) throw new CommandRefusal(`a rate of ${raw} does not fit its register`)
  return powerW < 0n ? -raw : raw
}

function ratesOf(discharge: bigint, charge: bigint): readonly RegisterWrite[] {
  const { id, mode, rates } = STORAGE_CONTROLS
  const values = [discharge, charge].map((rate) => Number(BigInt.asUintN(16, rate)))
  return [
    { model: id, at: rates, values },
    // Both bits: the rate of charging and the one of discharging are in force.
    { model: id, at: mode, values: [3] },
  ]
}

/** Percent, scaled, and never more than what was meant. */
function percentOf(part: bigint, whole: bigint, scale: number): bigint {
  return scale <= 0 ? (part * 100n * 10n ** BigInt(-scale)) / whole : (part * 100n) / (whole * 10n ** BigInt(scale))
}

function ofThousandths(thousandths: number, scale: number): bigint {
  return wholeOf({ kind: 'decimal', coefficient: BigInt(Math.round(thousandths)), exponent: -1 }, -scale)
}

function unsigned16(raw: bigint): number {
  if (raw >= BigInt(MISSING)) throw new CommandRefusal(`${raw} does not fit its register`)
  return Number(raw)
}

function has(registers: readonly number[] | undefined, at: number): registers is readonly number[] {
  const register = registers?.[at]
  return register !== undefined && register !== MISSING
}

function unsupported(reason: string): DomainError {
  return new DomainError('command-unsupported', `the device ${reason}`)
}
