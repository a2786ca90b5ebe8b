import { ServerTCP } from 'modbus-serial'
import { commonImage, imageOf, writeWhole } from './modbus-image.ts'

/** One device behind a port: its registers count from `SunS`, which is at 40000. */
export type SimulatedUnit = {
  readonly unit: number
  readonly registers: number[]
  readonly isWritable: (at: number) => boolean
  /** Lets so much time go by. */
  readonly advance: (seconds: number) => void
}

export type ModbusDevices = {
  readonly port: number
  readonly advance: (seconds: number) => void
  readonly close: () => Promise<void>
}

export type MeterPlan = {
  readonly unit: number
  readonly serialNumber: string
  readonly importWh: number
  readonly exportWh: number
  /** Positive is taken from the grid. */
  readonly powerW: number
}

/** A meter of three phases through which energy flows: at its power as time goes by, and whatever is added. */
export type SimulatedMeter = SimulatedUnit & {
  readonly flow: (powerW: number) => void
  readonly add: (energy: { readonly importWh: number; readonly exportWh: number }) => void
}

const BASE = 40_000
const ILLEGAL_ADDRESS = 2
const NO_SUCH_UNIT = 11
const METER = 203

export function simulateMeter(plan: MeterPlan): SimulatedMeter {
  const { registers, placeOf } = imageOf([
    commonImage({ maker: 'Commonwatt', model: 'Meter', firmware: '1.0', serialNumber: plan.serialNumber }),
    { id: METER, length: 105, values: { 6: 2_300, 13: -1, 14: 5_000, 15: -2, 16: 0, 20: 0, 52: 0 } },
  ])
  let { importWh, exportWh, powerW } = plan
  const show = (): void => {
    const meter = placeOf(METER)
    writeWhole(registers, meter + 16, 1, BigInt(Math.round(powerW)))
    // As the device has them: they begin at 0 again after 2^32 Wh.
    writeWhole(registers, meter + 36, 2, BigInt(Math.floor(exportWh)))
    writeWhole(registers, meter + 44, 2, BigInt(Math.floor(importWh)))
  }
  const add = (energy: { readonly importWh: number; readonly exportWh: number }): void => {
    importWh += energy.importWh
    exportWh += energy.exportWh
    show()
  }
  show()
  return {
    unit: plan.unit,
    registers,
    isWritable: () => false,
    add,
    flow(power) {
      powerW = power
      show()
    },
    advance(seconds) {
      const wh = (powerW * seconds) / 3_600
      add({ importWh: Math.max(0, wh), exportWh: Math.max(0, -wh) })
    },
  }
}

/** Serves devices on one port of this machine, each under its unit. Rejects where the port is taken. */
export async function serveModbus(port: number, units: readonly SimulatedUnit[]): Promise<ModbusDevices> {
  const byUnit = new Map(units.map((unit) => [unit.unit, unit]))
  const unitOf = (id: number): SimulatedUnit => {
    const unit = byUnit.get(id)
    if (unit === undefined) throw exception(NO_SUCH_UNIT)
    return unit
  }
  const readOne = (address: number, id: number): number => {
    const register = unitOf(id).registers[address - BASE]
    if (register === undefined) throw exception(ILLEGAL_ADDRESS)
    return register
  }
  const write = (address: number, values: readonly number[], id: number): void => {
    const unit = unitOf(id)
    const places = values.map((_, index) => address - BASE + index)
    // All or nothing, as a device does it.
    if (!places.every(unit.isWritable)) throw exception(ILLEGAL_ADDRESS)
    for (const [index, place] of places.entries()) unit.registers[place] = values[index]!
  }
  const server = new ServerTCP(
    {
      getHoldingRegister: (address: number, id: number) => readOne(address, id),
      getMultipleHoldingRegisters: (address: number, length: number, id: number) =>
        Array.from({ length }, (_, index) => readOne(address + index, id)),
      setRegister: (address: number, value: number, id: number) => write(address, [value], id),
      setRegisterArray: (address: number, values: number[], id: number) => write(address, values, id),
    },
    { host: '127.0.0.1', port },
  )
  await new Promise<void>((resolve, reject) => {
    server.on('initialized', () => resolve())
    server.on('serverError', (error) => reject(error ?? new Error('the port cannot be served')))
  })
  return {
    port,
    advance: (seconds) => units.forEach((unit) => unit.advance(seconds)),
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

function exception(modbusErrorCode: number): Error {
  return Object.assign(new Error(`Modbus exception ${modbusErrorCode}`), { modbusErrorCode })
}
