/** What lies ready for devices that ask for it themselves: one command for each, as long as its answer is waited for. */
export type CommandMailbox = {
  readonly put: (device: string, text: string) => void
  readonly remove: (device: string) => void
  /** The text for the device; where there is none, the next within so long, else null. */
  readonly next: (device: string, milliseconds: number) => Promise<string | null>
}

export function createCommandMailbox(): CommandMailbox {
  const texts = new Map<string, string>()
  const waiting = new Map<string, Set<(text: string | null) => void>>()

  return {
    put(device, text) {
      texts.set(device, text)
      for (const end of waiting.get(device) ?? []) end(text)
    },
    remove: (device) => void texts.delete(device),
    next(device, milliseconds) {
      const text = texts.get(device)
      if (text !== undefined || milliseconds === 0) return Promise.resolve(text ?? null)
      return new Promise((resolve) => {
        const ends = waiting.get(device) ?? new Set()
        waiting.set(device, ends)
        const end = (found: string | null): void => {
          clearTimeout(timer)
          ends.delete(end)
          if (ends.size === 0) waiting.delete(device)
          resolve(found)
        }
        const timer = setTimeout(() => end(null), milliseconds)
        ends.add(end)
      })
    },
  }
}
