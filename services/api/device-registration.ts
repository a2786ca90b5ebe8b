import { DomainError } from '../domain/errors.ts'
import { registrationFaultsOf } from '../domain/devices/registration.ts'
import type { Store } from '../store/connect.ts'
import { writeDevices, type NewDevice, type RegisteredDevice } from '../store/devices.ts'
import { faultOf, type MeterFault } from './meter-file.ts'
import type { NewDeviceRequest, RegisteredDevices } from './schemas/devices.ts'

const FAULTS_SHOWN = 100
const UNIQUE = ['address', 'endpoint', 'claimCodeHash'] as const

/**
 * Registers all of a list or, where it has a fault, nothing; again without effect. Of a device that nobody has what is said
 * last counts. Throws `devices-faulty` with every fault, its row counted from 1.
 */
export async function registerDevices(
  store: Store,
  area: number,
  requested: readonly NewDeviceRequest[],
): Promise<RegisteredDevices> {
  const devices = requested.map((device): NewDevice => ({ ...device, area, capabilities: sorted(device.capabilities) }))
  const faults = devices.flatMap((device, index) =>
    registrationFaultsOf(device).map(({ column, problem, remedy }) => faultOf(index + 1, column, problem, remedy)),
  )
  const own = [...faults, ...repeatedIn(devices)]
  if (own.length > 0) throw faultyOf(own)
  let known = 0
  const collisions = await writeDevices(store, devices, (there) => {
    known = devices.filter((device) => there.some((other) => isSame(device, other))).length
    return collisionsOf(devices, there)
  })
  if (collisions.length > 0) throw faultyOf(collisions)
  return { registered: devices.length - known, known }
}

function repeatedIn(devices: readonly NewDevice[]): MeterFault[] {
  return UNIQUE.flatMap((column) => {
    const rows = new Map<string, number>()
    return devices.flatMap((device, index) => {
      const value = device[column]
      if (value === null) return []
      const earlier = rows.get(value)
      if (earlier === undefined) {
        rows.set(value, index + 1)
        return []
      }
      return [faultOf(index + 1, column, `row ${earlier} has it already`, 'give each device once')]
    })
  })
}

function collisionsOf(devices: readonly NewDevice[], there: readonly RegisteredDevice[]): MeterFault[] {
  return devices.flatMap((device, index) =>
    there.flatMap((other) => {
      const row = index + 1
      if (other.address === device.address) {
        if (other.memberId === null || isSame(device, other)) return []
        return [
          faultOf(row, 'address', 'somebody has this device, and it is registered otherwise', 'leave the row out'),
        ]
      }
      const column = UNIQUE.find((name) => device[name] !== null && device[name] === other[name])
      if (column === undefined) return []
      return [faultOf(row, column, 'another device has it', 'give each device its own')]
    }),
  )
}

function isSame(device: NewDevice, other: RegisteredDevice): boolean {
  const { address, kind, protocol, endpoint, isSigning, claimCodeHash } = device
  const { maker, model, serialNumber, feeder, ratedPowerW, capabilities, area } = device
  const said = { address, kind, protocol, endpoint, isSigning, claimCodeHash, area }
  const shown = { maker, model, serialNumber, feeder, ratedPowerW }
  const isEqual = Object.entries({ ...said, ...shown }).every(
    ([name, value]) => other[name as keyof typeof said] === value,
  )
  return isEqual && sorted(capabilities).join() === sorted(other.capabilities).join()
}

function sorted<Item>(items: readonly Item[]): Item[] {
  return [...new Set(items)].sort()
}

function faultyOf(faults: readonly MeterFault[]): DomainError {
  const shown = [...faults].sort((one, other) => one.row - other.row).slice(0, FAULTS_SHOWN)
  const { row, column, problem } = shown[0]!
  const more = faults.length === 1 ? '' : `, and ${faults.length - 1} more`
  return new DomainError('devices-faulty', `row ${row}, ${column}: ${problem}${more}; no device was taken`, {
    faults: { total: faults.length, shown },
  })
}
