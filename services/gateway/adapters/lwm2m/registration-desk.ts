import { randomBytes } from 'node:crypto'
import type { KnownDevice } from '../../../domain/devices/device.ts'
import { DomainError } from '../../../domain/errors.ts'
import type { DeviceDesk } from '../adapter.ts'
import type { CoapPeer, CoapRequest, CoapResponse } from '../coap/endpoint.ts'
import { bareResponse } from '../coap/meaning.ts'
import { createRateLimits, type Rate } from './rate-limits.ts'
import { requireAccess, type AccessOptions } from './registration-access.ts'
import { parseRegistration, parseUpdate, registeringEndpointOf } from './registration-request.ts'
import type { Registration, Registrations } from './registrations.ts'

export type RegistrationDesk = {
  readonly register: (peer: CoapPeer, request: CoapRequest) => CoapResponse
  readonly update: (peer: CoapPeer, request: CoapRequest, id: string) => CoapResponse
  readonly deregister: (peer: CoapPeer, request: CoapRequest, id: string) => CoapResponse
}

export type RegistrationDeskOptions = {
  readonly desk: DeviceDesk
  readonly registrations: Registrations
  readonly access: AccessOptions
  /** Of a clock that runs forwards. */
  readonly nowMs: () => number
  /** Of registrations, for each endpoint. */
  readonly rate: Rate
  readonly onRegistered: (registration: Registration) => void
  /** Another one of the same endpoint takes its place. */
  readonly onReplaced: (registration: Registration) => void
  /** `isMoved` where it is heard elsewhere than before, or has other objects. */
  readonly onUpdated: (registration: Registration, change: { readonly isMoved: boolean }) => void
  readonly onGone: (registration: Registration) => void
}

/** What a device that says no lifetime has: a day. */
const LIFETIME_MS = 86_400_000
const MOST_ENDPOINTS = 40_000

const CODES: Readonly<Record<string, string>> = {
  'lwm2m-bad-request': '4.00',
  'lwm2m-malformed': '4.00',
  'device-unknown': '4.03',
  'lwm2m-forbidden': '4.03',
  'lwm2m-version-unknown': '4.12',
  'lwm2m-format-unknown': '4.15',
  'lwm2m-too-often': '4.29',
  'lwm2m-full': '5.03',
}

/** Answers what devices say of being there (OMA-TS-LightweightM2M 1.1, 6.2). */
export function createRegistrationDesk(options: RegistrationDeskOptions): RegistrationDesk {
  const { desk, registrations, access, nowMs } = options
  const rates = createRateLimits({ rate: options.rate, most: MOST_ENDPOINTS })

  const deviceOf = (endpoint: string): KnownDevice => {
    const device = desk.find('lwm2m', endpoint)
    if (device === null) throw new DomainError('device-unknown', `nobody knows a device ${endpoint} that speaks LwM2M`)
    return device
  }

  /** A registration of which this peer may say something; null where there is none. */
  const ownOf = (peer: CoapPeer, id: string): { registration: Registration; device: KnownDevice } | null => {
    const registration = registrations.byId(id)
    if (registration === null) return null
    const device = desk.find('lwm2m', registration.endpoint)
    if (device !== null) {
      requireAccess(peer, device, access)
      return { registration, device }
    }
    registrations.remove(registration)
    options.onGone(registration)
    return null
  }

  const answer = (request: CoapRequest, work: () => CoapResponse): CoapResponse => {
    try {
      return work()
    } catch (error) {
      if (!(error instanceof DomainError)) throw error
      const { code, message } = error
      if (code !== 'lwm2m-too-often') {
        const topic = `lwm2m/${request.path.join('/')}`.slice(0, 200)
        desk.onRefused({ topic, code, reason: message, payload: saidIn(request) })
      }
      // Without words: a stranger's address may be forged, and the answer is to be no larger than the question.
      return bareResponse(CODES[code] ?? '4.00')
    }
  }

  const register = (peer: CoapPeer, request: CoapRequest): CoapResponse => {
    const endpoint = registeringEndpointOf(request)
    const device = deviceOf(endpoint)
    requireAccess(peer, device, access)
    if (!rates.take(endpoint, nowMs())) throw new DomainError('lwm2m-too-often', `${endpoint} registers too often`)
    const { version, lifetimeMs, isQueued, offered } = parseRegistration(request)
    const registration: Registration = {
      id: randomBytes(8).toString('hex'),
      endpoint,
      version,
      peer,
      offered: offered!,
      lifetimeMs: lifetimeMs ?? LIFETIME_MS,
      expiresAtMs: nowMs() + (lifetimeMs ?? LIFETIME_MS),
      isQueued: isQueued ?? false,
      heardAtMs: nowMs(),
    }
    const former = registrations.put(registration)
    if (former !== null) options.onReplaced(former)
    desk.onSeen(device.address)
    options.onRegistered(registration)
    return { ...bareResponse('2.01'), locationPath: ['rd', registration.id] }
  }

  const update = (peer: CoapPeer, request: CoapRequest, id: string): CoapResponse => {
    const own = ownOf(peer, id)
    if (own === null) return bareResponse('4.04')
    const { registration, device } = own
    const { lifetimeMs, isQueued, offered } = parseUpdate(request)
    const isMoved = !isSamePeer(registration.peer, peer) || offered !== null
    registrations.move(registration, peer)
    registration.lifetimeMs = lifetimeMs ?? registration.lifetimeMs
    registration.expiresAtMs = nowMs() + registration.lifetimeMs
    registration.isQueued = isQueued ?? registration.isQueued
    registration.offered = offered ?? registration.offered
    registration.heardAtMs = nowMs()
    desk.onSeen(device.address)
    options.onUpdated(registration, { isMoved })
    return bareResponse('2.04')
  }

  const deregister = (peer: CoapPeer, id: string): CoapResponse => {
    const own = ownOf(peer, id)
    if (own === null) return bareResponse('4.04')
    registrations.remove(own.registration)
    options.onGone(own.registration)
    return bareResponse('2.02')
  }

  return {
    register: (peer, request) => answer(request, () => register(peer, request)),
    update: (peer, request, id) => answer(request, () => update(peer, request, id)),
    deregister: (peer, request, id) => answer(request, () => deregister(peer, id)),
  }
}

/** Over UDP an address is all there is of a peer; a session that was begun anew knows nothing of the one before. */
function isSamePeer(one: CoapPeer, other: CoapPeer): boolean {
  const isUdp = one.transport === 'udp' && other.transport === 'udp'
  return one === other || (isUdp && one.address === other.address)
}

/** Query and links as a device sent them, to be looked at by a person. */
function saidIn({ query, payload }: CoapRequest): Buffer {
  return Buffer.concat([Buffer.from(`?${query.join('&')}\n`.slice(0, 1_024), 'utf8'), payload])
}
