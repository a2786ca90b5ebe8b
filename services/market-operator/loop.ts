import { DomainError } from '../domain/errors.ts'
import type { LedgerClock } from '../chain/ledger-clock.ts'
import type { Health } from './health.ts'

export type Loop = { readonly stop: () => Promise<void> }

const FIRST_RETRY_MS = 100
const LONGEST_RETRY_MS = 5_000

/**
 * Calls `step` at every new block, and again at once while it resolves to true (it got something done). A refusal makes
 * the service degraded and is tried again later; anything else that is thrown is a defect and ends the process.
 */
export function runLoop(options: {
  readonly name: string
  readonly clock: LedgerClock
  readonly health: Health
  readonly step: () => Promise<boolean>
}): Loop {
  const { name, clock, health, step } = options
  let isStopped = false
  let hasNews = true
  let wake: () => void = () => undefined
  const unsubscribe = clock.onBlock(() => {
    hasNews = true
    wake()
  })

  const pause = (milliseconds?: number) =>
    new Promise<void>((resolve) => {
      const timer = milliseconds === undefined ? undefined : setTimeout(resolve, milliseconds)
      wake = () => {
        if (timer !== undefined && !isStopped) return
        clearTimeout(timer)
        resolve()
      }
    })

  const run = async () => {
    let retryMs = FIRST_RETRY_MS
    while (!isStopped) {
      hasNews = false
      try {
        const isProgress = await step()
        health.recovered(name)
        retryMs = FIRST_RETRY_MS
        if (!isProgress && !hasNews && !isStopped) await pause()
      } catch (error) {
        if (isStopped) return
        if (!(error instanceof DomainError)) throw error
        health.trouble(name, `${error.message} (${error.code})`)
        if (!isStopped) await pause(retryMs)
        retryMs = Math.min(LONGEST_RETRY_MS, retryMs * 2)
      }
    }
  }
  const ended = run()
  return {
    async stop() {
      isStopped = true
      unsubscribe()
      wake()
      await ended
    },
  }
}
