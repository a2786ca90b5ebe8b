import type { DatagramChannel } from './datagram-channel.ts'

/** The peers of an endpoint by their address, as many as there is room for. */
export type PeerTable = {
  /** The channel of an address; null where there is no room. */
  readonly at: (address: string) => DatagramChannel | null
  readonly receive: (address: string, bytes: Buffer) => void
  readonly size: () => number
  readonly close: () => void
}

type Channels = Map<string, DatagramChannel>
type State = {
  readonly open: (address: string) => DatagramChannel
  readonly maxKnown: number
  readonly maxStrangers: number
  readonly known: Channels
  readonly strangers: Channels
}

/** How many peers are looked at for one that is idle. */
const EVICTION_LOOKS = 16

/**
 * Holds so many peers, and a quarter as many strangers besides. The one that is idle for longest makes room; strangers
 * push out strangers alone.
 */
export function createPeerTable(maxPeers: number, open: (address: string) => DatagramChannel): PeerTable {
  const known: Channels = new Map()
  const strangers: Channels = new Map()
  const state: State = { open, maxKnown: maxPeers, maxStrangers: Math.ceil(maxPeers / 4), known, strangers }
  return {
    at: (address) => channelAt(state, address),
    receive: (address, bytes) => receive(state, address, bytes),
    size: () => known.size + strangers.size,
    close: () => {
      for (const channels of [known, strangers]) {
        for (const channel of channels.values()) channel.close()
        channels.clear()
      }
    },
  }
}

function channelAt(state: State, address: string): DatagramChannel | null {
  const present = state.known.get(address) ?? state.strangers.get(address)
  if (present !== undefined) return present
  if (!hasRoom(state.strangers, state.maxStrangers)) return null
  const channel = state.open(address)
  state.strangers.set(address, channel)
  return channel
}

function receive(state: State, address: string, bytes: Buffer): void {
  const channel = channelAt(state, address)
  if (channel === null) return
  channel.receive(bytes)
  const { known, strangers } = state
  const isStranger = strangers.has(address)
  if (!isStranger) return moveToEnd(known, address, channel)
  if (!channel.isKnown() || !hasRoom(known, state.maxKnown)) return moveToEnd(strangers, address, channel)
  strangers.delete(address)
  known.set(address, channel)
}

/** Has the one that is idle for longest make room. */
function hasRoom(channels: Channels, max: number): boolean {
  if (channels.size < max) return true
  let looks = EVICTION_LOOKS
  for (const [address, channel] of channels) {
    if (channel.isIdle()) {
      channel.close()
      return channels.delete(address)
    }
    // The busy go to the end, so that the next search begins elsewhere.
    moveToEnd(channels, address, channel)
    if (--looks === 0) break
  }
  return false
}

function moveToEnd(channels: Channels, address: string, channel: DatagramChannel): void {
  channels.delete(address)
  channels.set(address, channel)
}
