import type { Request } from 'express'
import type { Ledger } from '../chain/ledger.ts'
import { MOST_DEVICES_OF_HOUSEHOLD } from '../domain/devices/registration.ts'
import { DomainError } from '../domain/errors.ts'
import { mayRunDevices } from '../domain/identity/household-data.ts'
import type { Store } from '../store/connect.ts'
import { claimDevice, findDeviceByCode, listDevices, readDevice, releaseDevice } from '../store/devices.ts'
import { giveBackTry, takeTry } from '../store/joinings.ts'
import type { MemberAccount } from '../store/views/accounts.ts'
import { readArea } from '../store/views/area.ts'
import type { Access } from './access/access.ts'
import { hashOfCode } from './access/secrets.ts'
import { createRateLimit } from './client-rate.ts'
import { registerDevices } from './device-registration.ts'
import { deviceUnknown, deviceViewerOf, deviceViewOf, isShown, membersShown } from './device-viewer.ts'
import { DEFAULT_LIMIT } from './schemas/scalars.ts'
import type { ApiDeps } from './server.ts'

type DeviceDeps = Pick<
  ApiDeps,
  'requireDeviceOperator' | 'registerDevices' | 'listDevices' | 'readDevice' | 'claimDevice' | 'releaseDevice'
>

type Options = {
  readonly store: Store
  readonly ledger: Pick<Ledger, 'chainId'>
  readonly access: Pick<Access, 'requireScope' | 'requirePerson' | 'rolesOf' | 'viewerOf' | 'householdsOf'>
  /** Unix seconds: of the ledger, and of the wall. */
  readonly ledgerNow: () => number
  readonly now: () => number
}

const MOST_TRIES = 5
const TRY_SECONDS = 3_600

/** The register of devices, for those who run them, and for their owners. */
export function devicesOf(options: Options): DeviceDeps {
  const { store, access, ledger, ledgerNow } = options
  const claims = claimsOf(options)
  const areaNow = async () => (await readArea(store)).id

  return {
    async requireDeviceOperator(request) {
      const { account } = await access.requireScope(request, 'run:devices')
      const area = await areaNow()
      if (mayRunDevices(await access.rolesOf(account), area)) return account
      throw new DomainError('role-missing', `only a metering operator or platform operator of area ${area} does this`)
    },
    registerDevices: async (devices) => registerDevices(store, await areaNow(), devices),
    async listDevices(request, { claimed, after = '', limit = DEFAULT_LIMIT, ...filter }) {
      const area = await areaNow()
      const by = await deviceViewerOf(access, request, area)
      const isClaimed = claimed === undefined ? undefined : claimed === 'yes'
      const wanted = { ...filter, area, isClaimed, members: membersShown(by, 'membership') }
      const found = await listDevices(store, wanted, { after, limit: limit + 1 })
      const items = found.slice(0, limit)
      return {
        items: items.map((device) => deviceViewOf(by, device, ledger.chainId)),
        nextAfter: found.length > limit ? items.at(-1)!.address : null,
      }
    },
    async readDevice(request, address) {
      const by = await deviceViewerOf(access, request, await areaNow())
      const device = await readDevice(store, address)
      if (device === null || !isShown(by, device, 'membership')) throw deviceUnknown(address)
      return deviceViewOf(by, device, ledger.chainId)
    },
    async claimDevice(request, wish) {
      const device = await claims.claim(request, wish)
      const viewer = await access.viewerOf(request)
      return deviceViewOf({ viewer, runsDevices: false }, device, ledger.chainId)
    },
    releaseDevice: (request, address) => claims.release(request, address, ledgerNow()),
  }
}

/** Devices are their owner's by the code that is printed on them, until it gives them up. */
function claimsOf({ store, access, now, ledgerNow }: Options) {
  const requireCodeWelcome = createRateLimit(
    { perSecond: 0.1, burst: 20 },
    'too-many-tries',
    (account: string) => account,
  )
  const householdsOf = async (request: Request) => {
    const { account } = await access.requirePerson(request)
    return { account, households: await access.householdsOf(account) }
  }
  /** Counts the try unless the code is one. */
  const deviceOf = async (account: string, code: string, area: number) => {
    const at = now()
    const taken = await takeTry(store, `${account}:device`, { now: at, since: at - TRY_SECONDS, most: MOST_TRIES })
    if (taken === null) throw new DomainError('too-many-tries', `${MOST_TRIES} codes were wrong within an hour`)
    const codeHash = hashOfCode(code)
    const device = codeHash === null ? null : await findDeviceByCode(store, codeHash)
    if (device === null || device.area !== area) {
      throw new DomainError('device-code-wrong', 'no device has this code')
    }
    await giveBackTry(store, taken)
    return device
  }

  return {
    async claim(request: Request, wish: { readonly code: string; readonly memberId?: number | undefined }) {
      const { account, households } = await householdsOf(request)
      requireCodeWelcome(account)
      const { memberId } = householdAmong(households, wish.memberId)
      const device = await deviceOf(account, wish.code, (await readArea(store)).id)
      const { address } = device
      if (device.memberId === memberId) return device
      const claim = { address, memberId, now: ledgerNow(), most: MOST_DEVICES_OF_HOUSEHOLD }
      switch (await claimDevice(store, claim)) {
        case 'claimed':
          return (await readDevice(store, address))!
        case 'too-many':
          throw new DomainError('too-many-devices', `a household has at most ${MOST_DEVICES_OF_HOUSEHOLD} devices`)
        case 'taken':
          throw new DomainError('device-taken', 'somebody has this device: its owner is to give it up first')
      }
    },
    async release(request: Request, address: string, at: number) {
      const { households } = await householdsOf(request)
      const device = await readDevice(store, address)
      const isOwn = device !== null && households.some(({ memberId }) => memberId === device.memberId)
      if (!isOwn || device.memberId === null) throw deviceUnknown(address)
      if (device.kind === 'meter') {
        throw new DomainError('device-is-meter', "a household's meter is its connection's: it goes with the household")
      }
      await releaseDevice(store, { address, memberId: device.memberId, now: at })
    },
  }
}

function householdAmong(households: readonly MemberAccount[], wished: number | undefined): MemberAccount {
  const [first, second] = wished === undefined ? households : households.filter(({ memberId }) => memberId === wished)
  if (first === undefined) throw new DomainError('household-not-yours', 'you have no such household to claim it for')
  if (second === undefined) return first
  throw new DomainError('request-malformed', 'memberId: say for which of your households')
}
