import type { Store } from '../../services/store/connect.ts'
import { SECONDS_PER_PERIOD } from '../../services/domain/units.ts'
import { freePort } from '../settings.ts'
import { createArrivals, type Arrived } from './arrivals.ts'
import {
  firstRegistersOf,
  neverInterrupted,
  registersOf,
  type FleetPart,
  type Measures,
  type SimulatedDevice,
} from './fleet-part.ts'
import { simulateBattery } from './modbus-battery.ts'
import { serveModbus, simulateMeter, type ModbusDevices, type SimulatedUnit } from './modbus-device.ts'

/** A part, with where the gateway finds each device. */
export type ModbusPart = FleetPart & { readonly endpoints: ReadonlyMap<string, string> }

/** So many behind one port: units are 1 to 247, and the gateway visits two behind one port at once. */
const UNITS_PER_PORT = 60
const LOOK_MS = 50
/** A gateway that was killed is back long before. */
const PATIENCE_MS = 180_000
const BATTERY_WH = 10_000
const LARGEST_SHOWN_W = 32_767

type Shown = { readonly unit: SimulatedUnit; readonly show: (measures: Measures) => void }

/** Devices that the gateway asks over Modbus TCP. */
export async function startModbusPart(options: {
  readonly store: Store
  readonly devices: readonly SimulatedDevice[]
}): Promise<ModbusPart> {
  const { store, devices } = options
  const shown = new Map<string, Shown>()
  const endpoints = new Map<string, string>()
  const served: ModbusDevices[] = []
  for (let first = 0; first < devices.length; first += UNITS_PER_PORT) {
    const some = devices.slice(first, first + UNITS_PER_PORT)
    const units = some.map((device, position) => simulate(device, position + 1))
    const port = await freePort()
    served.push(
      await serveModbus(
        port,
        units.map(({ unit }) => unit),
      ),
    )
    some.forEach(({ address }, position) => {
      shown.set(address, units[position]!)
      endpoints.set(address, `127.0.0.1:${port}/${position + 1}`)
    })
  }
  const byAddress = new Map(devices.map((device) => [device.address, device]))
  let sinceId = (await store.client.refusedMessage.aggregate({ _max: { id: true } }))._max.id ?? 0n
  const arrivals = createArrivals({
    everyMs: LOOK_MS,
    patienceMs: PATIENCE_MS,
    async look(addresses, ended) {
      const some = addresses.map((address) => byAddress.get(address)!)
      const refused = await refusedSince(store, sinceId, addresses)
      sinceId = refused.at(-1)?.id ?? sinceId
      return { there: await thereOf(store, some, ended), refused }
    },
  })

  return {
    endpoints,
    prepare(address, measures) {
      const one = shown.get(address)
      if (one === undefined) throw new RangeError(`the fleet has no device ${address}`)
      one.show(measures)
    },
    publish: arrivals.until,
    interrupt: neverInterrupted,
    async stop() {
      arrivals.stop()
      await Promise.all(served.map((devicesOfPort) => devicesOfPort.close()))
    },
  }
}

function simulate({ kind, address, memberId }: SimulatedDevice, unit: number): Shown {
  const serialNumber = address.slice(2, 18)
  if (kind === 'meter') {
    let last = registersOf(firstRegistersOf(memberId))
    const begun = { importWh: Number(last.importWh), exportWh: Number(last.exportWh) }
    const meter = simulateMeter({ unit, serialNumber, ...begun, powerW: 0 })
    return {
      unit: meter,
      show(measures) {
        const now = registersOf(measures)
        const flowed = {
          importWh: Number(now.importWh - last.importWh),
          exportWh: Number(now.exportWh - last.exportWh),
        }
        last = now
        meter.add(flowed)
        const powerW = ((flowed.importWh - flowed.exportWh) * 3_600) / SECONDS_PER_PERIOD
        meter.flow(Math.max(-LARGEST_SHOWN_W, Math.min(LARGEST_SHOWN_W, powerW)))
      },
    }
  }
  const battery = simulateBattery({ unit, serialNumber, capacityWh: BATTERY_WH, powerW: 5_000, charge: 0.5 })
  return {
    unit: battery,
    show({ 'active-power': powerW = 0n }) {
      battery.hold(Number(powerW))
      battery.advance(SECONDS_PER_PERIOD)
    },
  }
}

/** Of meters their readings of the period; of what else there is anything that it measured in the one that began. */
async function thereOf(store: Store, devices: readonly SimulatedDevice[], ended: number): Promise<string[]> {
  const meters = devices.filter(({ kind }) => kind === 'meter')
  const others = devices.filter(({ kind }) => kind !== 'meter').map(({ address }) => address)
  const [readings, measured] = await Promise.all([
    meters.length === 0
      ? []
      : store.client.meterReading.findMany({
          where: { period: ended, memberId: { in: meters.map(({ memberId }) => memberId) } },
          select: { memberId: true },
        }),
    others.length === 0
      ? []
      : store.client.deviceMeasurement.findMany({
          where: { period: ended + 1, device: { in: others }, quantity: 'active-power' },
          select: { device: true },
        }),
  ])
  const read = new Set(readings.map(({ memberId }) => memberId))
  return [
    ...meters.filter(({ memberId }) => read.has(memberId)).map(({ address }) => address),
    ...measured.map(({ device }) => device),
  ]
}

async function refusedSince(
  store: Store,
  id: bigint,
  addresses: readonly string[],
): Promise<(Arrived['refused'][number] & { readonly id: bigint })[]> {
  const rows = await store.client.refusedMessage.findMany({
    where: { id: { gt: id }, device: { in: [...addresses] } },
    select: { id: true, device: true, code: true, reason: true },
    orderBy: { id: 'asc' },
  })
  return rows.map(({ id: at, device, code, reason }) => ({ id: at, address: device!, code, reason }))
}
