import { DomainError } from '../../../domain/errors.ts'
import type { CoapPeer } from '../coap/endpoint.ts'
import type { OfferedObjects } from './content/offered-objects.ts'
import type { Lwm2mVersion } from './registration-request.ts'

/** A device as it registered, until it says otherwise or its lifetime ends. Times are of a clock that runs forwards. */
export type Registration = {
  readonly id: string
  readonly endpoint: string
  readonly version: Lwm2mVersion
  peer: CoapPeer
  offered: OfferedObjects
  lifetimeMs: number
  expiresAtMs: number
  /** Whether it sleeps between its messages. */
  isQueued: boolean
  /** When it was heard last; a sleepy device listens for a while after that. */
  heardAtMs: number
}

/** Who is registered: each endpoint once. Kept in memory alone, since a device that is not known registers anew. */
export type Registrations = {
  /** The one of the same endpoint before, which it replaces. Throws `lwm2m-full`. */
  readonly put: (registration: Registration) => Registration | null
  /** Where a device was heard last, so that it can be found by that. */
  readonly move: (registration: Registration, peer: CoapPeer) => void
  readonly remove: (registration: Registration) => void
  readonly byId: (id: string) => Registration | null
  readonly byEndpoint: (endpoint: string) => Registration | null
  readonly byPeer: (peer: CoapPeer) => Registration | null
  readonly all: () => Iterable<Registration>
}

export function createRegistrations({ most }: { readonly most: number }): Registrations {
  const byId = new Map<string, Registration>()
  const byEndpoint = new Map<string, Registration>()
  const byPeer = new Map<string, Registration>()

  const leave = (registration: Registration): void => {
    const name = nameOf(registration.peer)
    if (byPeer.get(name) === registration) byPeer.delete(name)
  }
  const remove = (registration: Registration): void => {
    if (byId.get(registration.id) !== registration) return
    byId.delete(registration.id)
    byEndpoint.delete(registration.endpoint)
    leave(registration)
  }

  return {
    put: (registration) => {
      const former = byEndpoint.get(registration.endpoint) ?? null
      if (former === null && byId.size >= most) {
        throw new DomainError('lwm2m-full', `${most} devices are registered, which is all that can be`)
      }
      if (former !== null) remove(former)
      byId.set(registration.id, registration)
      byEndpoint.set(registration.endpoint, registration)
      byPeer.set(nameOf(registration.peer), registration)
      return former
    },
    move: (registration, peer) => {
      leave(registration)
      registration.peer = peer
      byPeer.set(nameOf(peer), registration)
    },
    remove,
    byId: (id) => byId.get(id) ?? null,
    byEndpoint: (endpoint) => byEndpoint.get(endpoint) ?? null,
    byPeer: (peer) => byPeer.get(nameOf(peer)) ?? null,
    all: () => byId.values(),
  }
}

function nameOf({ transport, address }: CoapPeer): string {
  return `${transport} ${address}`
}
