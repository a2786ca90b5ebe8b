import type { Established } from './handshake.ts'
import { MESSAGE, parseFragments } from './handshake-message.ts'
import type { DtlsRecord } from './record.ts'
import { ALERT, ALERT_LEVEL, alertBytes, CONTENT } from './wire.ts'

/** An association with a client that proved its key. */
export type DtlsSession = {
  readonly address: string
  readonly identity: string
  /** Sends one datagram of application data; nothing once the session is closed. */
  readonly send: (data: Buffer) => void
}

/** What is done with a session. */
export type DtlsSessionHandler = { readonly receive: (data: Buffer) => void; readonly closed: () => void }

/** A session as the server keeps it. */
export type LiveSession = DtlsSession & {
  readonly clientRandom: Buffer
  readonly heardAtMs: () => number
  /** Takes a record: false where it is none of this session, or came before. */
  readonly take: (record: DtlsRecord) => boolean
  /** Ends the session, with or without a word to the client. */
  readonly end: (farewell: 'notify' | 'silent') => void
}

export type SessionOptions = {
  readonly address: string
  readonly clientRandom: Buffer
  readonly established: Established
  readonly nowMs: () => number
  readonly send: (datagram: Buffer) => void
  readonly onSession: (session: DtlsSession) => DtlsSessionHandler
  /** The client ended it. */
  readonly onEnded: (session: LiveSession) => void
}

const MAX_LAST_FLIGHTS = 8

export function startSession(options: SessionOptions): LiveSession {
  const { address, clientRandom, nowMs, send, onEnded } = options
  const { identity, open, seal } = options.established
  let heardAtMs = nowMs()
  /** Let go of, with the handshake's secrets, once the client shows that it has it. */
  let lastFlight: (() => Buffer) | null = options.established.lastFlight
  let lastFlights = 0
  let isClosed = false

  const sendLastFlight = (): void => {
    if (lastFlight === null || lastFlights >= MAX_LAST_FLIGHTS) return
    lastFlights += 1
    send(lastFlight())
  }

  const end: LiveSession['end'] = (farewell) => {
    if (isClosed) return
    isClosed = true
    if (farewell === 'notify') send(seal(CONTENT.alert, alertBytes(ALERT_LEVEL.warning, ALERT.closeNotify)))
    handler.closed()
  }

  const takeAlert = (content: Buffer): void => {
    const isEnd = content.length === 2 && (content[0] === ALERT_LEVEL.fatal || content[1] === ALERT.closeNotify)
    if (!isEnd) return
    end(content[1] === ALERT.closeNotify ? 'notify' : 'silent')
    onEnded(session)
  }

  const takeHandshake = (content: Buffer): void => {
    for (const { type } of parseFragments(content)) {
      if (type === MESSAGE.finished) sendLastFlight()
      // Keys are renewed by a new handshake, never within a session.
      if (type === MESSAGE.clientHello) {
        send(seal(CONTENT.alert, alertBytes(ALERT_LEVEL.warning, ALERT.noRenegotiation)))
      }
    }
  }

  const take = (record: DtlsRecord): boolean => {
    const content = isClosed ? null : open(record)
    if (content === null) return false
    heardAtMs = nowMs()
    if (record.type === CONTENT.alert) takeAlert(content)
    else if (record.type === CONTENT.handshake) takeHandshake(content)
    else if (record.type === CONTENT.applicationData) {
      lastFlight = null
      if (content.length > 0) handler.receive(content)
    }
    return true
  }

  const session: LiveSession = {
    address,
    identity,
    clientRandom,
    heardAtMs: () => heardAtMs,
    send: (data) => {
      if (!isClosed) send(seal(CONTENT.applicationData, data))
    },
    take,
    end,
  }
  sendLastFlight()
  const handler = options.onSession(session)
  return session
}
