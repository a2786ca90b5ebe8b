import { timingSafeEqual } from 'node:crypto'
import { createServer, type Server, type Socket } from 'node:net'
import { Aedes, type AuthenticateError, type Client } from 'aedes'
import { DomainError } from '../../services/domain/errors.ts'
import { limitPackets } from './packet-limit.ts'

export type RunningBroker = {
  /** With the services' credentials in it. */
  readonly url: string
  /** What devices connect to. */
  readonly deviceUrl: string
  readonly stop: () => Promise<void>
}

export type BrokerOptions = {
  /** 0 takes a free one. */
  readonly port: number
  readonly servicePassword: string
  /** Connections of devices and services together. */
  readonly connectionLimit?: number
}

const SERVICE_USER = 'service'
const DEVICE_ID = /^0x[0-9a-f]{40}$/
const DEVICE_PUBLISHES = ['readings', 'claim-answers', 'command-answers']
/** As IoT agents have it: UltraLight 2.0 and JSON. */
const DEVICE_MEASURES = /^\/?(?:ul|json)\/commonwatt\/([^/]+)\/(?:attrs|cmdexe)$/
const DEVICE_COMMANDS = /^\/?commonwatt\/([^/]+)\/cmd$/
const DEVICE_SUBSCRIBES = ['receipts', 'claims', 'commands']
const DEVICE_PACKET_BYTES = 4_096
const SERVICE_PACKET_BYTES = 16 * 1024 * 1024
/** Kept free for services, so that devices can never lock them out. */
const SERVICE_CONNECTIONS = 100
const NOT_AUTHORIZED = 5

/**
 * Starts an MQTT 3.1.1 broker on 127.0.0.1. Services log in as `service`; a device connects without a password under
 * its meter address, may publish its own readings, in every format, and answers to claims and commands, and subscribe to its
 * own receipts, claims and commands, and nothing else.
 * Throws `port-taken`.
 */
export async function startBroker(options: BrokerOptions): Promise<RunningBroker> {
  const { servicePassword, connectionLimit = 5_000 } = options
  const services = new WeakSet<Client>()
  const packetLimits = new WeakMap<object, (bytes: number) => void>()
  let deviceCount = 0

  const broker = await Aedes.createBroker({
    connectTimeout: 10_000,
    drainTimeout: 5_000,
    concurrency: 1_000,
    maxTopicLevels: 10,
    preConnect: (client, packet, done) => {
      if (packet.username !== SERVICE_USER) packet.clean = true
      done(null, !client.closed)
    },
    authenticate: (client, username, password, done) => {
      if (username === SERVICE_USER && isEqual(password, servicePassword)) {
        services.add(client)
        packetLimits.get(client.conn)?.(SERVICE_PACKET_BYTES)
        return done(null, true)
      }
      if (username !== undefined || !DEVICE_ID.test(client.id)) return done(refusal('not authorized'), false)
      if (client.conn.destroyed) return done(refusal('connection closed'), false)
      if (deviceCount >= connectionLimit - SERVICE_CONNECTIONS) return done(refusal('too many connections'), false)
      deviceCount += 1
      client.conn.once('close', () => {
        deviceCount -= 1
      })
      done(null, true)
    },
    authorizePublish: (client, packet, done) => {
      if (client !== null && services.has(client)) {
        return done(packet.topic.startsWith('$') ? new Error('topics with $ are reserved') : null)
      }
      if (
        client === null ||
        !(isOwnTopic(packet.topic, client.id, DEVICE_PUBLISHES) || isOwnMeasures(packet.topic, client.id))
      ) {
        return done(new Error('a device publishes its own readings and answers only'))
      }
      packet.retain = false
      done(null)
    },
    authorizeSubscribe: (client, subscription, done) => {
      const { topic } = subscription
      const isOwn = isOwnTopic(topic, client.id, DEVICE_SUBSCRIBES) || DEVICE_COMMANDS.exec(topic)?.[1] === client.id
      const isAllowed = services.has(client) || isOwn
      done(null, isAllowed ? subscription : null)
    },
  })
  const sockets = new Set<Socket>()
  const server = createServer({ noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000 }, (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    packetLimits.set(socket, limitPackets(socket, DEVICE_PACKET_BYTES))
    broker.handle(socket)
  })
  server.maxConnections = connectionLimit
  const port = await listen(server, options.port)
  return {
    url: `mqtt://${SERVICE_USER}:${encodeURIComponent(servicePassword)}@127.0.0.1:${port}`,
    deviceUrl: `mqtt://127.0.0.1:${port}`,
    stop: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      await new Promise<void>((resolve) => broker.close(() => resolve()))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EADDRINUSE') return reject(error)
      reject(
        new DomainError(
          'port-taken',
          `port ${port} on 127.0.0.1, wanted for the MQTT broker, is taken: choose another with COMMONWATT_BROKER_PORT`,
          { port, variable: 'COMMONWATT_BROKER_PORT' },
        ),
      )
    })
    server.listen(port, '127.0.0.1', () => {
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : port)
    })
  })
}

function isOwnTopic(topic: string, deviceId: string, names: readonly string[]): boolean {
  return names.some((name) => topic === `commonwatt/v1/meters/${deviceId}/${name}`)
}

function isOwnMeasures(topic: string, deviceId: string): boolean {
  return DEVICE_MEASURES.exec(topic)?.[1] === deviceId
}

function isEqual(given: Buffer | undefined, expected: string): boolean {
  const wanted = Buffer.from(expected)
  return given !== undefined && given.length === wanted.length && timingSafeEqual(given, wanted)
}

function refusal(message: string): AuthenticateError {
  return Object.assign(new Error(message), { returnCode: NOT_AUTHORIZED })
}
