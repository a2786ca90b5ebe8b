import { DomainError } from '../domain/errors.ts'

/** Runs work that needs the database, or the ledger, until it succeeds; the work must stand being repeated. */
export type Patiently = <Result>(work: () => Promise<Result>) => Promise<Result>

const SHORTEST_PAUSE_MS = 50
const LONGEST_PAUSE_MS = 2_000

/**
 * Waits for a database that cannot be reached, rather than losing what is under way. Refusals and defects of the
 * program are thrown as they are; after `stopped`, so is the next failure.
 * @param onTrouble Hears why the database fails, and null when it works again.
 * @param mayPass Which failures are waited for; those of the database unless told.
 */
export function createPatience(options: {
  readonly pause: (milliseconds: number) => Promise<void>
  readonly stopped: AbortSignal
  readonly onTrouble: (detail: string | null) => void
  readonly mayPass?: (error: Error) => boolean
}): Patiently {
  const { mayPass = isOfDatabase } = options
  let waiting = 0
  return async (work) => {
    let failures = 0
    try {
      for (;;) {
        try {
          return await work()
        } catch (error) {
          if (!(error instanceof Error) || !mayPass(error) || options.stopped.aborted) throw error
          if (failures === 0) waiting += 1
          failures += 1
          options.onTrouble(lastLineOf(error.message))
          await options.pause(Math.min(LONGEST_PAUSE_MS, SHORTEST_PAUSE_MS * 2 ** Math.min(failures - 1, 10)))
        }
      }
    } finally {
      if (failures > 0) waiting -= 1
      if (failures > 0 && waiting === 0) options.onTrouble(null)
    }
  }
}

/** Whatever is neither a refusal of ours nor a defect. */
function isOfDatabase(error: Error): boolean {
  return !(error instanceof DomainError || error instanceof TypeError || error instanceof RangeError)
}

/** Prisma's messages show the calling code first and end with what happened. */
function lastLineOf(message: string): string {
  return message.trim().split('\n').at(-1)?.trim() ?? ''
}
