import { createHash } from 'node:crypto'
import { CIPHER_SUITE, EXTENSION } from './client-hello.ts'
import { createDtlsServer, type DtlsLimits, type DtlsServer } from './dtls-server.ts'
import { formatMessage, MESSAGE, parseFragments, type HandshakeMessage } from './handshake-message.ts'
import {
  extendedMasterSecretOf,
  masterSecretOf,
  premasterSecretOf,
  sessionKeysOf,
  verifyDataOf,
} from './key-schedule.ts'
import { parseRecords } from './record.ts'
import { createOpener, createPlainWriter, createSealer, type Opener, type Sealer } from './record-protection.ts'
import { CONTENT, readerOf, uintBytes, vectorBytes } from './wire.ts'

export type DeviceOptions = {
  readonly identity?: string
  readonly psk?: Buffer
  readonly seed?: number
  readonly cipherSuites?: readonly number[]
  readonly version?: number
  readonly compressionMethods?: Buffer
  /** What its Finished says instead of the truth. */
  readonly verifyData?: Buffer
  readonly extensions?: readonly (readonly [number, Buffer])[]
  /** Longest piece of the key exchange. */
  readonly fragmentBytes?: number
}

/** A client for tests: makes its datagrams one by one, so that a test can lose, repeat and reorder them. */
export type Device = {
  readonly hello: () => Buffer
  /** Key exchange, change of cipher, Finished: a record each, more where the first is in pieces. */
  readonly proof: () => Buffer[]
  readonly seal: (data: string, type?: number) => Buffer
  readonly take: (datagram: Buffer) => void
  readonly received: string[]
  readonly alerts: string[]
  readonly isEstablished: () => boolean
}

export const PSK = Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex')
export const WITH_EXTENDED_MASTER_SECRET = [[EXTENSION.extendedMasterSecret, Buffer.alloc(0)]] as const

/** Bytes that are always the same. */
export function seededRandom(seed: number): (size: number) => Buffer {
  let count = 0
  return (size) => {
    const pieces: Buffer[] = []
    for (let length = 0; length < size; length += 32) {
      pieces.push(createHash('sha256').update(`${seed} ${count++}`).digest())
    }
    return Buffer.concat(pieces, size)
  }
}

export function createDevice(options: DeviceOptions = {}): Device {
  const { identity = 'meter-1', psk = PSK, version = 0xfefd, fragmentBytes = 10_000 } = options
  const { compressionMethods = Buffer.from([0]) } = options
  const extensions = options.extensions ?? WITH_EXTENDED_MASTER_SECRET
  const cipherSuites = options.cipherSuites ?? [CIPHER_SUITE, 0x00ff]
  const random = seededRandom(options.seed ?? 1)(32)
  const write = createPlainWriter(0)
  let cookie = Buffer.alloc(0)
  let transcript: Buffer[] = []
  let serverRandom = Buffer.alloc(0)
  let isExtended = false
  let open: Opener | null = null
  let seal: Sealer | null = null
  let expected = Buffer.alloc(0)
  let isEstablished = false
  let proof: { readonly exchange: HandshakeMessage; readonly finished: Buffer } | null = null
  const received: string[] = []
  const alerts: string[] = []

  const helloMessage = (): HandshakeMessage => {
    const suites = Buffer.concat(cipherSuites.map((suite) => uintBytes(suite, 2)))
    const extensionBytes = extensions.map(([number, content]) =>
      Buffer.concat([uintBytes(number, 2), vectorBytes(content, 2)]),
    )
    const body = Buffer.concat([
      uintBytes(version, 2),
      random,
      vectorBytes(Buffer.alloc(0), 1),
      vectorBytes(cookie, 1),
      vectorBytes(suites, 2),
      vectorBytes(compressionMethods, 1),
      ...(extensionBytes.length > 0 ? [vectorBytes(Buffer.concat(extensionBytes), 2)] : []),
    ])
    return { type: MESSAGE.clientHello, sequence: cookie.length > 0 ? 1 : 0, body }
  }

  const prove = (): void => {
    const exchange = { type: MESSAGE.clientKeyExchange, sequence: 2, body: vectorBytes(Buffer.from(identity), 2) }
    transcript.push(formatMessage(exchange))
    const randoms = { client: random, server: serverRandom }
    const premaster = premasterSecretOf(psk)
    const master = isExtended ? extendedMasterSecretOf(premaster, transcript) : masterSecretOf(premaster, randoms)
    const keys = sessionKeysOf(master, randoms)
    const body = options.verifyData ?? verifyDataOf(master, 'client', transcript)
    const finished = formatMessage({ type: MESSAGE.finished, sequence: 3, body })
    expected = Buffer.from(verifyDataOf(master, 'server', [...transcript, finished]))
    open = createOpener(keys.server)
    seal = createSealer(keys.client, 1)
    proof = { exchange, finished }
  }

  const takeMessage = (type: number, sequence: number, body: Buffer): void => {
    const bytes = formatMessage({ type, sequence, body })
    const reader = readerOf(body)
    if (type === MESSAGE.helloVerifyRequest) {
      reader.uint(2)
      cookie = Buffer.from(reader.vector(1))
    } else if (type === MESSAGE.serverHello && proof === null) {
      reader.uint(2)
      serverRandom = Buffer.from(reader.bytes(32))
      isExtended = body.subarray(38).includes(Buffer.from([0, EXTENSION.extendedMasterSecret, 0, 0]))
      transcript = [formatMessage(helloMessage()), bytes]
    } else if (type === MESSAGE.serverHelloDone && proof === null) {
      transcript.push(bytes)
      prove()
    } else if (type === MESSAGE.finished) {
      if (!body.equals(expected)) throw new Error('the server does not have the key')
      isEstablished = true
    }
  }

  const pieces = ({ type, sequence, body }: HandshakeMessage): Buffer[] => {
    const whole = formatMessage({ type, sequence, body })
    const made: Buffer[] = []
    for (let offset = 0; offset < body.length; offset += fragmentBytes) {
      const piece = body.subarray(offset, offset + fragmentBytes)
      made.push(Buffer.concat([whole.subarray(0, 6), uintBytes(offset, 3), vectorBytes(piece, 3)]))
    }
    return made
  }

  return {
    hello: () => write(CONTENT.handshake, formatMessage(helloMessage())),
    proof: () => [
      ...pieces(proof!.exchange).map((piece) => write(CONTENT.handshake, piece)),
      write(CONTENT.changeCipherSpec, Buffer.from([1])),
      seal!(CONTENT.handshake, proof!.finished),
    ],
    seal: (data, type = CONTENT.applicationData) => seal!(type, Buffer.from(data, 'latin1')),
    take: (datagram) => {
      for (const record of parseRecords(datagram)) {
        const content = record.epoch === 0 ? record.fragment : open!(record)
        if (content === null) throw new Error('a record of the server is not authentic')
        if (record.type === CONTENT.alert) alerts.push(`${record.epoch}:${content.join(',')}`)
        if (record.type === CONTENT.applicationData) received.push(content.toString('latin1'))
        if (record.type !== CONTENT.handshake) continue
        for (const { type, sequence, bytes } of parseFragments(content)) takeMessage(type, sequence, bytes)
      }
    },
    received,
    alerts,
    isEstablished: () => isEstablished,
  }
}

