import { timingSafeEqual } from 'node:crypto'
import type { Socket } from 'node:net'
import { Aedes, type AuthenticateError, type Client } from 'aedes'
import { openListener, type BrokerTls, type ListenerOptions, type RunningListener } from './broker-listener.ts'
import { claimedIdentity, isIdentified, type CheckPassword } from './device-identity.ts'
import { limitPackets } from './packet-limit.ts'

export type RunningBroker = {
  /** With the services' credentials in it. */
  readonly url: string
  /** What devices connect to. */
  readonly deviceUrl: string
  /** The same over TLS, where there is. */
  readonly secureUrl?: string
  readonly stop: () => Promise<void>
}

export type BrokerOptions = {
  /** 0 takes a free one. */
  readonly port: number
  readonly servicePassword: string
  /** Connections of devices and services together. */
  readonly connectionLimit?: number
  /** For devices that show a certificate or give a password; on 127.0.0.1 unless told. */
  readonly secure?: BrokerTls & { readonly port: number; readonly host?: string }
  /** Whether a password is a device's; without it, none is. */
  readonly checkPassword?: CheckPassword
}

const SERVICE_USER = 'service'
const DEVICE_PUBLISHES = ['readings', 'measurements', 'claim-answers', 'command-answers']
/** As IoT agents have it: UltraLight 2.0 and JSON. */
const DEVICE_MEASURES = /^\/?(?:ul|json)\/commonwatt\/([^/]+)\/(?:attrs(?:\/[^/]+)?|cmdexe)$/
const DEVICE_COMMANDS = /^\/?commonwatt\/([^/]+)\/cmd$/
const DEVICE_SUBSCRIBES = ['receipts', 'claims', 'commands']
const DEVICE_PACKET_BYTES = 4_096
const SERVICE_PACKET_BYTES = 16 * 1024 * 1024
/** Kept free for services, so that devices can never lock them out. */
const SERVICE_CONNECTIONS = 100
const NOT_AUTHORIZED = 5
/** The client id of whoever is about to be refused. */
const NOBODY = 'nobody'

/**
 * Starts an MQTT 3.1.1 broker on 127.0.0.1, and beside it one over TLS where it is told a certificate. Services log in as
 * `service`; a device is its meter address: the common name of its certificate, or the user of its password, or, on the
 * plain port alone, its client id. It may publish its own readings, in every format, and answers to claims and commands, and
 * subscribe to its own receipts, claims and commands, and nothing else.
 * Throws `port-taken`.
 */
export async function startBroker(options: BrokerOptions): Promise<RunningBroker> {
  const { servicePassword, connectionLimit = 5_000, checkPassword = () => Promise.resolve(false) } = options
  const services = new WeakSet<Client>()
  const packetLimits = new WeakMap<object, (bytes: number) => void>()
  let deviceCount = 0

  const broker = await Aedes.createBroker({
    connectTimeout: 10_000,
    drainTimeout: 5_000,
    concurrency: 1_000,
    maxTopicLevels: 10,
    preConnect: (client, packet, done) => {
      if (packet.username !== SERVICE_USER) {
        packet.clean = true
        const { clientId, username } = packet
        packet.clientId = claimedIdentity(socketOf(client), { clientId, username }) ?? NOBODY
      }
      done(null, !client.closed)
    },
    authenticate: (client, username, password, done) => {
      if (username === SERVICE_USER && isEqual(password, servicePassword)) {
        services.add(client)
        packetLimits.get(client.conn)?.(SERVICE_PACKET_BYTES)
        return done(null, true)
      }
      if (username === SERVICE_USER || client.id === NOBODY) return done(refusal('not authorized'), false)
      if (client.conn.destroyed) return done(refusal('connection closed'), false)
      if (deviceCount >= connectionLimit - SERVICE_CONNECTIONS) return done(refusal('too many connections'), false)
      deviceCount += 1
      client.conn.once('close', () => {
        deviceCount -= 1
      })
      isIdentified(socketOf(client), { username, password }, checkPassword).then(
        (isKnown) => (isKnown ? done(null, true) : done(refusal('not authorized'), false)),
        (error: unknown) => done(refusal(`passwords cannot be read: ${String(error)}`), false),
      )
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
  const onConnection = (socket: Socket): void => {
    packetLimits.set(socket, limitPackets(socket, DEVICE_PACKET_BYTES))
    broker.handle(socket)
  }
  const { port } = options
  const plain = await openListener({
    host: '127.0.0.1',
    port,
    variable: 'COMMONWATT_BROKER_PORT',
    connectionLimit,
    onConnection,
  })
  const secure = await openSecure(options.secure, { connectionLimit, onConnection }).catch(async (error: unknown) => {
    await plain.close()
    throw error
  })
  return {
    url: `mqtt://${SERVICE_USER}:${encodeURIComponent(servicePassword)}@127.0.0.1:${plain.port}`,
    deviceUrl: `mqtt://127.0.0.1:${plain.port}`,
    ...(secure === null ? {} : { secureUrl: `mqtts://localhost:${secure.port}` }),
    stop: async () => {
      await new Promise<void>((resolve) => broker.close(() => resolve()))
      await plain.close()
      await secure?.close()
    },
  }
}

async function openSecure(
  secure: BrokerOptions['secure'],
  shared: Pick<ListenerOptions, 'connectionLimit' | 'onConnection'>,
): Promise<RunningListener | null> {
  if (secure === undefined) return null
  const { host = '127.0.0.1', port, ...tls } = secure
  return openListener({ ...shared, host, port, variable: 'COMMONWATT_BROKER_TLS_PORT', tls })
}

/** Every connection is a socket of a listener. */
function socketOf(client: Client): Socket {
  return client.conn as Socket
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
