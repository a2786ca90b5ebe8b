import type { CoapPeer } from './endpoint.ts'
import { createExchanges } from './exchanges.ts'
import { parseResponse } from './meaning.ts'
import type { CoapMessage } from './message.ts'
import { createObservations } from './observations.ts'
import { SURROUNDINGS, type Surroundings } from './surroundings.ts'
import { createTransfers } from './transfers.ts'

export { unreachable } from './unreachable.ts'

/** How a conversation's messages reach its peer. */
export type Channel = {
  readonly transport: CoapPeer['transport']
  readonly address: string
  readonly identity: string | null
  /** Resolves once the peer has the message, as far as can be known; rejects with `device-unreachable`. */
  readonly transmit: (message: CoapMessage) => Promise<void>
}

export type Conversation = {
  readonly peer: CoapPeer
  /** Takes a response: false where nobody waits for it. Rejects where it could not be taken and should come again. */
  readonly take: (message: CoapMessage) => Promise<boolean>
  /** Takes a response only where it is the answer to a request. */
  readonly settle: (message: CoapMessage) => boolean
  /** Whether a token is of a request or an observation of ours. */
  readonly isOurs: (token: Buffer) => boolean
  /** Fails what is still waited for. */
  readonly close: () => void
  readonly isIdle: () => boolean
}

/** What one endpoint asks of a peer: requests one after the other, and observations. */
export function createConversation(channel: Channel, surroundings: Surroundings = SURROUNDINGS): Conversation {
  const { transport, address, identity } = channel
  const exchanges = createExchanges(channel, surroundings)
  const { exchange, settle } = exchanges
  const transfers = createTransfers({ transport, exchange, surroundings })
  const observations = createObservations({ transport, exchange, transfers, surroundings })
  const request: CoapPeer['request'] = async (asked) => {
    const first = await transfers.send(asked, transfers.newToken())
    return parseResponse(await transfers.complete(asked, first))
  }
  return {
    peer: { transport, address, identity, request, observe: observations.observe },
    take: async (message) => settle(message) || observations.take(message),
    settle,
    isOurs: (token) => exchanges.isAwaited(token) || observations.isOf(token),
    close: () => {
      observations.close()
      exchanges.close()
    },
    isIdle: () => exchanges.isIdle() && observations.isIdle(),
  }
}
