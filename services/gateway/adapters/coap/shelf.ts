/** Keeps what can be done without; the oldest has to go once there is too much. */
export type Shelf = {
  /** Keeps so many bytes; returns what lets them go. `onForgotten` is called where they have to go before. */
  readonly keep: (bytes: number, onForgotten: () => void) => () => void
  /** Bytes that are kept, with what each costs besides. */
  readonly keptBytes: () => number
}

/** What an entry costs besides its bytes, roughly. */
const OVERHEAD_BYTES = 256

export function createShelf(maxBytes: number): Shelf {
  const entries = new Set<{ readonly bytes: number; readonly onForgotten: () => void }>()
  let kept = 0
  return {
    keep: (size, onForgotten) => {
      const entry = { bytes: size + OVERHEAD_BYTES, onForgotten }
      const letGo = (one: typeof entry): boolean => {
        const isKept = entries.delete(one)
        if (isKept) kept -= one.bytes
        return isKept
      }
      entries.add(entry)
      kept += entry.bytes
      for (const oldest of entries) {
        if (kept <= maxBytes) break
        letGo(oldest)
        oldest.onForgotten()
      }
      return () => void letGo(entry)
    },
    keptBytes: () => kept,
  }
}
