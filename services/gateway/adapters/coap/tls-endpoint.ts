import { constants, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo, Socket } from 'node:net'
import { createServer, type TLSSocket } from 'node:tls'
import { clientKeyOf } from './client-key.ts'
import type { CoapEndpoint, CoapEndpointOptions, PskLookup } from './endpoint.ts'
import { createHostLimit } from './host-limit.ts'
import { createSessionTable, type Held, type SessionLimits } from './session-table.ts'
import { createStreamChannel, type StreamChannel } from './stream-channel.ts'

export type TlsLimits = SessionLimits & {
  /** Connections that have not proven a key yet. */
  readonly maxHandshakes: number
  /** How long a handshake may take, and the first message after it. */
  readonly handshakeMs: number
  /** A connection that nothing came over for so long is closed. */
  readonly idleMs: number
}

export type TlsEndpointOptions = CoapEndpointOptions & {
  /** The key of an identity; a key is 16 bytes or more, as random as can be. */
  readonly pskOf: PskLookup
  readonly limits?: Partial<TlsLimits>
}

type Connection = Held & { readonly channel: StreamChannel }

export const TLS_LIMITS: TlsLimits = {
  maxSessions: 10_000,
  maxPerIdentity: 4,
  maxHandshakes: 1_000,
  handshakeMs: 10_000,
  idleMs: 26 * 3_600_000,
}

/** With forward secrecy where the device can; OpenSSL has the short tag of CCM8 at level 0 alone. */
const CIPHERS = [
  'ECDHE-PSK-CHACHA20-POLY1305',
  'ECDHE-PSK-AES128-CBC-SHA256',
  'PSK-AES128-GCM-SHA256',
  'PSK-AES128-CCM8',
  '@SECLEVEL=0',
].join(':')
/** A peer that reads nothing is cut off at so many bytes. */
const MAX_UNSENT_BYTES = 131_072
const KEEP_ALIVE_MS = 120_000
const TICK_MS = 1_000
/** How long a peer that is told to go may take. */
const FAREWELL_MS = 1_000

/** Serves and asks devices over TLS with pre-shared keys, each under the identity of its key (RFC 8323). */
export async function openTlsEndpoint(options: TlsEndpointOptions): Promise<CoapEndpoint> {
  const { host, port, onDefect } = options
  const limits = { ...TLS_LIMITS, ...options.limits }
  const connections = createSessionTable<Connection>(limits)
  const handshakes = new Map<string, Socket>()
  const identities = new WeakMap<TLSSocket, string>()
  const isWelcome = createHostLimit()

  const server = createServer({
    ciphers: CIPHERS,
    minVersion: 'TLSv1.2',
    maxVersion: 'TLSv1.2',
    // A session that is resumed asks for no key: it would outlive the key's withdrawal, and come without an identity.
    secureOptions: constants.SSL_OP_NO_TICKET,
    handshakeTimeout: limits.handshakeMs,
    noDelay: true,
    pskCallback: (socket, identity) => {
      const key = clientKeyOf(Buffer.from(identity), { ...options, random: randomBytes })
      if (key.isKnown) identities.set(socket, identity)
      return key.psk
    },
  })

  const serve = (socket: TLSSocket, address: string, identity: string): void => {
    let heardAtMs = performance.now()
    let farewell: NodeJS.Timeout | undefined
    const channel = createStreamChannel({
      ...options,
      transport: 'tls',
      address,
      identity,
      write: (bytes) => {
        if (socket.writableLength > MAX_UNSENT_BYTES) socket.destroy()
        else if (socket.writable) socket.write(bytes)
      },
      end: () => {
        socket.end()
        farewell = setTimeout(() => socket.destroy(), FAREWELL_MS)
      },
      pause: () => socket.pause(),
      resume: () => socket.resume(),
    })
    const connection: Connection = { address, identity, channel, heardAtMs: () => heardAtMs }
    socket.on('data', (bytes: Buffer) => {
      heardAtMs = performance.now()
      connections.touch(connection)
      channel.receive(bytes)
    })
    const introduction = setTimeout(() => !channel.isIntroduced() && socket.destroy(), limits.handshakeMs)
    socket.on('close', () => {
      clearTimeout(introduction)
      clearTimeout(farewell)
      connections.remove(connection)
      channel.close()
    })
    for (const gone of connections.put(connection)) gone.channel.release()
  }

  server.on('connection', (socket: Socket) => {
    const address = addressOf(socket)
    if (!isWelcome(socket.remoteAddress ?? '', performance.now())) return socket.destroy()
    handshakes.set(address, socket)
    socket.on('close', () => handshakes.get(address) === socket && handshakes.delete(address))
    if (handshakes.size > limits.maxHandshakes) handshakes.values().next().value!.destroy()
  })
  server.on('secureConnection', (socket) => {
    const address = addressOf(socket)
    handshakes.delete(address)
    socket.on('error', () => undefined)
    socket.disableRenegotiation()
    socket.setKeepAlive(true, KEEP_ALIVE_MS)
    const identity = identities.get(socket)
    if (identity === undefined) socket.destroy()
    else serve(socket, address, identity)
  })
  // A handshake that fails is the peer's affair.
  server.on('tlsClientError', (_, socket) => socket.destroy())
  server.listen(port, host)
  await once(server, 'listening')
  server.on('error', onDefect)
  const ticking = setInterval(() => {
    for (const idle of connections.takeIdle(performance.now() - limits.idleMs)) idle.channel.release()
  }, TICK_MS)

  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      clearInterval(ticking)
      const closed = once(server, 'close')
      server.close()
      for (const socket of handshakes.values()) socket.destroy()
      for (const connection of connections.all()) connection.channel.release()
      await closed
    },
  }
}

function addressOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress}:${remotePort}`
}
