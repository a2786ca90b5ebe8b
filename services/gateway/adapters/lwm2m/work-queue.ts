export type WorkQueue = {
  /** Runs the work once there is room for it; what it throws goes to `onDefect`. */
  readonly add: (work: () => Promise<void>) => void
  /** Drops what has not begun and what comes later, and resolves once the rest has ended. */
  readonly close: () => Promise<void>
}

/** Lets so many works run at once; the others wait in order. */
export function createWorkQueue({
  atOnce,
  onDefect,
}: {
  readonly atOnce: number
  readonly onDefect: (error: unknown) => void
}): WorkQueue {
  let waiting: (() => Promise<void>)[] = []
  const running = new Set<Promise<void>>()
  let isOpen = true

  const next = (): void => {
    while (running.size < atOnce && waiting.length > 0) {
      const work = waiting.shift()!
      const ended: Promise<void> = work()
        .catch(onDefect)
        .finally(() => {
          running.delete(ended)
          next()
        })
      running.add(ended)
    }
  }

  return {
    add: (work) => {
      if (!isOpen) return
      waiting.push(work)
      next()
    },
    close: async () => {
      isOpen = false
      waiting = []
      await Promise.all(running)
    },
  }
}
