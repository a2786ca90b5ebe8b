import { differ } from '../difference.ts'
import { hexOf } from '../ledger/hex.ts'
import { placeOf, type LedgerEvent } from './ledger-event.ts'

/** A call that the access manager lets its caller make once a delay is over. Times in unix seconds. */
export type ScheduledOperation = {
  readonly caller: string
  readonly target: string
  readonly selector: string
  /** Selector and arguments. */
  readonly data: Uint8Array
  readonly scheduledAt: number
  readonly readyAt: number
  readonly nonce: number
}

const EXPIRATION_SECONDS = 7 * 86_400

/** Replays what was scheduled with the access manager, and when it was executed. */
export function createScheduledOperations() {
  const waiting = new Map<string, ScheduledOperation>()
  const executed: { readonly transaction: string; readonly operation: ScheduledOperation }[] = []

  const take = ({ fields, ...event }: LedgerEvent): ScheduledOperation => {
    const id = fields.text('operationId')
    const operation = waiting.get(id)
    if (operation?.nonce !== fields.number('nonce')) {
      differ('roles', `the operation ${id} was executed or cancelled, and was not scheduled`, placeOf(event))
    }
    waiting.delete(id)
    return operation
  }

  return {
    schedule: ({ fields, time, ...event }: LedgerEvent): void => {
      const id = fields.text('operationId')
      const other = waiting.get(id)
      if (other !== undefined && time < other.readyAt + EXPIRATION_SECONDS) {
        differ('roles', `the operation ${id} was scheduled twice`, placeOf(event))
      }
      const data = fields.bytes('data')
      waiting.set(id, {
        caller: fields.text('caller'),
        target: fields.text('target'),
        selector: hexOf(data.subarray(0, 4)),
        data,
        scheduledAt: time,
        readyAt: fields.number('schedule'),
        nonce: fields.number('nonce'),
      })
    },
    /** Within its time: not before it is ready, and no later than a week after. */
    execute: (event: LedgerEvent): void => {
      const operation = take(event)
      if (event.time < operation.readyAt || event.time >= operation.readyAt + EXPIRATION_SECONDS) {
        const message = `an operation was executed at ${event.time}, which could be a week from ${operation.readyAt} on`
        differ('roles', message, placeOf(event))
      }
      // Only what the same transaction brings about can rest on it.
      if (executed[0]?.transaction !== event.transaction.hash) executed.length = 0
      executed.push({ transaction: event.transaction.hash, operation })
    },
    cancel: take,
    executedIn: (transaction: string): readonly ScheduledOperation[] =>
      executed.flatMap((each) => (each.transaction === transaction ? [each.operation] : [])),
  }
}
