import type { Request } from 'express'
import { registrationFaultsOf } from '../domain/devices/registration.ts'
import { DomainError } from '../domain/errors.ts'
import { mayImportMeters, mayRunDevices } from '../domain/identity/household-data.ts'
import type { Store } from '../store/connect.ts'
import { readDevice, writeDeviceWay, type Device } from '../store/devices.ts'
import { writeMeterExchange } from '../store/meter-exchanges.ts'
import type { Access } from './access/access.ts'
import { deviceUnknown } from './device-viewer.ts'
import type { ApiDeps } from './server.ts'

/** What those who run devices say of one that is registered: how it is reached, and that a meter was replaced. */
export function deviceUpkeepOf({
  store,
  access,
  ledgerNow,
}: {
  readonly store: Store
  readonly access: Pick<Access, 'requireScope' | 'rolesOf'>
  /** Unix seconds. */
  readonly ledgerNow: () => number
}): Pick<ApiDeps, 'setDeviceWay' | 'declareExchange'> {
  /** What is settled hangs on meters: they are for who runs meters alone. */
  const requireDevice = async (request: Request, address: string): Promise<{ device: Device; account: string }> => {
    const { account } = await access.requireScope(request, 'run:devices')
    const roles = await access.rolesOf(account)
    const device = await readDevice(store, address)
    if (device === null || !mayRunDevices(roles, device.area)) throw deviceUnknown(address)
    if (device.kind === 'meter' && !mayImportMeters(roles, device.area)) {
      throw new DomainError('role-missing', `only a metering operator of area ${device.area} does this to a meter`)
    }
    return { device, account }
  }

  return {
    async setDeviceWay(request, address, way) {
      const { device } = await requireDevice(request, address)
      const [fault] = registrationFaultsOf({ ...device, ...way })
      if (fault !== undefined) {
        throw new DomainError('device-way-invalid', `${fault.column}: ${fault.problem}; ${fault.remedy}`)
      }
      if (await writeDeviceWay(store, address, way)) return
      throw new DomainError('device-endpoint-taken', `another device has the endpoint ${way.endpoint}`)
    },

    async declareExchange(request, address, exchange) {
      const { device, account } = await requireDevice(request, address)
      if (device.kind !== 'meter') throw new DomainError('device-not-a-meter', `${address} is a ${device.kind}`)
      if (device.isSigning) throw new DomainError('meter-signs', `the meter ${address} signs its readings itself`)
      const now = ledgerNow()
      if (exchange.at > now) {
        throw new DomainError('exchange-in-the-future', `${exchange.at} is later than the ledger's time, ${now}`)
      }
      const kept = await writeMeterExchange(store, { device: address, ...exchange }, account)
      const isSame = Object.entries(exchange).every(([name, value]) => kept[name as keyof typeof exchange] === value)
      if (!isSame) throw new DomainError('exchange-conflict', `an exchange at ${exchange.at} says otherwise`)
    },
  }
}
