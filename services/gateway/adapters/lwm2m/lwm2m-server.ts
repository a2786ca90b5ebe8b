import type { DeviceDesk, RunningAdapter } from '../adapter.ts'
import type { CoapEndpoint, CoapEndpointOptions } from '../coap/endpoint.ts'
import { createCommandSending } from './command-sending.ts'
import type { ObservedDevice } from './observed-device.ts'
import { createObservedDevices } from './observed-devices.ts'
import type { Rate } from './rate-limits.ts'
import type { AccessOptions } from './registration-access.ts'
import { createRegistrationDesk } from './registration-desk.ts'
import { createRegistrations, type Registration } from './registrations.ts'
import { createRouting } from './request-routing.ts'
import { takeSentContent } from './sent-content.ts'

type Handlers = Pick<CoapEndpointOptions, 'onRequest' | 'onDefect'>

/** Opens an endpoint for what answers its requests, such as one of UDP, DTLS or TLS with its host, port and keys. */
export type OpenEndpoint = (handlers: Handlers) => Promise<CoapEndpoint>

export type Lwm2mOptions = AccessOptions & {
  readonly endpoints: readonly OpenEndpoint[]
  /** How often devices notify, in seconds: at most every `pmin`, and at least every `pmax`. */
  readonly pmin?: number
  readonly pmax?: number
  /** How long a sleepy device listens after it was heard. */
  readonly awakeMs?: number
  readonly mostRegistrations?: number
  /** Registrations of one endpoint, notifications of one device, and requests of one peer. */
  readonly rates?: Partial<Rates>
  /** Milliseconds of a clock that runs forwards. */
  readonly nowMs?: () => number
  /** Does something again and again; returns what ends it. */
  readonly every?: (milliseconds: number, work: () => void) => () => void
}

export type Lwm2mAdapter = RunningAdapter & {
  /** In the order of the endpoints. */
  readonly ports: readonly number[]
  readonly registered: () => number
}

type Rates = { readonly registrations: Rate; readonly notifications: Rate; readonly requests: Rate }

const RATES: Rates = {
  registrations: { burst: 6, perSecond: 0.2 },
  notifications: { burst: 60, perSecond: 5 },
  requests: { burst: 40, perSecond: 10 },
}
const DEFAULTS = { pmin: 5, pmax: 60, awakeMs: 60_000, mostRegistrations: 20_000 }
const SWEEP_MS = 1_000

const everyInterval: NonNullable<Lwm2mOptions['every']> = (milliseconds, work) => {
  const timer = setInterval(work, milliseconds)
  return () => clearInterval(timer)
}

/**
 * Serves LwM2M 1.1, and clients of 1.0 and 1.2. Who is registered is kept in memory: after a restart a device's update is
 * answered 4.04, upon which it registers anew.
 */
export async function startLwm2m(desk: DeviceDesk, options: Lwm2mOptions): Promise<Lwm2mAdapter> {
  const server = createServer(desk, options)
  const opened = await openAll(options.endpoints, { onRequest: server.onRequest, onDefect: desk.onDefect })
  const stopSweeping = (options.every ?? everyInterval)(SWEEP_MS, server.sweep)
  return {
    protocol: 'lwm2m',
    ports: opened.map(({ port }) => port),
    registered: server.devices.size,
    send: server.commands.send,
    close: async () => {
      stopSweeping()
      server.commands.close()
      await Promise.all(opened.map((endpoint) => endpoint.close()))
      await server.devices.end()
    },
  }
}

function createServer(desk: DeviceDesk, options: Lwm2mOptions) {
  const { nowMs = () => performance.now() } = options
  const { pmin, pmax, awakeMs, mostRegistrations } = { ...DEFAULTS, ...options }
  const rates = { ...RATES, ...options.rates }
  const registrations = createRegistrations({ most: mostRegistrations })

  const isAwake = ({ registration: { isQueued, heardAtMs } }: ObservedDevice): boolean =>
    !isQueued || nowMs() - heardAtMs < awakeMs
  const commands = createCommandSending({
    desk,
    observedOf: (endpoint) => devices.of(registrations.byEndpoint(endpoint)),
    isAwake,
    markAsleep: ({ registration }) => (registration.heardAtMs = -Infinity),
  })
  const flush = ({ endpoint }: Registration): void => commands.flush(endpoint)
  const devices = createObservedDevices({
    ...{ desk, nowMs, pmin, pmax, notificationRate: rates.notifications },
    onHeard: flush,
    onMet: ({ registration }) => flush(registration),
  })
  const gone = (registration: Registration): void => {
    devices.close(registration)
    if (registrations.byEndpoint(registration.endpoint) === null) commands.drop(registration.endpoint)
  }

  const updated = (registration: Registration, isMoved: boolean): void => {
    const device = devices.of(registration)
    if (device === null) return
    if (isMoved) device.renew()
    setImmediate(() => (isMoved || device.isDue() ? devices.plan(device) : flush(registration)))
  }

  const onRequest = createRouting({
    nowMs,
    rate: rates.requests,
    registrationDesk: createRegistrationDesk({
      ...{ desk, registrations, nowMs, access: options, rate: rates.registrations },
      onRegistered: devices.open,
      onReplaced: devices.close,
      onUpdated: (registration, { isMoved }) => updated(registration, isMoved),
      onGone: gone,
    }),
    takeSent: (peer, request) =>
      takeSentContent(peer, request, {
        desk,
        access: options,
        observedAt: (from) => devices.of(registrations.byPeer(from)),
        onHeard: ({ registration }) => {
          registration.heardAtMs = nowMs()
          setImmediate(() => flush(registration))
        },
      }),
  })

  const sweep = (): void => {
    const now = nowMs()
    for (const registration of [...registrations.all()]) {
      const device = devices.of(registration)
      if (registration.expiresAtMs <= now) {
        registrations.remove(registration)
        gone(registration)
      } else if (device !== null && isAwake(device) && device.isDue()) devices.plan(device)
    }
    commands.expire()
  }

  return { devices, commands, onRequest, sweep }
}

/** All of them or none. */
async function openAll(endpoints: readonly OpenEndpoint[], handlers: Handlers): Promise<readonly CoapEndpoint[]> {
  const opened: CoapEndpoint[] = []
  try {
    for (const open of endpoints) opened.push(await open(handlers))
    return opened
  } catch (error) {
    await Promise.all(opened.map((endpoint) => endpoint.close()))
    throw error
  }
}
