import { Router, type Request, type RequestHandler } from 'express'
import type { DeviceLimits } from '../../domain/devices/device-limits.ts'
import type { KnownDevice } from '../../domain/devices/device.ts'
import { jsonBody } from '../json-body.ts'
import { parsePart } from '../request-part.ts'
import {
  deviceCommandPath,
  deviceCommandQuery,
  deviceCommandRequest,
  deviceLimits,
  devicePath,
  type DeviceCommandPage,
  type DeviceCommandRequest,
  type DeviceCommandView,
} from '../schemas/device-commands.ts'

/** A device, and who asks for it: its owner, or a machine of its owner's. */
export type OwnedDevice = { readonly device: KnownDevice; readonly memberId: number; readonly account: string }

type Deps = {
  readonly ownPage: RequestHandler
  /** Throws `not-signed-in`, `api-key-scope-missing` or `device-not-yours`. */
  readonly requireDeviceOwner: (request: Request, device: string) => Promise<OwnedDevice>
  /** Throws `too-many-requests`. */
  readonly requireCommandWelcome: (request: Request) => void
  /** The same for aggregators, who have many devices. */
  readonly requireActivationWelcome: (request: Request) => void
  /** Throws what the rules of commands do, and `command-conflict`. */
  readonly tellDevice: (owned: OwnedDevice, wish: DeviceCommandRequest) => Promise<DeviceCommandView>
  /** The same, for whoever signed it. Throws `command-signature-invalid` besides, and `device-not-yours`. */
  readonly tellDeviceForAgent: (device: string, wish: DeviceCommandRequest) => Promise<DeviceCommandView>
  /** The same for a flex order. Throws `flex-order-not-binding`, `member-not-in-portfolio` and `owner-comes-first` besides. */
  readonly tellDeviceForAggregator: (device: string, wish: DeviceCommandRequest) => Promise<DeviceCommandView>
  readonly listDeviceCommands: (
    owned: OwnedDevice,
    page: { readonly before: bigint | null; readonly limit: number },
  ) => Promise<DeviceCommandPage>
  /** Throws `command-unknown`. */
  readonly readDeviceCommand: (owned: OwnedDevice, id: string) => Promise<DeviceCommandView>
  /** Throws `command-unknown`. */
  readonly cancelDeviceCommand: (owned: OwnedDevice, id: string) => Promise<DeviceCommandView>
  readonly readDeviceLimits: (owned: OwnedDevice) => Promise<DeviceLimits>
  /** Throws `limits-invalid`. */
  readonly setDeviceLimits: (owned: OwnedDevice, limits: DeviceLimits) => Promise<DeviceLimits>
}

const COMMAND_BYTES = 16 * 1_024
const DEFAULT_PAGE = 50

export function deviceCommandRoutes(deps: Deps): Router {
  const router = Router()
  const body = jsonBody(COMMAND_BYTES)
  const welcome: RequestHandler = (request, _response, next) => {
    deps.requireCommandWelcome(request)
    next()
  }
  const welcomeUnlessActivation: RequestHandler = (request, _response, next) => {
    const { aggregator } = (request.body ?? {}) as { aggregator?: unknown }
    if (aggregator === undefined) deps.requireCommandWelcome(request)
    else deps.requireActivationWelcome(request)
    next()
  }
  /** What is signed is no less its signer's for the page that it came from. */
  const ownPageUnlessSigned: RequestHandler = (request, response, next) => {
    const { agent, aggregator } = (request.body ?? {}) as { agent?: unknown; aggregator?: unknown }
    if (agent === undefined && aggregator === undefined) return deps.ownPage(request, response, next)
    next()
  }
  const owned = (request: Request) => deps.requireDeviceOwner(request, parsePart(devicePath, request.params).address)

  const tell = async (request: Request, address: string, wish: DeviceCommandRequest): Promise<DeviceCommandView> => {
    if (wish.agent !== undefined) return deps.tellDeviceForAgent(address, wish)
    if (wish.aggregator !== undefined) return deps.tellDeviceForAggregator(address, wish)
    return deps.tellDevice(await deps.requireDeviceOwner(request, address), wish)
  }

  router.post(
    '/devices/:address/commands',
    body,
    welcomeUnlessActivation,
    ownPageUnlessSigned,
    async (request, response) => {
      const { address } = parsePart(devicePath, request.params)
      const wish = parsePart(deviceCommandRequest, request.body)
      const told = await tell(request, address, wish)
      response.status(202).location(`/api/devices/${address}/commands/${told.id}`).json(told)
    },
  )

  router.get('/devices/:address/commands', async (request, response) => {
    const { before, limit = DEFAULT_PAGE } = parsePart(deviceCommandQuery, request.query)
    const page = { before: before === undefined ? null : BigInt(before), limit }
    response.json(await deps.listDeviceCommands(await owned(request), page))
  })

  router.get('/devices/:address/commands/:id', async (request, response) => {
    const { id } = parsePart(deviceCommandPath, request.params)
    response.json(await deps.readDeviceCommand(await owned(request), id))
  })

  router.delete('/devices/:address/commands/:id', welcome, deps.ownPage, async (request, response) => {
    const { id } = parsePart(deviceCommandPath, request.params)
    response.status(202).json(await deps.cancelDeviceCommand(await owned(request), id))
  })

  router.get('/devices/:address/limits', async (request, response) => {
    response.json(await deps.readDeviceLimits(await owned(request)))
  })

  router.put('/devices/:address/limits', welcome, deps.ownPage, body, async (request, response) => {
    const limits = parsePart(deviceLimits, request.body)
    response.json(await deps.setDeviceLimits(await owned(request), limits))
  })

  return router
}
