import { DomainError } from '../domain/errors.ts'
import type { AcceptedReading } from '../store/readings.ts'

export type ReadingRecorder = {
  /** Resolves when the reading is durable, and never before. */
  add(reading: AcceptedReading): Promise<void>
  /** Resolves when everything that was added before is durable. */
  flushed(): Promise<void>
  /** Whether the database is so far behind that no more should be added. */
  isFull(): boolean
}

export type RecorderOptions = {
  /** Writes readings durably; may be called again with the same ones after it failed. */
  readonly insert: (readings: readonly AcceptedReading[]) => Promise<void>
  readonly pause: (milliseconds: number) => Promise<void>
  /** Hears why the database cannot be written to, and null when it can again. */
  readonly onTrouble: (detail: string | null) => void
}

type Batch = { readonly readings: AcceptedReading[]; readonly written: Promise<void>; readonly resolve: () => void }

const LARGEST_BATCH = 2_000
const LARGEST_BACKLOG = 20_000
const SHORTEST_PAUSE_MS = 50
const LONGEST_PAUSE_MS = 2_000

/**
 * Writes readings in batches: at once while the database is idle, and together what arrives while it is busy. A
 * database that cannot be reached is tried again until it answers; a `DomainError` of `insert` is a defect and thrown.
 */
export function createReadingRecorder({ insert, pause, onTrouble }: RecorderOptions): ReadingRecorder {
  const queue: Batch[] = []
  let backlog = 0
  let isWriting = false

  const write = async (readings: readonly AcceptedReading[]): Promise<void> => {
    for (let failures = 0; ; failures += 1) {
      try {
        await insert(readings)
        if (failures > 0) onTrouble(null)
        return
      } catch (error) {
        if (error instanceof DomainError) throw error
        onTrouble(error instanceof Error ? error.message : String(error))
        await pause(Math.min(LONGEST_PAUSE_MS, SHORTEST_PAUSE_MS * 2 ** Math.min(failures, 10)))
      }
    }
  }

  const drain = async (): Promise<void> => {
    for (let batch = queue[0]; batch !== undefined; batch = queue[0]) {
      queue.shift()
      await write(batch.readings)
      backlog -= batch.readings.length
      batch.resolve()
    }
    isWriting = false
  }

  return {
    add(reading) {
      let batch = queue.at(-1)
      if (batch === undefined || batch.readings.length >= LARGEST_BATCH) {
        batch = createBatch()
        queue.push(batch)
      }
      batch.readings.push(reading)
      backlog += 1
      if (!isWriting) {
        isWriting = true
        // Messages that came in the same packet still join the batch.
        setImmediate(() => void drain())
      }
      return batch.written
    },
    // Batches are written in order; one that is being written is ahead of an empty one added now.
    async flushed() {
      if (!isWriting) return
      const batch = queue.at(-1) ?? createBatch()
      if (queue.length === 0) queue.push(batch)
      await batch.written
    },
    isFull: () => backlog >= LARGEST_BACKLOG,
  }
}

function createBatch(): Batch {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { readings: [], written: promise, resolve }
}
