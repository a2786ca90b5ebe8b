import type { DeviceKind } from '../../../domain/devices/device.ts'
import type { Measured } from '../../../domain/devices/measurement.ts'
import { DomainError } from '../../../domain/errors.ts'
import type { DeviceReport } from '../adapter.ts'
import type { SunSpecModel } from './sunspec-map.ts'
import {
  CHARGE_MODELS,
  COMMON_MODEL,
  DER_CONTROLS,
  IMMEDIATE_CONTROLS,
  INVERTER_MODELS,
  METER_MODELS,
  type MeasuredPoint,
} from './sunspec-models.ts'
import { PointFault, readPoint, textOf, wholeOf } from './sunspec-values.ts'

/** Which of a device's models say what it measures, and the one that says who made it. */
export type MeasuringModels = {
  readonly common: SunSpecModel | null
  readonly measuring: readonly SunSpecModel[]
}

/** What was read, and what in it could not be meant. */
export type ModelReading = { readonly measured: readonly Measured[]; readonly faults: readonly string[] }

/**
 * A meter's models count for a meter alone: those that an inverter shows may be of the connection, or of another device.
 * Throws `sunspec-model-missing` where nothing measures such a device.
 */
export function measuringModelsOf(kind: DeviceKind, map: readonly SunSpecModel[]): MeasuringModels {
  const first = (ids: Iterable<number>) => {
    for (const id of ids) {
      const found = map.find((model) => model.id === id)
      if (found !== undefined) return found
    }
    return null
  }
  const main =
    kind === 'meter'
      ? (map.find((model) => METER_MODELS.has(model.id)) ?? null)
      : (first(INVERTER_MODELS.keys()) ?? first(METER_MODELS.keys()))
  const charge = kind === 'meter' ? null : first(CHARGE_MODELS.keys())
  const controls = kind === 'meter' ? [] : [first([IMMEDIATE_CONTROLS.id]), first([DER_CONTROLS.id])]
  if (main === null && charge === null) {
    throw new DomainError('sunspec-model-missing', `no model of the device measures a ${kind}`)
  }
  const measuring = [main, charge, ...controls].filter((model) => model !== null)
  const before = main === null ? map : map.slice(0, map.indexOf(main))
  return { common: before.findLast((model) => model.id === COMMON_MODEL) ?? null, measuring }
}

/** What a model's registers say, of the moment at which they were read. */
export function measurementsOf(
  kind: DeviceKind,
  { id, registers }: { readonly id: number; readonly registers: readonly number[] },
  measuredAtMs: number,
): ModelReading {
  const measured: Measured[] = []
  const faults: string[] = []
  for (const row of rowsOf(kind, id)) {
    try {
      const value = valueOf(registers, row)
      if (value !== null) measured.push({ quantity: row.quantity, value, measuredAtMs, quality: 'good' })
    } catch (error) {
      if (!(error instanceof PointFault)) throw error
      faults.push(`${row.quantity} of model ${id}: ${error.message}`)
    }
  }
  return { measured, faults }
}

function rowsOf(kind: DeviceKind, id: number): readonly MeasuredPoint[] {
  const charge = CHARGE_MODELS.get(id)
  if (charge !== undefined) return [charge]
  if (id === IMMEDIATE_CONTROLS.id) return [SWITCH]
  if (id === DER_CONTROLS.id) return [SET_POINT]
  const meter = METER_MODELS.get(id)
  if (meter === undefined) return INVERTER_MODELS.get(id) ?? []
  return kind === 'meter' ? meter : meter.map(ofDevice)
}

const SWITCH: MeasuredPoint = {
  quantity: 'switch',
  point: { at: IMMEDIATE_CONTROLS.connection, type: 'uint16' },
  power: 0,
  sign: 1,
}

const SET_POINT: MeasuredPoint = {
  quantity: 'set-point',
  point: { at: DER_CONTROLS.setPoint, type: 'int32', scaleAt: DER_CONTROLS.setPointScale },
  power: 0,
  sign: -1,
}

/** What a meter inside a device counts is the device's own, and not the connection's. */
function ofDevice(row: MeasuredPoint): MeasuredPoint {
  if (row.quantity === 'import-register') return { ...row, quantity: 'consumed-register' }
  if (row.quantity === 'export-register') return { ...row, quantity: 'produced-register' }
  return row
}

function valueOf(registers: readonly number[], row: MeasuredPoint): bigint | null {
  if (row === SET_POINT && !holdsSetPoint(registers)) return null
  const point = readPoint(registers, row.point)
  if (point === null) return null
  const value = wholeOf(point, row.power)
  if (row.quantity.endsWith('-register') && value < 0n) throw new PointFault(`a register is ${value}`)
  if (row.quantity === 'state-of-charge' && value > 1_000n) throw new PointFault(`the charge is ${value} thousandths`)
  if (row.quantity === 'switch' && value > 1n) throw new PointFault(`the connection is ${value}`)
  return row.quantity === 'apparent-power' && value < 0n ? -value : value * BigInt(row.sign)
}

function holdsSetPoint(registers: readonly number[]): boolean {
  return registers[DER_CONTROLS.setPointEnabled] === 1 && registers[DER_CONTROLS.setPointMode] === 1
}

/** Who made the device, as its common model says. */
export function reportOf(registers: readonly number[]): DeviceReport {
  const maker = textOf(registers, 0, 16)
  const model = textOf(registers, 16, 16)
  const firmware = textOf(registers, 40, 8)
  const serialNumber = textOf(registers, 48, 16)
  return {
    ...(maker !== null && { maker }),
    ...(model !== null && { model }),
    ...(firmware !== null && { firmware }),
    ...(serialNumber !== null && { serialNumber }),
  }
}
