import { randomBytes } from 'node:crypto'

export type Clock = {
  /** Milliseconds of a clock that only runs forwards. */
  readonly nowMs: () => number
  /** Runs something once so many milliseconds have passed; returns what calls it off. */
  readonly after: (delayMs: number, run: () => void) => () => void
}

/** Time and randomness, which tests choose. */
export type Surroundings = {
  readonly clock: Clock
  /** So many bytes that nobody can guess. */
  readonly random: (size: number) => Buffer
}

export const SURROUNDINGS: Surroundings = {
  clock: {
    nowMs: () => performance.now(),
    after: (delayMs, run) => {
      const timer = setTimeout(run, delayMs)
      return () => clearTimeout(timer)
    },
  },
  random: randomBytes,
}
