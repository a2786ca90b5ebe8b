import { createTokenBucket, type TokenBucket } from '../../token-bucket.ts'

/** A building full of devices behind one address comes back at once. */
const PER_HOST = { burst: 2_000, perSecond: 50 }
const MAX_HOSTS = 4_096

/** Whether a host may begin one more handshake at a time in milliseconds; a network of IPv6 that is one customer's is one. */
export function createHostLimit(): (address: string, nowMs: number) => boolean {
  const hosts = new Map<string, TokenBucket>()
  return (address, nowMs) => {
    const host = hostOf(address)
    const bucket = hosts.get(host) ?? createTokenBucket(PER_HOST)
    hosts.delete(host)
    hosts.set(host, bucket)
    if (hosts.size > MAX_HOSTS) hosts.delete(hosts.keys().next().value!)
    return bucket.take(nowMs)
  }
}

/** An address of IPv4, or the first 64 bits of one of IPv6: whoever has one of the latter has all of them. */
function hostOf(address: string): string {
  if (address.includes('.')) return address
  const [head = ''] = address.split('::')
  return head.split(':').slice(0, 4).join(':')
}
