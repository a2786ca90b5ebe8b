/** Lets so many visits go on at once, and so many of them at one host. */
export type VisitQueue = {
  /** Runs a visit when its turn comes; settles as it does. */
  readonly run: <Result>(host: string, visit: () => Promise<Result>) => Promise<Result>
}

type Waiting = { readonly host: string; readonly begin: () => void }

export function createVisitQueue(limits: { readonly atOnce: number; readonly perHost: number }): VisitQueue {
  const waiting: Waiting[] = []
  const running = new Map<string, number>()
  let count = 0

  const next = (): void => {
    for (let index = 0; index < waiting.length && count < limits.atOnce;) {
      const { host, begin } = waiting[index]!
      const atHost = running.get(host) ?? 0
      if (atHost >= limits.perHost) {
        index += 1
        continue
      }
      waiting.splice(index, 1)
      running.set(host, atHost + 1)
      count += 1
      begin()
    }
  }
  const end = (host: string): void => {
    const left = (running.get(host) ?? 1) - 1
    if (left === 0) running.delete(host)
    else running.set(host, left)
    count -= 1
    next()
  }

  return {
    async run(host, visit) {
      await new Promise<void>((resolve) => {
        waiting.push({ host, begin: resolve })
        next()
      })
      try {
        return await visit()
      } finally {
        end(host)
      }
    },
  }
}
