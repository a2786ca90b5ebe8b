import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { DomainError } from '../../../services/domain/errors.ts'
import type { AnswerMessage, TaskName, Tasks } from './tasks.ts'

/** Worker threads that check signatures and hashes, so that every core of the machine helps. */
export type Pool = {
  readonly size: number
  /** Does the task on the next free thread; throws what it threw. */
  readonly run: <Name extends TaskName>(name: Name, input: Tasks[Name]['input']) => Promise<Tasks[Name]['output']>
  readonly close: () => Promise<void>
}

type Waiting = {
  readonly name: TaskName
  readonly input: unknown
  readonly resolve: (output: never) => void
  readonly reject: (error: Error) => void
}

// A thread has this many tasks at hand, so that it need not wait for the next one to arrive.
const TASKS_AT_HAND = 2

export function startPool(size: number = availableParallelism()): Pool {
  const queue: Waiting[] = []
  const members = Array.from({ length: size }, () => startMember())
  let lastId = 0

  function startMember() {
    const worker = new Worker(new URL('./worker.ts', import.meta.url))
    const atHand = new Map<number, Waiting>()
    worker.on('message', (message: AnswerMessage) => {
      const task = atHand.get(message.id)
      atHand.delete(message.id)
      if ('error' in message) task?.reject(errorOf(message.error))
      else task?.resolve(message.output as never)
      handOut()
    })
    worker.on('error', (error: Error) => {
      for (const task of atHand.values()) task.reject(error)
      atHand.clear()
    })
    return { worker, atHand }
  }

  function handOut(): void {
    for (;;) {
      const freest = members.reduce((one, other) => (other.atHand.size < one.atHand.size ? other : one))
      if (freest.atHand.size >= TASKS_AT_HAND) return
      const task = queue.shift()
      if (task === undefined) return
      lastId += 1
      freest.atHand.set(lastId, task)
      freest.worker.postMessage({ id: lastId, name: task.name, input: task.input })
    }
  }

  return {
    size,
    run: (name, input) =>
      new Promise((resolve, reject) => {
        queue.push({ name, input, resolve, reject })
        handOut()
      }),
    close: async () => {
      await Promise.all(members.map(({ worker }) => worker.terminate()))
    },
  }
}

function errorOf({ code, message }: { readonly code: string | null; readonly message: string }): Error {
  return code === null ? new Error(message) : new DomainError(code, message)
}
