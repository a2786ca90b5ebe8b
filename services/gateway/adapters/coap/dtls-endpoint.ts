import { randomBytes } from 'node:crypto'
import { createSocket, type RemoteInfo } from 'node:dgram'
import { once } from 'node:events'
import { createDatagramChannel, type Transmission } from './datagram-channel.ts'
import { createDtlsServer, type DtlsLimits } from './dtls/dtls-server.ts'
import { createEndpointShare } from './endpoint-share.ts'
import type { CoapEndpoint, CoapEndpointOptions, PskLookup } from './endpoint.ts'

export type DtlsEndpointOptions = CoapEndpointOptions & {
  /** The key of an identity; a key is 16 bytes or more, as random as can be. */
  readonly pskOf: PskLookup
  readonly transmission?: Transmission
  readonly limits?: Partial<DtlsLimits>
}

/** More than a block with its options and what protects it; what is larger is ignored. */
const MAX_DATAGRAM_BYTES = 4_352
const TICK_MS = 500

/** Serves and asks devices over one socket, each under the identity of its key (RFC 7252 section 9.1). */
export async function openDtlsEndpoint(options: DtlsEndpointOptions): Promise<CoapEndpoint> {
  const { host, port, pskOf, onDefect, limits = {} } = options
  const socket = createSocket({
    type: host.includes(':') ? 'udp6' : 'udp4',
    recvBufferSize: 4_194_304,
    sendBufferSize: 4_194_304,
  })
  const share = createEndpointShare()
  let isOpen = true
  let unsent = 0
  const allSent = Promise.withResolvers<void>()

  // What the network refuses to carry is as good as lost, and sent again.
  const sent = (): void => {
    unsent -= 1
    if (!isOpen && unsent === 0) allSent.resolve()
  }
  const send = (address: string, datagram: Buffer): void => {
    if (!isOpen) return
    const colon = address.lastIndexOf(':')
    unsent += 1
    socket.send(datagram, Number(address.slice(colon + 1)), address.slice(0, colon), sent)
  }

  const server = createDtlsServer({
    pskOf,
    onDefect,
    limits,
    send,
    random: randomBytes,
    nowMs: () => performance.now(),
    onSession: (session) => {
      const { address, identity } = session
      const channel = createDatagramChannel({
        ...options,
        ...{ transport: 'dtls', address, identity, share },
        send: session.send,
      })
      return { receive: channel.receive, closed: channel.close }
    },
  })

  socket.on('message', (bytes: Buffer, { address, port: peerPort }: RemoteInfo) => {
    if (bytes.length <= MAX_DATAGRAM_BYTES && peerPort > 0) server.receive(`${address}:${peerPort}`, bytes)
  })
  const listening = once(socket, 'listening')
  socket.bind(port, host)
  await listening
  socket.on('error', onDefect)
  const ticking = setInterval(server.tick, TICK_MS)

  return {
    port: socket.address().port,
    close: async () => {
      clearInterval(ticking)
      server.close()
      isOpen = false
      // A farewell that waits in the socket would go down with it.
      if (unsent > 0) await allSent.promise
      const closed = once(socket, 'close')
      socket.close()
      await closed
    },
  }
}
