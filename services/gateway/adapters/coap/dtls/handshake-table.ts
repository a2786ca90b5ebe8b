import { createTokenBucket, type TokenBucket } from '../../../token-bucket.ts'
import type { Handshake } from './handshake.ts'

/** Handshakes under way, by address; where there are too many, the oldest makes room. */
export type HandshakeTable = {
  readonly at: (address: string) => Handshake | undefined
  readonly put: (address: string, handshake: Handshake) => void
  readonly remove: (address: string) => void
  /** Sends again what is due, and forgets what takes too long. */
  readonly tick: (nowMs: number) => void
  /** Whether a host may begin one more: its address is proven, so that nobody else pays for it. */
  readonly isWelcome: (host: string, nowMs: number) => boolean
  readonly size: () => number
}

const MAX_HOSTS = 4_096
/** A building full of devices behind one address comes back at once. */
const PER_HOST = { burst: 2_000, perSecond: 50 }

export function createHandshakeTable(maxHandshakes: number, patienceMs: number): HandshakeTable {
  const handshakes = new Map<string, Handshake>()
  const hosts = new Map<string, TokenBucket>()

  const bucketOf = (host: string): TokenBucket => {
    const bucket = hosts.get(host) ?? createTokenBucket(PER_HOST)
    hosts.delete(host)
    hosts.set(host, bucket)
    if (hosts.size > MAX_HOSTS) hosts.delete(hosts.keys().next().value!)
    return bucket
  }

  return {
    at: (address) => handshakes.get(address),
    put: (address, handshake) => {
      handshakes.delete(address)
      if (handshakes.size >= maxHandshakes) handshakes.delete(handshakes.keys().next().value!)
      handshakes.set(address, handshake)
    },
    remove: (address) => void handshakes.delete(address),
    tick: (nowMs) => {
      for (const [address, handshake] of handshakes) {
        if (nowMs >= handshake.startedAtMs + patienceMs) handshakes.delete(address)
        else if (nowMs >= handshake.dueAtMs()) handshake.sendAgain()
      }
    },
    isWelcome: (host, nowMs) => bucketOf(host).take(nowMs),
    size: () => handshakes.size,
  }
}
