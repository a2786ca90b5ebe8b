import { setTimeout as delay } from 'node:timers/promises'
import { DomainError } from '../../services/domain/errors.ts'
import type { DeliveryPeriod } from '../../services/domain/units.ts'

/** Waits for what the gateway fetches by itself, and so gives no receipt for. */
export type Arrivals = {
  /** Resolves once it is there; rejects with the `DomainError` of a refusal, or where it does not come. */
  readonly until: (address: string, ended: DeliveryPeriod) => Promise<void>
  readonly stop: () => void
}

/** Of these devices, what is there of the period, and why something was refused. */
export type Arrived = {
  readonly there: readonly string[]
  readonly refused: readonly { readonly address: string; readonly code: string; readonly reason: string }[]
}

export type ArrivalOptions = {
  readonly look: (addresses: readonly string[], ended: DeliveryPeriod) => Promise<Arrived>
  readonly everyMs: number
  /** So long it is waited. */
  readonly patienceMs: number
}

type Waiting = {
  readonly ended: DeliveryPeriod
  readonly deadline: number
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

export function createArrivals({ look, everyMs, patienceMs }: ArrivalOptions): Arrivals {
  const waiting = new Map<string, Waiting>()
  let isLooking = false
  let isStopped = false

  const settle = (address: string, error?: unknown): void => {
    const one = waiting.get(address)
    waiting.delete(address)
    if (error === undefined) one?.resolve()
    else one?.reject(error)
  }
  const lookOnce = async (): Promise<void> => {
    for (const [ended, some] of Map.groupBy(waiting.entries(), ([, one]) => one.ended)) {
      const arrived = await look(
        some.map(([address]) => address),
        ended,
      )
      for (const address of arrived.there) settle(address)
      for (const { address, code, reason } of arrived.refused) settle(address, new DomainError(code, reason))
    }
    const now = performance.now()
    for (const [address, { deadline, ended }] of waiting) {
      if (deadline > now) continue
      const words = `nothing of ${address} came of delivery period ${ended} within ${patienceMs / 1_000} s`
      settle(address, new DomainError('simulation-stuck', words))
    }
  }
  const keepLooking = async (): Promise<void> => {
    if (isLooking) return
    isLooking = true
    try {
      while (waiting.size > 0 && !isStopped) {
        await lookOnce()
        if (waiting.size > 0) await delay(everyMs)
      }
    } catch (error) {
      for (const address of [...waiting.keys()]) settle(address, error)
    } finally {
      isLooking = false
    }
  }

  return {
    until: (address, ended) =>
      new Promise((resolve, reject) => {
        waiting.set(address, { ended, deadline: performance.now() + patienceMs, resolve, reject })
        void keepLooking()
      }),
    stop() {
      isStopped = true
      waiting.clear()
    },
  }
}
