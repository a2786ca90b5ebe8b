import { createTokenBucket, type TokenBucket } from '../../token-bucket.ts'

export type Rate = { readonly burst: number; readonly perSecond: number }

/** One bucket for each name, of so many names at once: the one that was used least recently makes room. */
export type RateLimits = { readonly take: (name: string, nowMs: number) => boolean }

export function createRateLimits({ rate, most }: { readonly rate: Rate; readonly most: number }): RateLimits {
  const buckets = new Map<string, TokenBucket>()
  return {
    take: (name, nowMs) => {
      const bucket = buckets.get(name) ?? createTokenBucket(rate)
      buckets.delete(name)
      buckets.set(name, bucket)
      if (buckets.size > most) buckets.delete(buckets.keys().next().value!)
      return bucket.take(nowMs)
    },
  }
}
