import type { DeviceProtocol, KnownDevice } from '../domain/devices/device.ts'
import { DomainError } from '../domain/errors.ts'
import type { DeviceDesk } from './adapters/adapter.ts'
import type { DeviceHealth } from './device-health.ts'
import type { MeasurementIntake } from './measurement-intake.ts'

export type DeviceDeskOptions = {
  /** The same list while none has changed. */
  readonly listDevices: () => Promise<readonly KnownDevice[]>
  readonly intake: MeasurementIntake
  readonly health: Pick<DeviceHealth, 'onSeen'>
  readonly onRefused: DeviceDesk['onRefused']
  /** Unix milliseconds by the ledger's clock. */
  readonly nowMs: () => number
  readonly onDefect: (error: unknown) => void
}

export type RefreshedDesk = DeviceDesk & {
  /** By address, whatever it speaks; null where it is not known. */
  readonly byAddress: (address: string) => KnownDevice | null
  /** Takes up what the register of devices says now. */
  readonly refresh: () => Promise<void>
}

/** What every protocol finds at the gateway: the devices of the register, and where to put what they say. */
export function createDeviceDesk(options: DeviceDeskOptions): RefreshedDesk {
  const { intake, health, onRefused, nowMs, onDefect } = options
  let known: readonly KnownDevice[] | null = null
  let devices = new Map<string, KnownDevice>()
  let named = new Map<string, KnownDevice>()
  let speaking = new Map<DeviceProtocol, KnownDevice[]>()

  return {
    find: (protocol, name) => {
      const device = named.get(`${protocol} ${name}`) ?? devices.get(name.toLowerCase())
      return device?.protocol === protocol ? device : null
    },
    list: (protocol) => speaking.get(protocol) ?? [],
    byAddress: (address) => devices.get(address) ?? null,
    async takeMeasurements(address, measured) {
      const device = devices.get(address)
      if (device === undefined) throw new DomainError('device-unknown', `no device is registered under ${address}`)
      return intake.take(device, measured)
    },
    onSeen: health.onSeen,
    onRefused,
    nowMs,
    onDefect,
    async refresh() {
      const listed = await options.listDevices()
      if (listed === known) return
      await intake.setDevices(listed.map(({ address }) => address))
      devices = new Map(listed.map((device) => [device.address, device]))
      named = new Map(
        listed.flatMap((device) => {
          const { endpoint, protocol } = device
          return endpoint === null ? [] : [[`${protocol} ${endpoint}`, device]]
        }),
      )
      speaking = Map.groupBy(listed, ({ protocol }) => protocol)
      known = listed
    },
  }
}
