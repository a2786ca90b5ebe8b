import type { CoapPeer, CoapRequest, CoapResponse } from '../coap/endpoint.ts'
import { bareResponse } from '../coap/meaning.ts'
import { createRateLimits, type Rate } from './rate-limits.ts'
import type { RegistrationDesk } from './registration-desk.ts'

export type RoutingOptions = {
  readonly registrationDesk: RegistrationDesk
  /** What a device sends by itself. */
  readonly takeSent: (peer: CoapPeer, request: CoapRequest) => Promise<CoapResponse>
  /** Of requests, for each peer. */
  readonly rate: Rate
  readonly nowMs: () => number
}

const MOST_PEERS = 40_000

/** Answers each request of a device: at `/rd` of its registration, at `/dp` of what it measured. */
export function createRouting({ registrationDesk, takeSent, rate, nowMs }: RoutingOptions) {
  const rates = createRateLimits({ rate, most: MOST_PEERS })
  const { register, update, deregister } = registrationDesk

  const routeRegistration = (peer: CoapPeer, request: CoapRequest, id: string | undefined): CoapResponse => {
    const { method } = request
    if (id === undefined) return method === 'POST' ? register(peer, request) : bareResponse('4.05')
    if (method === 'POST') return update(peer, request, id)
    return method === 'DELETE' ? deregister(peer, request, id) : bareResponse('4.05')
  }

  return async (peer: CoapPeer, request: CoapRequest): Promise<CoapResponse> => {
    if (!rates.take(peer.address, nowMs())) return bareResponse('4.29')
    const [collection, id, ...rest] = request.path
    if (collection === 'rd' && rest.length === 0) return routeRegistration(peer, request, id)
    if (collection !== 'dp' || id !== undefined) return bareResponse('4.04')
    return request.method === 'POST' ? takeSent(peer, request) : bareResponse('4.05')
  }
}
