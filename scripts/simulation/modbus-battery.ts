import { commonImage, imageOf, writeWhole } from './modbus-image.ts'
import type { SimulatedUnit } from './modbus-device.ts'

export type SimulatedBattery = SimulatedUnit & {
  /** Sets what it is to charge with, in W, as a command would; negative to discharge. */
  readonly hold: (powerW: number) => void
}

export type BatteryPlan = {
  readonly unit: number
  readonly serialNumber: string
  readonly capacityWh: number
  readonly powerW: number
  /** 0 to 1. */
  readonly charge: number
}

const DER = 701
const CONTROLS = 704
const STORAGE = 124
const IMMEDIATE = 123
const BATTERY = 802

/** A battery that holds the set-point of model 704 within the bounds of 124, while 123 has it connected. */
export function simulateBattery(plan: BatteryPlan): SimulatedBattery {
  const image = imageOf([
    commonImage({ maker: 'Commonwatt', model: 'Battery', firmware: '1.0', serialNumber: plan.serialNumber }),
    {
      id: DER,
      length: 153,
      values: { 8: 0, 14: 2_300, 15: 0, 16: 5_000, 112: -1, 113: -2, 114: 0, 118: 0, ...zeros(17, 25) },
    },
    { id: CONTROLS, length: 65, values: { 20: 0, 21: 1, ...zeros(22, 24), 53: 0 } },
    { id: IMMEDIATE, length: 24, values: { 2: 1 } },
    {
      id: STORAGE,
      length: 24,
      values: { 0: plan.powerW, 3: 0, 5: 0, 10: 10_000, 11: 10_000, 16: 0, 19: -2, 23: -2 },
    },
    { id: BATTERY, length: 62, values: { 1: plan.capacityWh, 51: 0, 54: -1 } },
  ])
  const { registers, placeOf } = image
  let storedWh = plan.capacityWh * plan.charge
  let takenWh = 0
  let givenWh = 0

  const signed = (at: number) => (registers[at]! << 16) >> 16
  const boundsW = (): { readonly charge: number; readonly discharge: number } => {
    const storage = placeOf(STORAGE)
    const mode = registers[storage + 3]!
    const share = (at: number) => (signed(storage + at) / 10_000) * plan.powerW
    return {
      charge: (mode & 1) === 0 ? plan.powerW : share(11),
      discharge: (mode & 2) === 0 ? plan.powerW : share(10),
    }
  }
  const wantedW = (): number => {
    const controls = placeOf(CONTROLS)
    if (registers[placeOf(IMMEDIATE) + 2] !== 1 || registers[controls + 20] !== 1) return 0
    return -((registers[controls + 22]! << 16) | registers[controls + 23]!)
  }
  const show = (powerW: number): void => {
    const der = placeOf(DER)
    writeWhole(registers, der + 8, 1, BigInt(Math.round(-powerW)))
    writeWhole(registers, der + 17, 4, BigInt(Math.round(givenWh)))
    writeWhole(registers, der + 21, 4, BigInt(Math.round(takenWh)))
    registers[placeOf(BATTERY) + 9] = Math.round((storedWh / plan.capacityWh) * 1_000)
  }
  show(0)

  return {
    unit: plan.unit,
    registers,
    isWritable: (at) =>
      [
        ...placesOf(placeOf(CONTROLS), [20, 21, 22, 23]),
        placeOf(IMMEDIATE) + 2,
        ...placesOf(placeOf(STORAGE), [3, 5, 10, 11]),
      ].includes(at),
    hold(powerW) {
      const controls = placeOf(CONTROLS)
      registers[controls + 20] = 1
      writeWhole(registers, controls + 22, 2, BigInt(Math.round(-powerW)))
    },
    advance(seconds) {
      const hours = seconds / 3_600
      const bounds = boundsW()
      const powerW = Math.max(-bounds.discharge, Math.min(bounds.charge, wantedW()))
      const reserveWh = ((registers[placeOf(STORAGE) + 5]! / 100) * plan.capacityWh) / 100
      const flowWh =
        powerW >= 0
          ? Math.min(powerW * hours, plan.capacityWh - storedWh)
          : -Math.min(-powerW * hours, Math.max(0, storedWh - reserveWh))
      storedWh += flowWh
      if (flowWh > 0) takenWh += flowWh
      else givenWh -= flowWh
      show(hours === 0 ? 0 : flowWh / hours)
    },
  }
}

function zeros(from: number, to: number): Record<number, number> {
  return Object.fromEntries(Array.from({ length: to - from }, (_, index) => [from + index, 0]))
}

function placesOf(start: number, offsets: readonly number[]): number[] {
  return offsets.map((offset) => start + offset)
}
