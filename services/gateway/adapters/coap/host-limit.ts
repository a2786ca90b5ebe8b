import { createTokenBucket, type TokenBucket } from '../../token-bucket.ts'

/** A building full of devices behind one address comes back at once. */
const PER_HOST = { burst: 2_000, perSecond: 50 }
const MAX_HOSTS = 4_096

/** Whether a host may begin one more handshake at a time in milliseconds; hosts do not pay for one another. */
export function createHostLimit(): (host: string, nowMs: number) => boolean {
  const hosts = new Map<string, TokenBucket>()
  return (host, nowMs) => {
    const bucket = hosts.get(host) ?? createTokenBucket(PER_HOST)
    hosts.delete(host)
    hosts.set(host, bucket)
    if (hosts.size > MAX_HOSTS) hosts.delete(hosts.keys().next().value!)
    return bucket.take(nowMs)
  }
}