export type World = {
  readonly server: DtlsServer
  /** What the server sent to an address since it was last asked. */
  readonly sentTo: (address: string) => Buffer[]
  readonly pass: (ms: number) => void
  /** What happened to sessions, such as `meter-1@a:1 got hello`. */
  readonly log: string[]
  readonly defects: unknown[]
  /** Leads a device to the end of its handshake. */
  readonly connect: (device: Device, address: string) => void
  /** Leads a device to where it can prove its key. */
  readonly meet: (device: Device, address: string) => void
}

export function createWorld(limits: Partial<DtlsLimits> = {}, pskOf = pskOfAnyMeter): World {
  let now = 1_000_000
  const outbox: { readonly address: string; readonly datagram: Buffer }[] = []
  const log: string[] = []
  const defects: unknown[] = []
  const server = createDtlsServer({
    pskOf,
    limits,
    send: (address, datagram) => void outbox.push({ address, datagram }),
    nowMs: () => now,
    random: seededRandom(99),
    onDefect: (error) => void defects.push(error),
    onSession: ({ address, identity, send }) => {
      log.push(`${identity}@${address} began`)
      return {
        receive: (data) => {
          log.push(`${identity}@${address} got ${data.toString()}`)
          send(Buffer.from(`echo ${data.toString()}`))
        },
        closed: () => void log.push(`${identity}@${address} closed`),
      }
    },
  })
  const sentTo = (address: string): Buffer[] => {
    const mine = outbox.filter((one) => one.address === address)
    const others = outbox.filter((one) => one.address !== address)
    outbox.splice(0, outbox.length, ...others)
    return mine.map(({ datagram }) => datagram)
  }
  const meet = (device: Device, address: string): void => {
    for (let round = 0; round < 2; round += 1) {
      server.receive(address, device.hello())
      for (const datagram of sentTo(address)) device.take(datagram)
    }
  }
  return {
    server,
    sentTo,
    pass: (ms) => ((now += ms), server.tick()),
    log,
    defects,
    meet,
    connect: (device, address) => {
      meet(device, address)
      server.receive(address, Buffer.concat(device.proof()))
      for (const datagram of sentTo(address)) device.take(datagram)
    },
  }
}

function pskOfAnyMeter(identity: string): Buffer | null {
  return identity.startsWith('meter-') ? PSK : null
}
