/** Lets one loop wait for whatever happens next. */
export type Signal = {
  fire(): void
  /** Resolves at the next firing after this call. */
  next(): Promise<void>
}

export function createSignal(): Signal {
  let waiting: (() => void)[] = []
  return {
    fire() {
      const woken = waiting
      waiting = []
      for (const wake of woken) wake()
    },
    next: () => new Promise((resolve) => waiting.push(resolve)),
  }
}
