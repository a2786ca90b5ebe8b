import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Surroundings } from './surroundings.ts'

/** Has a peer say again what was sent to its address, so that the address is no forgery (RFC 9175 section 2). */
export type Echo = {
  readonly challenge: (address: string) => Buffer
  readonly isEchoed: (address: string, value: Buffer) => boolean
}

const WINDOW_MS = 60_000
const ECHO_BYTES = 8

/** Keeps nothing of a peer: a challenge is made of its address and of the time, and holds for one to two minutes. */
export function createEcho({ clock, random }: Surroundings): Echo {
  const secret = random(32)
  const windowOf = (): number => Math.floor(clock.nowMs() / WINDOW_MS)
  const valueOf = (address: string, window: number): Buffer =>
    createHmac('sha256', secret).update(`${window} ${address}`).digest().subarray(0, ECHO_BYTES)
  return {
    challenge: (address) => valueOf(address, windowOf()),
    isEchoed: (address, value) => {
      const window = windowOf()
      const isValue = (expected: Buffer): boolean => value.length === ECHO_BYTES && timingSafeEqual(value, expected)
      return [window, window - 1].some((one) => isValue(valueOf(address, one)))
    },
  }
}
