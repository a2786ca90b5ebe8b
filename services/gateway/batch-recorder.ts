export type BatchRecorder<Item> = {
  /** Resolves to true when the item is durable, and never before; to false where it was left out. */
  readonly add: (item: Item) => Promise<boolean>
  /** Whether the database is so far behind that no more should be added. */
  readonly isFull: () => boolean
}

export type RecorderOptions<Item> = {
  /**
   * Writes items durably, however long that takes, and resolves to those that it left out, if any; what it throws goes to
   * `onFailure`, and nothing is written any more.
   */
  readonly insert: (items: readonly Item[]) => Promise<ReadonlySet<Item> | void>
  /** Called after each batch. */
  readonly onWritten?: () => void
  readonly onFailure: (error: unknown) => void
}

type LeftOut<Item> = ReadonlySet<Item> | void
type Batch<Item> = {
  readonly items: Item[]
  readonly written: Promise<LeftOut<Item>>
  readonly resolve: (leftOut: LeftOut<Item>) => void
}

const LARGEST_BATCH = 2_000
const LARGEST_BACKLOG = 20_000

/** Writes in batches: at once while the database is idle, and together what arrives while it is busy. */
export function createBatchRecorder<Item>({
  insert,
  onWritten,
  onFailure,
}: RecorderOptions<Item>): BatchRecorder<Item> {
  const queue: Batch<Item>[] = []
  let writing: Batch<Item> | null = null
  let isScheduled = false
  let backlog = 0

  const drain = async (): Promise<void> => {
    isScheduled = false
    for (writing = queue.shift() ?? null; writing !== null; writing = queue.shift() ?? null) {
      const leftOut = await insert(writing.items)
      backlog -= writing.items.length
      writing.resolve(leftOut)
      onWritten?.()
    }
  }

  return {
    add(item) {
      let batch = queue.at(-1)
      if (batch === undefined || batch.items.length >= LARGEST_BATCH) {
        batch = createBatch<Item>()
        queue.push(batch)
      }
      batch.items.push(item)
      backlog += 1
      if (writing === null && !isScheduled) {
        isScheduled = true
        // What came in the same packet of the network still joins the batch.
        setImmediate(() => void drain().catch(onFailure))
      }
      return batch.written.then((leftOut) => !(leftOut?.has(item) ?? false))
    },
    isFull: () => backlog >= LARGEST_BACKLOG,
  }
}

function createBatch<Item>(): Batch<Item> {
  const { promise, resolve } = Promise.withResolvers<LeftOut<Item>>()
  return { items: [], written: promise, resolve }
}
