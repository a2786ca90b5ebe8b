import { createHostLimit } from '../host-limit.ts'
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

export function createHandshakeTable(maxHandshakes: number, patienceMs: number): HandshakeTable {
  const handshakes = new Map<string, Handshake>()
  const isWelcome = createHostLimit()

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
    isWelcome,
    size: () => handshakes.size,
  }
}
