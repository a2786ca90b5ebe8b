import { parseClientHello, refusalOf } from './client-hello.ts'
import type { ClientKeyDeps } from '../client-key.ts'
import { createCookieJar } from './cookie.ts'
import { startHandshake, type Established } from './handshake.ts'
import {
  formatMessage,
  MESSAGE,
  parseFragments,
  wholeMessageOf,
  type HandshakeFragment,
  type HandshakeMessage,
} from './handshake-message.ts'
import { createHandshakeTable } from './handshake-table.ts'
import { formatRecord, parseRecords, type DtlsRecord } from './record.ts'
import { helloVerifyRequestBody } from './server-messages.ts'
import { startSession, type DtlsSession, type DtlsSessionHandler, type LiveSession } from './session.ts'
import { createSessionTable, type SessionLimits } from '../session-table.ts'
import { ALERT_LEVEL, alertBytes, CONTENT } from './wire.ts'

export type DtlsLimits = SessionLimits & {
  /** Handshakes under way at once. */
  readonly maxHandshakes: number
  /** A handshake that takes longer is forgotten. */
  readonly handshakeMs: number
  /** A session that nothing came over for so long is closed. */
  readonly idleMs: number
}

/** Room for a day of silence of a device that registered for a day. */
export const DTLS_LIMITS: DtlsLimits = {
  maxSessions: 20_000,
  maxPerIdentity: 4,
  maxHandshakes: 4_096,
  handshakeMs: 60_000,
  idleMs: 26 * 3_600_000,
}

export type DtlsServerOptions = ClientKeyDeps & {
  readonly send: (address: string, datagram: Buffer) => void
  /** Milliseconds of a clock that runs forwards. */
  readonly nowMs: () => number
  /** Called for each client that proved its key. */
  readonly onSession: (session: DtlsSession) => DtlsSessionHandler
  readonly limits?: Partial<DtlsLimits>
}

/**
 * A server of DTLS 1.2 with pre-shared keys, without a socket or a timer of its own. It knows no connection ids
 * (RFC 9146), no resumption and no fragment lengths (RFC 6066): a device whose address changes shakes hands again.
 */
export type DtlsServer = {
  /** Takes a datagram from an address such as `127.0.0.1:5684`; what is none of DTLS is ignored. */
  readonly receive: (address: string, datagram: Buffer) => void
  /** To be called about twice a second. */
  readonly tick: () => void
  readonly close: () => void
  readonly counts: () => { readonly sessions: number; readonly handshakes: number }
}

export function createDtlsServer(options: DtlsServerOptions): DtlsServer {
  const { nowMs, random } = options
  const limits = { ...DTLS_LIMITS, ...options.limits }
  const cookies = createCookieJar(nowMs, random)
  const handshakes = createHandshakeTable(limits.maxHandshakes, limits.handshakeMs)
  const sessions = createSessionTable<LiveSession>(limits)

  const sendTo = (address: string) => (datagram: Buffer) => options.send(address, datagram)

  /** Answers without a memory, under the number of the record that is answered. */
  const answer = (address: string, { sequence }: DtlsRecord, type: number, fragment: Buffer): void =>
    options.send(address, formatRecord({ type, epoch: 0, sequence, fragment }))

  const takeHello = (address: string, record: DtlsRecord, message: HandshakeMessage): void => {
    const hello = parseClientHello(message.body)
    if (!cookies.isValid(address, hello)) {
      const body = helloVerifyRequestBody(cookies.cookieFor(address, hello))
      const request = formatMessage({ type: MESSAGE.helloVerifyRequest, sequence: message.sequence, body })
      return answer(address, record, CONTENT.handshake, request)
    }
    const refusal = refusalOf(hello)
    if (refusal !== null) return answer(address, record, CONTENT.alert, alertBytes(ALERT_LEVEL.fatal, refusal))
    begin(address, record, { ...message, body: Buffer.from(message.body) })
  }

  const begin = (address: string, record: DtlsRecord, message: HandshakeMessage): void => {
    const hello = parseClientHello(message.body)
    // A copy that the network delivers late begins nothing anew.
    if (sessions.at(address)?.clientRandom.equals(hello.random) === true) return
    const pending = handshakes.at(address)
    if (pending?.clientRandom.equals(hello.random) === true) return void pending.sendAgain()
    if (!handshakes.isWelcome(address.slice(0, address.lastIndexOf(':')), nowMs())) return
    const { sequence: recordSequence } = record
    const send = sendTo(address)
    handshakes.put(address, startHandshake({ ...options, hello, message, recordSequence, send }))
  }

  // Only now an older session of the address ends (RFC 6347 section 4.2.8).
  const establish = (address: string, established: Established | null): void => {
    const handshake = handshakes.at(address)
    if (established === null || handshake === undefined) return
    handshakes.remove(address)
    const { clientRandom } = handshake
    const { onSession } = options
    const send = sendTo(address)
    const session = startSession({
      address,
      clientRandom,
      established,
      nowMs,
      send,
      onSession,
      onEnded: sessions.remove,
    })
    for (const gone of sessions.put(session)) gone.end(gone.address === address ? 'silent' : 'notify')
  }

  const takeFragment = (address: string, record: DtlsRecord, fragment: HandshakeFragment): void => {
    if (fragment.type !== MESSAGE.clientHello) {
      return establish(address, handshakes.at(address)?.takeFragment(fragment) ?? null)
    }
    // One in pieces would have to be remembered before its sender is proven.
    const message = wholeMessageOf(fragment)
    if (message !== null) takeHello(address, record, message)
  }

  const takeProtected = (address: string, record: DtlsRecord): void => {
    const session = sessions.at(address)
    if (session?.take(record) === true) return sessions.touch(session)
    establish(address, handshakes.at(address)?.takeRecord(record) ?? null)
  }

  const takeRecord = (address: string, record: DtlsRecord): void => {
    if (record.epoch === 1) return takeProtected(address, record)
    // Of what is not protected only handshakes count: anybody can send an alert.
    if (record.epoch !== 0 || record.type !== CONTENT.handshake) return
    for (const fragment of parseFragments(record.fragment)) takeFragment(address, record, fragment)
  }

  return {
    receive: (address, datagram) => {
      try {
        for (const record of parseRecords(datagram)) takeRecord(address, record)
      } catch (error) {
        if (!isMalformed(error)) options.onDefect(error)
      }
    },
    tick: () => {
      handshakes.tick(nowMs())
      for (const session of sessions.takeIdle(nowMs() - limits.idleMs)) session.end('notify')
    },
    close: () => {
      for (const session of sessions.all()) {
        sessions.remove(session)
        session.end('notify')
      }
    },
    counts: () => ({ sessions: sessions.size(), handshakes: handshakes.size() }),
  }
}

function isMalformed(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'dtls-malformed'
}
