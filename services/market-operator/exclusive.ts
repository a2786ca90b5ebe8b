import type { Operation } from './operation.ts'

const running = new WeakMap<Operation, Promise<unknown>>()

/**
 * Runs the work when no other of the operation's is running: the statements that are kept must not be drawn again
 * between the moment in which a day is drawn from them and the one in which it is signed. Must not be nested.
 */
export function exclusively<Result>(operation: Operation, work: () => Promise<Result>): Promise<Result> {
  const result = (running.get(operation) ?? Promise.resolve()).then(work)
  running.set(
    operation,
    result.catch(() => undefined),
  )
  return result
}
