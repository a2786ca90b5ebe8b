import { Router, type Request, type RequestHandler } from 'express'
import { jsonBody } from '../json-body.ts'
import { parsePart } from '../request-part.ts'
import { deliveryQuery, type DeviceHealthAnswer, type GatewayList } from '../schemas/device-health.ts'
import {
  deviceClaim,
  devicePath,
  deviceQuery,
  deviceWay,
  meterExchange,
  newDevices,
  type DeviceClaimRequest,
  type DevicePage,
  type DeviceQuery,
  type DeviceView,
  type DeviceWay,
  type MeterExchangeRequest,
  type NewDeviceRequest,
  type RegisteredDevices,
} from '../schemas/devices.ts'

const DEFAULT_DAYS = 30

type Deps = {
  readonly ownPage: RequestHandler
  /** Throws `not-signed-in`, `api-key-scope-missing` or `role-missing`. Resolves to the account. */
  readonly requireDeviceOperator: (request: Request) => Promise<string>
  /** Throws `too-many-requests`. */
  readonly requireDeviceWelcome: (request: Request) => void
  /** Throws `devices-faulty`; nothing is done then. */
  readonly registerDevices: (devices: readonly NewDeviceRequest[]) => Promise<RegisteredDevices>
  /** Those that the caller may see. Throws `not-signed-in` or `api-key-scope-missing`. */
  readonly listDevices: (request: Request, query: DeviceQuery) => Promise<DevicePage>
  /** Throws `device-unknown` for one that the caller may not see too. */
  readonly readDevice: (request: Request, address: string) => Promise<DeviceView>
  /** Throws `device-unknown` for one of which the caller may not see how it does too. */
  readonly readDeviceHealth: (request: Request, address: string, days: number) => Promise<DeviceHealthAnswer>
  /** Throws `role-missing`. */
  readonly listGateways: (request: Request, days: number) => Promise<GatewayList>
  /**
   * Says how a device is reached and whether it signs; again without effect. Throws `role-missing`, `device-unknown`,
   * `device-way-invalid` or `device-endpoint-taken`.
   */
  readonly setDeviceWay: (request: Request, address: string, way: DeviceWay) => Promise<void>
  /**
   * Says that a meter that cannot sign was put in the place of another; again without effect. Throws `role-missing`,
   * `device-unknown`, `device-not-a-meter`, `meter-signs`, `exchange-in-the-future` or `exchange-conflict`.
   */
  readonly declareExchange: (request: Request, address: string, exchange: MeterExchangeRequest) => Promise<void>
  /** Again without effect. Throws `device-code-wrong`, `device-taken`, `household-not-yours`, `too-many-devices` or `too-many-tries`. */
  readonly claimDevice: (request: Request, claim: DeviceClaimRequest) => Promise<DeviceView>
  /** Again without effect. Throws `device-unknown` or `device-is-meter`. */
  readonly releaseDevice: (request: Request, address: string) => Promise<void>
}

const LIST_BYTES = 512 * 1_024
const BODY_BYTES = 1_024

export function deviceRoutes(deps: Deps): Router {
  const router = Router()
  /** Nobody else's list is even read. */
  const operator: RequestHandler = async (request, _response, next) => {
    await deps.requireDeviceOperator(request)
    deps.requireDeviceWelcome(request)
    next()
  }

  router.post('/devices', deps.ownPage, operator, jsonBody(LIST_BYTES), async (request, response) => {
    response.json(await deps.registerDevices(parsePart(newDevices, request.body).devices))
  })

  router.get('/devices', async (request, response) => {
    response.json(await deps.listDevices(request, parsePart(deviceQuery, request.query)))
  })

  router.post('/devices/claims', deps.ownPage, jsonBody(BODY_BYTES), async (request, response) => {
    const claimed = await deps.claimDevice(request, parsePart(deviceClaim, request.body))
    response.status(201).location(`/api/devices/${claimed.address}`).json(claimed)
  })

  router.get('/devices/:address', async (request, response) => {
    response.json(await deps.readDevice(request, parsePart(devicePath, request.params).address))
  })

  router.get('/devices/:address/health', async (request, response) => {
    const { address } = parsePart(devicePath, request.params)
    const { days = DEFAULT_DAYS } = parsePart(deliveryQuery, request.query)
    response.json(await deps.readDeviceHealth(request, address, days))
  })

  router.get('/gateways', async (request, response) => {
    const { days = DEFAULT_DAYS } = parsePart(deliveryQuery, request.query)
    response.json(await deps.listGateways(request, days))
  })

  router.put('/devices/:address/way', deps.ownPage, operator, jsonBody(BODY_BYTES), async (request, response) => {
    const { address } = parsePart(devicePath, request.params)
    await deps.setDeviceWay(request, address, parsePart(deviceWay, request.body))
    response.status(204).end()
  })

  router.post(
    '/devices/:address/exchanges',
    deps.ownPage,
    operator,
    jsonBody(BODY_BYTES),
    async (request, response) => {
      const { address } = parsePart(devicePath, request.params)
      await deps.declareExchange(request, address, parsePart(meterExchange, request.body))
      response.status(204).end()
    },
  )

  router.delete('/devices/:address/claim', deps.ownPage, async (request, response) => {
    await deps.releaseDevice(request, parsePart(devicePath, request.params).address)
    response.status(204).end()
  })

  return router
}
