import type { AcceptedReading } from '../store/readings.ts'

export type ReadingRecorder = {
  /** Resolves when the reading is durable, and never before. */
  readonly add: (reading: AcceptedReading) => Promise<void>
  /** Resolves when everything that was added before is durable. */
  readonly flushed: () => Promise<void>
  /** Whether the database is so far behind that no more should be added. */
  readonly isFull: () => boolean
}

export type RecorderOptions = {
  /** Writes readings durably, however long that takes; what it throws goes to `onFailure`, and nothing is written any more. */
  readonly insert: (readings: readonly AcceptedReading[]) => Promise<void>
  /** Called after each batch. */
  readonly onWritten: () => void
  readonly onFailure: (error: unknown) => void
}

type Batch = { readonly readings: AcceptedReading[]; readonly written: Promise<void>; readonly resolve: () => void }

const LARGEST_BATCH = 2_000
const LARGEST_BACKLOG = 20_000

/** Writes readings in batches: at once while the database is idle, and together what arrives while it is busy. */
export function createReadingRecorder({ insert, onWritten, onFailure }: RecorderOptions): ReadingRecorder {
  const queue: Batch[] = []
  let writing: Batch | null = null
  let isScheduled = false
  let backlog = 0

  const drain = async (): Promise<void> => {
    isScheduled = false
    for (writing = queue.shift() ?? null; writing !== null; writing = queue.shift() ?? null) {
      await insert(writing.readings)
      backlog -= writing.readings.length
      writing.resolve()
      onWritten()
    }
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
      if (writing === null && !isScheduled) {
        isScheduled = true
        // What came in the same packet of the network still joins the batch.
        setImmediate(() => void drain().catch(onFailure))
      }
      return batch.written
    },
    async flushed() {
      await (queue.at(-1) ?? writing)?.written
    },
    isFull: () => backlog >= LARGEST_BACKLOG,
  }
}

function createBatch(): Batch {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { readings: [], written: promise, resolve }
}
