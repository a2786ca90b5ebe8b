import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { SigningDomain } from '../chain/typed-data.ts'
import { createSignatureLane } from './signature-lane.ts'
import type { SignedReading } from './signed-reading.ts'

/** Recovers who signed readings, in threads of their own: the event loop has the network and the database to serve. */
export type ReadingSigners = {
  /**
   * Resolves to the signer's address, 0x-hex in lower case, and to null where the signature is no canonical one; of the
   * readings that one meter claims, in the order of the calls.
   */
  readonly recover: (meter: string, reading: SignedReading) => Promise<string | null>
  /** Whether so many wait that no more should be asked. */
  readonly isFull: () => boolean
  /** Resolves when everything is answered and the threads are gone. */
  readonly close: () => Promise<void>
}

const MOST_WAITING = 20_000
const MOST_THREADS = 4

/** A core is left to the event loop, where there is another. */
export function startReadingSigners(options: {
  readonly domain: SigningDomain
  /** Told of a thread that ended, and that another one follows. */
  readonly onCrash: (error: unknown) => void
  readonly onFailure: (error: unknown) => void
  readonly threads?: number
  readonly mostWaiting?: number
}): ReadingSigners {
  const { domain, onCrash, onFailure, mostWaiting = MOST_WAITING } = options
  const threads = options.threads ?? Math.min(MOST_THREADS, Math.max(1, availableParallelism() - 1))
  const start = () => new Worker(new URL('signature-worker.ts', import.meta.url), { workerData: domain })
  const lanes = Array.from({ length: threads }, () => createSignatureLane({ start, onCrash, onFailure }))

  return {
    recover(meter, reading) {
      // One meter's readings all take the same lane, and so keep their order.
      const lane = lanes[Number.parseInt(meter.slice(-4), 16) % threads] ?? lanes[0]!
      return lane.recover(reading)
    },
    isFull: () => lanes.reduce((sum, lane) => sum + lane.waiting(), 0) >= mostWaiting,
    async close() {
      await Promise.all(lanes.map((lane) => lane.close()))
    },
  }
}
