import type { Log } from '../runtime/log.ts'
import { insertRefusedMessages, pruneRefusedMessages } from '../store/refused-messages.ts'
import type { ReadingTaker } from './adapters/reading-taking.ts'
import { notingReadings } from './health-keeping.ts'
import type { ReadingSide } from './reading-side.ts'
import { createRefusalBook, type RefusalBook } from './refusal-book.ts'
import { repeat } from './repeating.ts'

const REFUSAL_FLUSH_MS = 100

/** What every protocol brings its readings to, with what is refused written down and the health of devices noted. */
export function startTaker(
  log: Log,
  side: Pick<ReadingSide, 'health' | 'intake' | 'onDefect' | 'patiently' | 'store' | 'time'>,
): { readonly taker: ReadingTaker; readonly stop: () => Promise<void> } {
  const { health, intake, time } = side
  const { refusals, stop } = keepRefusals(log, side)
  const taker = notingReadings(
    {
      receive: intake.receive,
      mayAnswer: (address) => refusals.mayAnswer(intake.isKnown(address) ? address : null),
      onRefused: (message) => refusals.add({ ...message, receivedAt: time.now() }),
    },
    health,
  )
  return { taker, stop }
}

function keepRefusals(
  log: Log,
  { onDefect, patiently, store }: Pick<ReadingSide, 'onDefect' | 'patiently' | 'store'>,
): { readonly refusals: RefusalBook; readonly stop: () => Promise<void> } {
  const refusals = createRefusalBook({
    insert: (messages) => patiently(() => insertRefusedMessages(store, messages)),
    prune: () => patiently(() => pruneRefusedMessages(store)),
    nowMs: () => performance.now(),
  })
  const flush = async (): Promise<void> => {
    await refusals.flush()
    const suppressed = refusals.takeSuppressed()
    if (suppressed > 0) log.warn({ suppressed }, 'more messages refused than are kept')
  }
  const stopFlushing = repeat(REFUSAL_FLUSH_MS, flush, onDefect)
  return {
    refusals,
    async stop() {
      stopFlushing()
      await refusals.flush()
    },
  }
}
