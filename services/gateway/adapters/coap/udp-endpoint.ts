import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { isIPv4, isIPv6 } from 'node:net'
import { DomainError } from '../../../domain/errors.ts'
import { createDatagramChannel, type Transmission } from './datagram-channel.ts'
import { createEndpointShare, type EndpointShare } from './endpoint-share.ts'
import type { CoapEndpoint, CoapEndpointOptions, CoapPeer } from './endpoint.ts'
import { createPeerTable, type PeerTable } from './peer-table.ts'
import type { Surroundings } from './surroundings.ts'

export type UdpEndpointOptions = CoapEndpointOptions & {
  readonly transmission?: Transmission
  /** Peers at once, and a quarter as many strangers; the idle make room, and nobody where all are observed. */
  readonly maxPeers?: number
  readonly share?: EndpointShare
  readonly surroundings?: Surroundings
}

export type UdpEndpoint = CoapEndpoint & {
  /** Somebody at an address such as `127.0.0.1:5683`, whether heard of before or not. */
  readonly peerAt: (address: string) => CoapPeer
}

const MAX_PEERS = 20_000
/** More than a block and its options; what is larger is ignored. */
const MAX_DATAGRAM_BYTES = 4_096
const SOCKET_BUFFER_BYTES = 4_194_304

/** Serves and asks over one socket (RFC 7252). */
export async function openUdpEndpoint(options: UdpEndpointOptions): Promise<UdpEndpoint> {
  const { host, maxPeers = MAX_PEERS } = options
  requireUnicast(host)
  const socket = socketFor(host)
  const share = options.share ?? createEndpointShare({}, options.surroundings)
  let isOpen = true
  const send = (address: string, bytes: Buffer): void => {
    // What the network refuses to carry is as good as lost, and sent again.
    if (isOpen) socket.send(bytes, portOf(address), hostOf(address), () => undefined)
  }
  const peers: PeerTable = createPeerTable(maxPeers, (address) =>
    createDatagramChannel({
      ...options,
      share,
      transport: 'udp',
      address,
      identity: null,
      // A channel may be gone by the time its peer is asked.
      onRequest: (_, request) => options.onRequest(peerOf(peers, address), request),
      send: (bytes) => send(address, bytes),
    }),
  )
  await listen(socket, options, peers)
  return {
    port: socket.address().port,
    peerAt: (address) => {
      requireUnicast(hostOf(address))
      return peerOf(peers, address)
    },
    close: async () => {
      isOpen = false
      peers.close()
      const closed = once(socket, 'close')
      socket.close()
      await closed
    },
  }
}

function socketFor(host: string): Socket {
  return createSocket({
    type: host.includes(':') ? 'udp6' : 'udp4',
    recvBufferSize: SOCKET_BUFFER_BYTES,
    sendBufferSize: SOCKET_BUFFER_BYTES,
  })
}

async function listen(socket: Socket, { host, port, onDefect }: UdpEndpointOptions, peers: PeerTable): Promise<void> {
  socket.on('message', (bytes, from) => {
    if (bytes.length > MAX_DATAGRAM_BYTES || from.port === 0 || isMulticast(from.address)) return
    peers.receive(`${from.address}:${from.port}`, bytes)
  })
  const listening = once(socket, 'listening')
  socket.bind(port, host)
  await listening
  socket.on('error', onDefect)
}

function peerOf(peers: PeerTable, address: string): CoapPeer {
  const current = (): CoapPeer => {
    const channel = peers.at(address)
    if (channel === null) throw new DomainError('device-busy', 'too many devices are held at once')
    return channel.conversation.peer
  }
  return {
    transport: 'udp',
    address,
    identity: null,
    request: async (request) => current().request(request),
    observe: async (request, onNotification) => current().observe(request, onNotification),
  }
}

/** One datagram to a group would have all its members answer somebody (RFC 7252 section 8): none is served or asked. */
function requireUnicast(host: string): void {
  if (isMulticast(host)) throw new DomainError('coap-multicast', `${host} is the address of many`)
}

/** Groups of IPv4 (224.0.0.0/4, with the broadcast above it) and of IPv6 (ff00::/8). */
function isMulticast(host: string): boolean {
  if (isIPv4(host)) return Number(host.split('.')[0]) >= 224
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(host)?.[1]
  return mapped === undefined ? isIPv6(host) && /^ff/i.test(host) : isMulticast(mapped)
}

function hostOf(address: string): string {
  return address.slice(0, address.lastIndexOf(':'))
}

function portOf(address: string): number {
  return Number(address.slice(address.lastIndexOf(':') + 1))
}
