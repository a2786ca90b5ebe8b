/** Which of the last 64 record numbers were seen (RFC 6347 section 4.1.2.6). */
export type ReplayWindow = {
  /** Whether a record of that number may still be new. */
  readonly isOpenTo: (sequence: number) => boolean
  /** Only for a record that proved authentic. */
  readonly note: (sequence: number) => void
}

const WINDOW = 64

export function createReplayWindow(): ReplayWindow {
  let highest = -1
  /** Bit n is set where `highest - n` was seen. */
  let seen = 0n

  return {
    isOpenTo: (sequence) => {
      if (sequence > highest) return true
      const behind = highest - sequence
      return behind < WINDOW && (seen & (1n << BigInt(behind))) === 0n
    },
    note: (sequence) => {
      if (sequence > highest) {
        const ahead = sequence - highest
        seen = ahead >= WINDOW ? 0n : BigInt.asUintN(WINDOW, seen << BigInt(ahead))
        highest = sequence
      }
      const behind = highest - sequence
      if (behind < WINDOW) seen |= 1n << BigInt(behind)
    },
  }
}
