import type { Worker } from 'node:worker_threads'
import { decodeSigners, encodeSignedReadings } from '../chain/reading-signers.ts'
import type { SignedReading } from './signed-reading.ts'

/** One thread that recovers signers, and what waits for it. */
export type SignatureLane = {
  /** Resolves, in the order of the calls, to the signer or to null where the signature is no canonical one. */
  readonly recover: (reading: SignedReading) => Promise<string | null>
  /** Readings without an answer. */
  readonly waiting: () => number
  /** Resolves when everything is answered and the thread is gone. */
  readonly close: () => Promise<void>
}

type Task = { readonly reading: SignedReading; readonly resolve: (signer: string | null) => void }

/** Some milliseconds of work, so that no answer waits long for those behind it. */
const LARGEST_BATCH = 128
/** The thread has its next batch at hand when it ends one. */
const MOST_BATCHES = 2
/** Without an answer in between. */
const MOST_CRASHES = 3

/**
 * Sends readings in batches: at once while the thread is idle, and together what arrives while it is busy. A thread that
 * ends is followed by another, which is asked again; where that ends too, and the next, `onFailure` is told.
 */
export function createSignatureLane({
  start,
  onCrash,
  onFailure,
}: {
  readonly start: () => Worker
  /** Told of a thread that another one follows. */
  readonly onCrash: (error: unknown) => void
  readonly onFailure: (error: unknown) => void
}): SignatureLane {
  const queue: Task[] = []
  const sent: Task[][] = []
  let waiting = 0
  let crashes = 0
  let isScheduled = false
  let isClosed = false
  let onIdle = (): void => undefined
  let worker = follow()

  function follow(): Worker {
    const started = start()
    let reason: unknown = new Error('a thread that recovers signers ended')
    started.on('message', (signers: Uint8Array) => {
      crashes = 0
      const tasks = sent.shift() ?? []
      waiting -= tasks.length
      decodeSigners(signers).forEach((signer, position) => tasks[position]?.resolve(signer))
      dispatch()
      if (waiting === 0) onIdle()
    })
    started.on('error', (error) => {
      reason = error
    })
    started.on('exit', () => {
      if (isClosed) return
      crashes += 1
      if (crashes > MOST_CRASHES) return onFailure(reason)
      onCrash(reason)
      worker = follow()
      for (const tasks of sent) post(tasks)
    })
    return started
  }

  function post(tasks: readonly Task[]): void {
    const readings = encodeSignedReadings(tasks.map(({ reading }) => reading))
    worker.postMessage(readings, [readings.buffer])
  }

  function dispatch(): void {
    isScheduled = false
    while (queue.length > 0 && sent.length < MOST_BATCHES) {
      const tasks = queue.splice(0, LARGEST_BATCH)
      sent.push(tasks)
      post(tasks)
    }
  }

  return {
    recover(reading) {
      return new Promise((resolve) => {
        queue.push({ reading, resolve })
        waiting += 1
        if (isScheduled || sent.length >= MOST_BATCHES) return
        isScheduled = true
        // What came in the same packet of the network still joins the batch.
        setImmediate(dispatch)
      })
    },
    waiting: () => waiting,
    async close() {
      if (waiting > 0) await new Promise<void>((resolve) => (onIdle = resolve))
      isClosed = true
      await worker.terminate()
    },
  }
}
