import { randomBytes } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import type { CoapRequest, CoapResponse } from '../../services/gateway/adapters/coap/endpoint.ts'
import {
  parseRequest,
  parseResponse,
  requestMessage,
  responseMessage,
} from '../../services/gateway/adapters/coap/meaning.ts'
import {
  DATAGRAM_TYPE,
  EMPTY_MESSAGE,
  formatDatagram,
  parseDatagram,
  type CoapMessage,
  type Datagram,
} from '../../services/gateway/adapters/coap/message.ts'

/** What carries datagrams to one server and back, such as a socket or a session of DTLS. */
export type DatagramLink = {
  readonly send: (bytes: Buffer) => void
  readonly close: () => Promise<void>
}
export type OpenLink = (onDatagram: (bytes: Buffer) => void) => Promise<DatagramLink>

/** The device's end of CoAP over datagrams: small, as constrained devices have it, without blocks. */
export type CoapDatagrams = {
  /** Rejects where nothing acknowledges it. */
  readonly request: (request: CoapRequest) => Promise<CoapResponse>
  /** Resolves to whether the server still wants notifications of that token; false too where it was never heard. */
  readonly notify: (token: Buffer, response: CoapResponse) => Promise<boolean>
  readonly close: () => Promise<void>
}

export type CoapDatagramsOptions = {
  readonly open: OpenLink
  readonly onRequest: (request: CoapRequest, token: Buffer) => CoapResponse
  readonly ackTimeoutMs?: number
  readonly maxRetransmit?: number
  /** Whether it hears what arrives. */
  readonly isListening?: (isRequest: boolean) => boolean
}

type Sent = { readonly settle: (acknowledged: 'acknowledged' | 'reset' | 'lost') => void }

const MOST_REMEMBERED = 16

/** Datagrams from a port of this host to a server. */
export function udpLink(server: { readonly host: string; readonly port: number }, host = '127.0.0.1'): OpenLink {
  return async (onDatagram) => {
    const socket = createSocket('udp4')
    socket.on('message', (bytes, { port }) => {
      if (port === server.port) onDatagram(bytes)
    })
    socket.bind(0, host)
    await once(socket, 'listening')
    let isOpen = true
    return {
      send: (bytes) => {
        if (isOpen) socket.send(bytes, server.port, server.host, () => undefined)
      },
      close: async () => {
        isOpen = false
        const closed = once(socket, 'close')
        socket.close()
        await closed
      },
    }
  }
}

export async function openCoapDatagrams(options: CoapDatagramsOptions): Promise<CoapDatagrams> {
  const { ackTimeoutMs = 2_000, maxRetransmit = 4, isListening = () => true } = options
  const sent = new Map<number, Sent>()
  const answers = new Map<string, (response: CoapResponse) => void>()
  const remembered = new Map<number, Buffer>()
  let nextId = randomBytes(2).readUInt16BE()
  let isOpen = true

  const transmit = (message: CoapMessage): Promise<'acknowledged' | 'reset' | 'lost'> => {
    const messageId = (nextId = (nextId + 1) & 0xffff)
    const bytes = formatDatagram({ type: DATAGRAM_TYPE.confirmable, messageId, message })
    return new Promise((resolve) => {
      let timer: NodeJS.Timeout | undefined
      const settle: Sent['settle'] = (how) => {
        clearTimeout(timer)
        sent.delete(messageId)
        resolve(how)
      }
      const attempt = (count: number): void => {
        if (count > maxRetransmit || !isOpen) return settle('lost')
        link.send(bytes)
        timer = setTimeout(() => attempt(count + 1), ackTimeoutMs * 2 ** count)
      }
      sent.set(messageId, { settle })
      attempt(0)
    })
  }

  const answerRequest = ({ type, messageId, message }: Datagram): void => {
    const before = remembered.get(messageId)
    const response = before ?? bytesOfAnswer(type, messageId, message)
    remembered.set(messageId, response)
    if (remembered.size > MOST_REMEMBERED) remembered.delete(remembered.keys().next().value!)
    link.send(response)
  }

  const bytesOfAnswer = (type: Datagram['type'], messageId: number, message: CoapMessage): Buffer =>
    formatDatagram({
      type: type === DATAGRAM_TYPE.confirmable ? DATAGRAM_TYPE.acknowledgement : DATAGRAM_TYPE.nonConfirmable,
      messageId,
      message: responseMessage(options.onRequest(parseRequest(message), message.token), message.token),
    })

  const link = await options.open((bytes) => {
    if (!isOpen) return
    const datagram = parseDatagram(bytes)
    const { type, messageId, message } = datagram
    if (!isListening(message.code > 0 && message.code < 32)) return
    if (type === DATAGRAM_TYPE.acknowledgement) sent.get(messageId)?.settle('acknowledged')
    if (type === DATAGRAM_TYPE.reset) return sent.get(messageId)?.settle('reset')
    if (message.code === 0) return
    if (message.code < 32) return answerRequest(datagram)
    answers.get(message.token.toString('hex'))?.(parseResponse(message))
    if (type !== DATAGRAM_TYPE.confirmable) return
    link.send(formatDatagram({ type: DATAGRAM_TYPE.acknowledgement, messageId, message: EMPTY_MESSAGE }))
  })

  return {
    request: async (request) => {
      const token = randomBytes(8)
      const key = token.toString('hex')
      const { promise, resolve, reject } = Promise.withResolvers<CoapResponse>()
      answers.set(key, resolve)
      transmit(requestMessage(request, token)).then(
        (how) => how !== 'acknowledged' && reject(new Error(`the request was ${how}`)),
        reject,
      )
      return promise.finally(() => answers.delete(key))
    },
    notify: async (token, response) => (await transmit(responseMessage(response, token))) === 'acknowledged',
    close: async () => {
      isOpen = false
      for (const { settle } of [...sent.values()]) settle('lost')
      await link.close()
    },
  }
}
