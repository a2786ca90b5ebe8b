import { createSocket, type RemoteInfo } from 'node:dgram'
import { once } from 'node:events'
import { DomainError } from '../../../domain/errors.ts'
import { createDatagramChannel, type DatagramChannel, type Transmission } from './datagram-channel.ts'
import type { CoapEndpoint, CoapEndpointOptions, CoapPeer } from './endpoint.ts'

export type UdpEndpointOptions = CoapEndpointOptions & {
  readonly transmission?: Transmission
  /** Peers at once; the one idle for longest makes room, and nobody where all are observed. */
  readonly maxPeers?: number
}

export type UdpEndpoint = CoapEndpoint & {
  /** Somebody at an address such as `127.0.0.1:5683`, whether heard of before or not. */
  readonly peerAt: (address: string) => CoapPeer
}

const MAX_PEERS = 20_000
/** More than a block and its options; what is larger is ignored. */
const MAX_DATAGRAM_BYTES = 4_096
/** How many peers are looked at for one that is idle. */
const EVICTION_LOOKS = 16

/** Serves and asks over one socket (RFC 7252). */
export async function openUdpEndpoint(options: UdpEndpointOptions): Promise<UdpEndpoint> {
  const { host, port, onDefect, maxPeers = MAX_PEERS } = options
  const socket = createSocket({
    type: host.includes(':') ? 'udp6' : 'udp4',
    recvBufferSize: 4_194_304,
    sendBufferSize: 4_194_304,
  })
  const channels = new Map<string, DatagramChannel>()
  let isOpen = true

  const makeRoom = (): boolean => {
    if (channels.size < maxPeers) return true
    let looks = EVICTION_LOOKS
    for (const [address, channel] of channels) {
      if (channel.isIdle()) return channels.delete(address)
      // The busy go to the back, so that the next search begins elsewhere.
      channels.delete(address)
      channels.set(address, channel)
      if (--looks === 0) break
    }
    return false
  }

  const channelAt = (address: string): DatagramChannel | null => {
    const known = channels.get(address)
    if (known !== undefined || !makeRoom()) return known ?? null
    const colon = address.lastIndexOf(':')
    const [peerHost, peerPort] = [address.slice(0, colon), Number(address.slice(colon + 1))]
    const channel = createDatagramChannel({
      ...options,
      transport: 'udp',
      address,
      identity: null,
      // What the network refuses to carry is as good as lost, and sent again.
      send: (bytes) => {
        if (isOpen) socket.send(bytes, peerPort, peerHost, () => undefined)
      },
    })
    channels.set(address, channel)
    return channel
  }

  const peerAt = (address: string): CoapPeer => {
    const current = (): CoapPeer => {
      const channel = channelAt(address)
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

  socket.on('message', (bytes: Buffer, { address, port: peerPort }: RemoteInfo) => {
    if (bytes.length <= MAX_DATAGRAM_BYTES && peerPort > 0) channelAt(`${address}:${peerPort}`)?.receive(bytes)
  })
  const listening = once(socket, 'listening')
  socket.bind(port, host)
  await listening
  socket.on('error', onDefect)

  return {
    port: socket.address().port,
    peerAt,
    close: async () => {
      isOpen = false
      for (const channel of channels.values()) channel.close()
      channels.clear()
      const closed = once(socket, 'close')
      socket.close()
      await closed
    },
  }
}
