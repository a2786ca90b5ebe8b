import { timingSafeEqual } from 'node:crypto'
import { offersExtendedMasterSecret, type ClientHello } from './client-hello.ts'
import { clientKeyOf, MAX_IDENTITY_BYTES, type ClientKeyDeps } from '../client-key.ts'
import {
  formatMessage,
  MESSAGE,
  parseFragments,
  type HandshakeFragment,
  type HandshakeMessage,
} from './handshake-message.ts'
import {
  extendedMasterSecretOf,
  masterSecretOf,
  premasterSecretOf,
  sessionKeysOf,
  verifyDataOf,
} from './key-schedule.ts'
import { createReassembly } from './reassembly.ts'
import type { DtlsRecord } from './record.ts'
import { createOpener, createPlainWriter, createSealer, type Opener, type Sealer } from './record-protection.ts'
import { serverHelloBody } from './server-messages.ts'
import { ALERT, ALERT_LEVEL, alertBytes, CONTENT, readerOf } from './wire.ts'

/** A handshake that a client whose address is proven began, until it proves its key (RFC 4279, RFC 5246). */
export type Handshake = {
  readonly clientRandom: Buffer
  readonly startedAtMs: number
  /** Takes a piece of an unprotected message. */
  readonly takeFragment: (fragment: HandshakeFragment) => Established | null
  /** Takes a protected record. */
  readonly takeRecord: (record: DtlsRecord) => Established | null
  /** Sends our flight again, where the client asks for it or it is due; false where it was sent often enough. */
  readonly sendAgain: () => boolean
  /** When the flight is due again, on the clock of `startedAtMs`. */
  readonly dueAtMs: () => number
}

/** What is left of a handshake that a client completed. */
export type Established = {
  readonly identity: string
  readonly open: Opener
  readonly seal: Sealer
  /** Our last flight, newly sealed: sent again where the client's comes again. */
  readonly lastFlight: () => Buffer
}

export type HandshakeOptions = ClientKeyDeps & {
  readonly hello: ClientHello
  readonly message: HandshakeMessage
  readonly recordSequence: number
  readonly nowMs: () => number
  readonly send: (datagram: Buffer) => void
}

type Agreed = {
  readonly identity: string
  readonly isKnown: boolean
  readonly masterSecret: Buffer
  readonly open: Opener
  readonly seal: Sealer
}

const FIRST_WAIT_MS = 2_000
const MAX_SENT_AGAIN = 6
/** One protected record that overtook the key exchange is kept, if it is no larger than a Finished. */
const MAX_EARLY_BYTES = 64
const FINISHED_BYTES = 12

/** Begins a handshake and sends our flight: no certificate, and no ServerKeyExchange, since there is no hint. */
export function startHandshake(options: HandshakeOptions): Handshake {
  const { hello, message, nowMs, random, send } = options
  const randoms = { client: Buffer.from(hello.random), server: random(32) }
  const write = createPlainWriter(options.recordSequence)
  const serverHello = {
    type: MESSAGE.serverHello,
    sequence: message.sequence,
    body: serverHelloBody(hello, randoms.server),
  }
  const done = { type: MESSAGE.serverHelloDone, sequence: message.sequence + 1, body: Buffer.alloc(0) }
  const flight = [serverHello, done].map(formatMessage)
  const transcript = [formatMessage(message), ...flight]
  const usesExtendedMasterSecret = offersExtendedMasterSecret(hello)

  const keyExchange = createReassembly(MESSAGE.clientKeyExchange, message.sequence + 1, 2 + MAX_IDENTITY_BYTES)
  const finished = createReassembly(MESSAGE.finished, message.sequence + 2, FINISHED_BYTES)
  let agreed: Agreed | null = null
  let early: DtlsRecord | null = null
  let isTold = false
  let sentAgain = 0
  let dueAtMs = nowMs() + FIRST_WAIT_MS

  const sendFlight = (): void => send(Buffer.concat(flight.map((bytes) => write(CONTENT.handshake, bytes))))

  const agree = (exchange: HandshakeMessage): void => {
    const { identity, psk, isKnown } = clientKeyOf(readerOf(exchange.body).vector(2), options)
    transcript.push(formatMessage(exchange))
    const premaster = premasterSecretOf(psk)
    const masterSecret = usesExtendedMasterSecret
      ? extendedMasterSecretOf(premaster, transcript)
      : masterSecretOf(premaster, randoms)
    const keys = sessionKeysOf(masterSecret, randoms)
    agreed = { identity, isKnown, masterSecret, open: createOpener(keys.client), seal: createSealer(keys.server, 1) }
  }

  // The handshake stays until its time is over: whoever sent this proved nothing, and may be somebody else.
  const tellOnce = (): void => {
    if (isTold) return
    isTold = true
    send(write(CONTENT.alert, alertBytes(ALERT_LEVEL.fatal, ALERT.decryptError)))
  }

  const establish = (
    { identity, isKnown, masterSecret, open, seal }: Agreed,
    last: HandshakeMessage,
  ): Established | null => {
    const expected = verifyDataOf(masterSecret, 'client', transcript)
    const isProven = last.body.length === FINISHED_BYTES && timingSafeEqual(last.body, expected)
    if (!isProven || !isKnown) return (tellOnce(), null)
    const body = verifyDataOf(masterSecret, 'server', [...transcript, formatMessage(last)])
    const answer = formatMessage({ type: MESSAGE.finished, sequence: message.sequence + 2, body })
    const lastFlight = (): Buffer =>
      Buffer.concat([write(CONTENT.changeCipherSpec, Buffer.from([1])), seal(CONTENT.handshake, answer)])
    return { identity, open, seal, lastFlight }
  }

  const takeProtected = (record: DtlsRecord, keys: Agreed): Established | null => {
    const content = keys.open(record)
    if (content === null) return (tellOnce(), null)
    if (record.type !== CONTENT.handshake) return null
    for (const fragment of parseFragments(content)) {
      const last = finished.take(fragment)
      if (last !== null) return establish(keys, last)
    }
    return null
  }

  sendFlight()
  return {
    clientRandom: randoms.client,
    startedAtMs: nowMs(),
    takeFragment: (fragment) => {
      const exchange = agreed === null ? keyExchange.take(fragment) : null
      if (exchange === null) return null
      agree(exchange)
      return early === null ? null : takeProtected(early, agreed!)
    },
    takeRecord: (record) => {
      if (agreed !== null) return takeProtected(record, agreed)
      if (record.fragment.length <= MAX_EARLY_BYTES) early = { ...record, fragment: Buffer.from(record.fragment) }
      return null
    },
    sendAgain: () => {
      if (sentAgain >= MAX_SENT_AGAIN) return false
      sentAgain += 1
      dueAtMs = nowMs() + FIRST_WAIT_MS * 2 ** sentAgain
      sendFlight()
      return true
    },
    dueAtMs: () => dueAtMs,
  }
}
