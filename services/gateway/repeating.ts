import { setTimeout as delay } from 'node:timers/promises'

/** Runs the work again and again, a pause after each end; returns how to stop. */
export function repeat(pauseMs: number, work: () => Promise<void>, onFailure: (error: unknown) => void): () => void {
  const stopped = new AbortController()
  const run = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      await rest(pauseMs, stopped.signal)
      if (!stopped.signal.aborted) await work()
    }
  }
  run().catch(onFailure)
  return () => stopped.abort()
}

/** Resolves after the time, or as soon as the signal aborts. */
export async function rest(milliseconds: number, signal: AbortSignal): Promise<void> {
  await delay(milliseconds, undefined, { signal }).catch((error: unknown) => {
    if (!signal.aborted) throw error
  })
}
