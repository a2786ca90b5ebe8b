import { DomainError } from '../domain/errors.ts'
import type { Health } from './health.ts'

export type Loop = { readonly stop: () => Promise<void> }

const FIRST_RETRY_MS = 100
const LONGEST_RETRY_MS = 5_000

/**
 * Calls `step` at every new block, and again at once while it resolves to true (it got something done). After a refusal,
 * or where the database is away, the service is degraded and tries again; anything else is a defect and ends the process.
 */
export function runLoop(options: {
  readonly name: string
  /** Of the ledger. */
  readonly clock: { readonly onBlock: (listener: () => void) => () => void }
  readonly health: Health
  readonly step: () => Promise<boolean>
  /** Whether an error says that the database is away. */
  readonly isStoreUnreachable: (error: unknown) => boolean
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
        const reason = reasonOf(error, options.isStoreUnreachable)
        if (reason === null) throw error
        health.trouble(name, reason)
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

/** What to tell of an error that time or a person may mend; null for a defect. */
function reasonOf(error: unknown, isStoreUnreachable: (error: unknown) => boolean): string | null {
  if (error instanceof DomainError) return `${error.message} (${error.code})`
  return isStoreUnreachable(error) ? 'the database does not answer' : null
}
