import { DomainError } from '../../../domain/errors.ts'
import type { DeviceDesk, RunningAdapter } from '../adapter.ts'
import type { CoapEndpoint, CoapEndpointOptions, CoapPeer, CoapRequest, CoapResponse } from '../coap/endpoint.ts'
import { bareResponse } from '../coap/meaning.ts'
import { createCommandSending } from './command-sending.ts'
import { CONTENT_FORMAT } from './content/content-format.ts'
import { createObservedDevice, type ObservedDevice } from './observed-device.ts'
import { createRateLimits, type Rate } from './rate-limits.ts'
import { requireAccess, type AccessOptions } from './registration-access.ts'
import { createRegistrationDesk } from './registration-desk.ts'
import { createRegistrations, type Registration } from './registrations.ts'
import { createWorkQueue } from './work-queue.ts'

/** Opens an endpoint for what answers its requests, such as one of UDP, DTLS or TLS with its host, port and keys. */
export type OpenEndpoint = (handlers: Pick<CoapEndpointOptions, 'onRequest' | 'onDefect'>) => Promise<CoapEndpoint>

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
const MOST_REGISTRATIONS = 20_000
const MOST_PEERS = 40_000
const MEETINGS_AT_ONCE = 256
const PMIN = 5
const PMAX = 60
const AWAKE_MS = 60_000
const SWEEP_MS = 1_000
const SEND_FORMATS: readonly (number | null)[] = [
  CONTENT_FORMAT.senmlCbor,
  CONTENT_FORMAT.senmlJson,
  CONTENT_FORMAT.lwm2mCbor,
]

const everyInterval: NonNullable<Lwm2mOptions['every']> = (milliseconds, work) => {
  const timer = setInterval(work, milliseconds)
  return () => clearInterval(timer)
}

/**
 * Serves LwM2M 1.1, and clients of 1.0 and 1.2. Who is registered is kept in memory: after a restart a device's update is
 * answered 4.04, upon which it registers anew.
 */
export async function startLwm2m(desk: DeviceDesk, options: Lwm2mOptions): Promise<Lwm2mAdapter> {
  const { nowMs = () => performance.now(), every = everyInterval, awakeMs = AWAKE_MS } = options
  const rates = { ...RATES, ...options.rates }
  const registrations = createRegistrations({ most: options.mostRegistrations ?? MOST_REGISTRATIONS })
  const observed = new Map<Registration, ObservedDevice>()
  const meetings = createWorkQueue({ atOnce: MEETINGS_AT_ONCE, onDefect: desk.onDefect })
  const requestRates = createRateLimits({ rate: rates.requests, most: MOST_PEERS })
  const planned = new Set<ObservedDevice>()

  const isAwake = ({ registration: { isQueued, heardAtMs } }: ObservedDevice): boolean =>
    !isQueued || nowMs() - heardAtMs < awakeMs

  const commands = createCommandSending({
    desk,
    observedOf: (endpoint) => {
      const registration = registrations.byEndpoint(endpoint)
      return registration === null ? null : (observed.get(registration) ?? null)
    },
    isAwake,
    markAsleep: ({ registration }) => (registration.heardAtMs = -Infinity),
  })

  const observing = {
    desk,
    nowMs,
    pmin: options.pmin ?? PMIN,
    pmax: options.pmax ?? PMAX,
    notificationRate: rates.notifications,
    onHeard: ({ endpoint }: Registration) => commands.flush(endpoint),
  }

  const plan = (device: ObservedDevice): void => {
    if (planned.has(device)) return
    planned.add(device)
    meetings.add(async () => {
      planned.delete(device)
      if (observed.get(device.registration) !== device) return
      await device.meet()
      commands.flush(device.registration.endpoint)
    })
  }

  const close = (registration: Registration): void => {
    observed.get(registration)?.close()
    observed.delete(registration)
  }
  const gone = (registration: Registration): void => {
    close(registration)
    if (registrations.byEndpoint(registration.endpoint) === null) commands.drop(registration.endpoint)
  }

  const registrationDesk = createRegistrationDesk({
    desk,
    registrations,
    nowMs,
    access: options,
    rate: rates.registrations,
    onReplaced: close,
    onGone: gone,
    onRegistered: (registration) => {
      const device = createObservedDevice(registration, observing)
      observed.set(registration, device)
      // A device listens once it knows that it is registered.
      setImmediate(() => plan(device))
    },
    onUpdated: (registration, { isMoved }) => {
      const device = observed.get(registration)
      if (device === undefined) return
      if (isMoved) device.renew()
      setImmediate(() => {
        if (isMoved || device.isDue()) plan(device)
        else commands.flush(registration.endpoint)
      })
    },
  })

  const takeSent = async (peer: CoapPeer, { contentFormat, payload }: CoapRequest): Promise<CoapResponse> => {
    const registration = registrations.byPeer(peer)
    const known = registration === null ? null : desk.find('lwm2m', registration.endpoint)
    const device = registration === null ? undefined : observed.get(registration)
    if (known === null || device === undefined) return bareResponse('4.04')
    requireAccess(peer, known, options)
    if (contentFormat === null || !SEND_FORMATS.includes(contentFormat)) return bareResponse('4.15')
    device.registration.heardAtMs = nowMs()
    const isTaken = await device.takeSent({ asked: [], format: contentFormat, payload })
    commands.flush(device.registration.endpoint)
    return bareResponse(isTaken ? '2.04' : '5.03')
  }

  const respond = async (peer: CoapPeer, request: CoapRequest): Promise<CoapResponse> => {
    const [collection, id, ...rest] = request.path
    if (!requestRates.take(peer.address, nowMs())) return bareResponse('4.29')
    if (collection === 'dp' && id === undefined) {
      return request.method === 'POST' ? takeSent(peer, request) : bareResponse('4.05')
    }
    if (collection !== 'rd' || rest.length > 0) return bareResponse('4.04')
    if (id === undefined)
      return request.method === 'POST' ? registrationDesk.register(peer, request) : bareResponse('4.05')
    if (request.method === 'POST') return registrationDesk.update(peer, request, id)
    if (request.method === 'DELETE') return registrationDesk.deregister(peer, request, id)
    return bareResponse('4.05')
  }

  const onRequest = async (peer: CoapPeer, request: CoapRequest): Promise<CoapResponse> => {
    try {
      return await respond(peer, request)
    } catch (error) {
      if (error instanceof DomainError) return bareResponse('4.03')
      throw error
    }
  }

  const sweep = (): void => {
    const now = nowMs()
    for (const registration of [...registrations.all()]) {
      const device = observed.get(registration)
      if (registration.expiresAtMs <= now) {
        registrations.remove(registration)
        gone(registration)
      } else if (device !== undefined && isAwake(device)) {
        if (device.isDue()) plan(device)
      }
    }
    commands.expire()
  }

  const opened: CoapEndpoint[] = []
  const closeEndpoints = () => Promise.all(opened.map((endpoint) => endpoint.close()))
  try {
    for (const open of options.endpoints) opened.push(await open({ onRequest, onDefect: desk.onDefect }))
  } catch (error) {
    await closeEndpoints()
    throw error
  }
  const stopSweeping = every(SWEEP_MS, sweep)

  return {
    protocol: 'lwm2m',
    ports: opened.map(({ port }) => port),
    registered: () => observed.size,
    send: commands.send,
    close: async () => {
      stopSweeping()
      commands.close()
      await closeEndpoints()
      await meetings.close()
    },
  }
}
