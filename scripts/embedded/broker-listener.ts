import { createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { DomainError } from '../../services/domain/errors.ts'

/** Key and certificates in PEM. */
export type BrokerTls = {
  readonly key: string
  readonly cert: string
  /** Who vouches for devices. */
  readonly ca: string
}

export type ListenerOptions = {
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  /** By which another port is chosen. */
  readonly variable: string
  readonly connectionLimit: number
  /** Without it, in the clear. */
  readonly tls?: BrokerTls
  /** Receives a connection; over TLS once that stands, without a certificate or with one that the CA vouches for. */
  readonly onConnection: (socket: Socket) => void
}

export type RunningListener = {
  readonly port: number
  readonly close: () => Promise<void>
}

const HANDSHAKE_MS = 10_000
const SOCKET = { noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000 }

/** Opens a port of the broker. Throws `port-taken`. */
export async function openListener(options: ListenerOptions): Promise<RunningListener> {
  const sockets = new Set<Socket>()
  const server =
    options.tls === undefined ? createServer(SOCKET, options.onConnection) : tlsServer(options, options.tls)
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  server.maxConnections = options.connectionLimit
  const port = await listen(server, options)
  return {
    port,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

function tlsServer({ onConnection }: ListenerOptions, tls: BrokerTls): Server {
  const server = createTlsServer({
    ...SOCKET,
    ...tls,
    minVersion: 'TLSv1.2',
    handshakeTimeout: HANDSHAKE_MS,
    requestCert: true,
    // A device without a certificate may have a password.
    rejectUnauthorized: false,
  })
  server.on('secureConnection', (socket) => {
    socket.on('error', () => undefined)
    if (!socket.authorized && Object.keys(socket.getPeerCertificate()).length > 0) socket.destroy()
    else onConnection(socket)
  })
  return server
}

function listen(server: Server, { host, port, variable }: ListenerOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EADDRINUSE') return reject(error)
      reject(
        new DomainError(
          'port-taken',
          `port ${port} on ${host}, wanted for the MQTT broker, is taken: choose another with ${variable}`,
          { port, variable },
        ),
      )
    })
    server.listen(port, host, () => {
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : port)
    })
  })
}
