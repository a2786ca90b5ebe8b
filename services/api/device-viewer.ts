import type { Request } from 'express'
import { DomainError } from '../domain/errors.ts'
import type { HouseholdPart } from '../domain/identity/household-data.ts'
import { mayRunDevices } from '../domain/identity/household-data.ts'
import { didOf } from '../domain/identity/did.ts'
import type { Device } from '../store/devices.ts'
import { isReadable, type Access, type Viewer } from './access/access.ts'
import type { DeviceView } from './schemas/devices.ts'

/** What a caller may see of devices. */
export type DeviceViewer = {
  readonly viewer: Viewer
  /** Whether devices of everybody, and of nobody, are its work. */
  readonly runsDevices: boolean
}

/** Throws `not-signed-in` or `api-key-scope-missing`. */
export async function deviceViewerOf(
  access: Pick<Access, 'requireScope' | 'rolesOf' | 'viewerOf'>,
  request: Request,
  area: number,
): Promise<DeviceViewer> {
  const caller = await access.requireScope(request, 'read:devices')
  const [viewer, roles] = await Promise.all([access.viewerOf(request), access.rolesOf(caller.account)])
  return { viewer, runsDevices: mayRunDevices(roles, area) }
}

/** The members whose devices the caller may see by this part of their data; null for all, and those of nobody. */
export function membersShown({ viewer, runsDevices }: DeviceViewer, part: HouseholdPart): number[] | null {
  const readable = viewer[part]
  return runsDevices || readable === 'all' ? null : [...readable]
}

/** Whether the caller may see that of the device which belongs to the part. */
export function isShown(by: DeviceViewer, device: Device, part: HouseholdPart): boolean {
  const members = membersShown(by, part)
  return members === null || (device.memberId !== null && members.includes(device.memberId))
}

export function deviceUnknown(address: string): DomainError {
  return new DomainError('device-unknown', `no device ${address} is shown to you`)
}

/** The device, without whose it is where that is not for the caller. */
export function deviceViewOf({ viewer }: DeviceViewer, device: Device, chainId: bigint): DeviceView {
  const { address, kind, area, protocol, isSigning, maker, model, feeder, ratedPowerW } = device
  const { memberId, serialNumber, endpoint, capabilities } = device
  const isOwnerShown = memberId === null ? viewer.membership === 'all' : isReadable(viewer.membership, memberId)
  return {
    ...{ address, kind, area, protocol, isSigning, maker, model, feeder, ratedPowerW },
    did: didOf(chainId, address),
    capabilities: [...capabilities],
    isClaimed: memberId !== null,
    ...(isOwnerShown ? { memberId, serialNumber, endpoint } : { memberId: null, serialNumber: null, endpoint: null }),
  }
}
