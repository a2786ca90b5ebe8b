/** Lets so many through at once and so many per second after that. */
export type TokenBucket = {
  /** Whether one more may pass at this time, in milliseconds of any clock that runs forwards. */
  take(nowMs: number): boolean
}

export function createTokenBucket({ burst, perSecond }: { burst: number; perSecond: number }): TokenBucket {
  let tokens = burst
  let filledAt: number | null = null
  return {
    take(nowMs) {
      const elapsed = filledAt === null ? 0 : Math.max(0, nowMs - filledAt)
      tokens = Math.min(burst, tokens + (elapsed * perSecond) / 1_000)
      filledAt = nowMs
      if (tokens < 1) return false
      tokens -= 1
      return true
    },
  }
}
