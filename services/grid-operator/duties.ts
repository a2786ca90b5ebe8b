import { DomainError } from '../domain/errors.ts'
import { createChecks } from './checks.ts'
import { createGuards } from './guards.ts'
import type { Operation } from './operation.ts'
import { orderAnswers } from './ordering.ts'
import { workOffQueue } from './queue.ts'
import { makeRequests } from './requests.ts'

/**
 * One round of all that the DSO does, one after the other on projections that hold all that it did before: what is ordered
 * must not be asked for again. Resolves to whether anything was done. A duty that fails does not keep the others from theirs.
 */
export function createDuties(operation: Operation): () => Promise<boolean> {
  const duties = [
    createChecks(operation),
    () => makeRequests(operation),
    () => orderAnswers(operation),
    () => workOffQueue(operation),
    createGuards(operation),
  ]
  return async () => {
    let trouble: DomainError | null = null
    let isProgress = false
    for (const duty of duties) {
      try {
        await operation.market.catchUp()
        isProgress = (await duty()) || isProgress
      } catch (error) {
        if (!(error instanceof DomainError)) throw error
        trouble ??= error
      }
    }
    if (trouble !== null) throw trouble
    return isProgress
  }
}
