import { once } from 'node:events'
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls'
import { expect } from 'vitest'
import type { CoapEndpoint, CoapPeer, CoapRequest, CoapResponse } from './endpoint.ts'
import { bareResponse } from './meaning.ts'
import { uintOption, type CoapMessage } from './message.ts'
import { SIGNAL, signalMessage } from './stream-channel.ts'
import { createFrameReader, formatFrame } from './stream-framing.ts'
import { openTlsEndpoint, type TlsEndpointOptions } from './tls-endpoint.ts'

export const PSK = Buffer.from('secretPSK1234567')
export const GET: CoapRequest = {
  method: 'GET',
  path: ['3', '0'],
  query: [],
  contentFormat: null,
  accept: null,
  observe: null,
  payload: new Uint8Array(),
}
export const CSM = signalMessage(SIGNAL.csm, [uintOption(2, 8_192)])

/** What is closed after each test. */
export const opened: { close: () => unknown }[] = []
export async function closeAll(): Promise<void> {
  for (const one of opened.splice(0)) await one.close()
}

export type Serving = { readonly endpoint: CoapEndpoint; readonly port: number; readonly peers: CoapPeer[] }

export async function open(options: Partial<TlsEndpointOptions> = {}): Promise<Serving> {
  const peers: CoapPeer[] = []
  const endpoint = await openTlsEndpoint({
    host: '127.0.0.1',
    port: 0,
    pskOf: (identity) => (identity.startsWith('meter-') ? PSK : null),
    onRequest: async (peer, { payload }) => {
      peers.push(peer)
      const body = payload.length > 0 ? Buffer.from(payload).reverse() : Buffer.from(`hello ${peer.identity}`)
      return { ...bareResponse('2.05'), payload: body }
    },
    onDefect: (error) => expect.unreachable(String(error)),
    ...options,
  })
  opened.push(endpoint)
  return { endpoint, port: endpoint.port, peers }
}

export type Device = {
  readonly socket: TLSSocket
  readonly send: (...messages: CoapMessage[]) => void
  /** The next message; null once the connection is closed. */
  readonly next: () => Promise<CoapMessage | null>
}

export async function connect(
  port: number,
  options: ConnectionOptions = {},
  identity = 'meter-1',
  psk = PSK,
): Promise<Device> {
  const socket = connectTls({
    host: '127.0.0.1',
    port,
    ciphers: 'PSK-AES128-CCM8:@SECLEVEL=0',
    maxVersion: 'TLSv1.2',
    checkServerIdentity: () => undefined,
    pskCallback: () => ({ psk, identity }),
    ...options,
  })
  opened.push({ close: () => socket.destroy() })
  const reader = createFrameReader(100_000)
  const wakers: (() => void)[] = []
  const wake = (): void => wakers.splice(0).forEach((one) => one())
  socket.on('data', (bytes: Buffer) => (reader.push(bytes), wake()))
  socket.on('close', wake)
  await once(socket, 'secureConnect')
  socket.on('error', () => undefined)
  const next = async (): Promise<CoapMessage | null> => {
    for (;;) {
      const message = reader.next()
      if (message !== null || socket.closed) return message
      await new Promise<void>((resolve) => wakers.push(resolve))
    }
  }
  return { socket, send: (...messages) => void socket.write(Buffer.concat(messages.map(formatFrame))), next }
}

/** A device that has exchanged capabilities with the server. */
export async function introduced(port: number, identity = 'meter-1'): Promise<Device> {
  const device = await connect(port, {}, identity)
  device.send(CSM)
  expect((await device.next())?.code).toBe(SIGNAL.csm)
  return device
}

export const content = (text: string, observe: number | null = null): CoapResponse => ({
  ...bareResponse('2.05'),
  payload: Buffer.from(text),
  observe,
})
