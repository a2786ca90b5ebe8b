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

export function startPool(
  size: number = availableParallelism(),
  script = new URL('./worker.ts', import.meta.url),
): Pool {
  const queue: Waiting[] = []
  const members = new Set<{ readonly worker: Worker; readonly atHand: Map<number, Waiting> }>()
  let lastId = 0
  let isClosed = false
  for (let count = 0; count < size; count += 1) startMember()

  function startMember(): void {
    const worker = new Worker(script)
    const atHand = new Map<number, Waiting>()
    const member = { worker, atHand }
    members.add(member)
    worker.on('message', (message: AnswerMessage) => {
      const task = atHand.get(message.id)
      atHand.delete(message.id)
      if ('error' in message) task?.reject(errorOf(message.error))
      else task?.resolve(message.output as never)
      handOut()
    })
    const end = (error: Error): void => {
      if (!members.delete(member)) return
      for (const task of atHand.values()) task.reject(error)
      if (members.size === 0) for (const task of queue.splice(0)) task.reject(error)
      handOut()
    }
    worker.on('error', end)
    worker.on('exit', (code) => {
      if (!isClosed) end(new Error(`a thread of the audit ended with exit code ${code}`))
    })
  }

  function handOut(): void {
    for (;;) {
      const [freest] = [...members].sort((one, other) => one.atHand.size - other.atHand.size)
      if (freest === undefined || freest.atHand.size >= TASKS_AT_HAND) return
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
        if (members.size === 0) return reject(new Error('every thread of the audit has ended'))
        queue.push({ name, input, resolve, reject })
        handOut()
      }),
    close: async () => {
      isClosed = true
      await Promise.all([...members].map(({ worker }) => worker.terminate()))
    },
  }
}

function errorOf({ code, message }: { readonly code: string | null; readonly message: string }): Error {
  return code === null ? new Error(message) : new DomainError(code, message)
}
