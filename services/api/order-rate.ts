export type OrderRate = { readonly perSecond: number; readonly burst: number }

const CLIENTS_KEPT = 1_000

/** A token bucket per client: says whether `count` more orders are welcome at `now`, in milliseconds. */
export function createOrderRate({
  perSecond,
  burst,
}: OrderRate): (client: string, count: number, now: number) => boolean {
  const buckets = new Map<string, { tokens: number; at: number }>()
  return (client, count, now) => {
    const { tokens, at } = buckets.get(client) ?? { tokens: burst, at: now }
    const available = Math.min(burst, tokens + ((now - at) / 1_000) * perSecond)
    const isWelcome = count <= available
    buckets.delete(client)
    buckets.set(client, { tokens: isWelcome ? available - count : available, at: now })
    if (buckets.size > CLIENTS_KEPT) buckets.delete(buckets.keys().next().value!)
    return isWelcome
  }
}
