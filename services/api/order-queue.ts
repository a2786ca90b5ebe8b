/** Keeps some orders; the outcomes are in the order of the orders. */
type Keep<Order, Outcome> = (orders: readonly Order[]) => Promise<readonly Outcome[]>

type Waiting<Order, Outcome> = {
  readonly orders: readonly Order[]
  readonly resolve: (outcomes: readonly Outcome[]) => void
  readonly reject: (error: unknown) => void
}

/**
 * Keeps orders in the sequence of their arrival, in one write at a time: what arrives during a write goes into the next
 * one together, so that a thousand orders sent one by one cost a few writes, not a thousand that wait for one another.
 */
export function createOrderQueue<Order, Outcome>(keep: Keep<Order, Outcome>, mostOrders: number): Keep<Order, Outcome> {
  const waiting: Waiting<Order, Outcome>[] = []
  let isWriting = false

  const takeNext = (): Waiting<Order, Outcome>[] => {
    let taken = 0
    let count = 0
    while (taken < waiting.length && (taken === 0 || count + waiting[taken]!.orders.length <= mostOrders)) {
      count += waiting[taken]!.orders.length
      taken += 1
    }
    return waiting.splice(0, taken)
  }

  const write = async (): Promise<void> => {
    isWriting = true
    while (waiting.length > 0) {
      const group = takeNext()
      try {
        const outcomes = await keep(group.flatMap(({ orders }) => orders))
        let start = 0
        for (const { orders, resolve } of group) {
          resolve(outcomes.slice(start, start + orders.length))
          start += orders.length
        }
      } catch (error) {
        for (const { reject } of group) reject(error)
      }
    }
    isWriting = false
  }

  return (orders) => {
    if (orders.length === 0) return Promise.resolve([])
    return new Promise((resolve, reject) => {
      waiting.push({ orders, resolve, reject })
      if (!isWriting) void write()
    })
  }
}
