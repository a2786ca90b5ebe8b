import type { ProjectionBatch } from '../store/projections.ts'
import type { LedgerEvent } from './projection-batch.ts'

const NOBODY = /^0x0{40}$/

/** Who owns which identity. */
export function projectDidRegistry(
  batch: ProjectionBatch,
  { name, arguments: values, block, transaction }: LedgerEvent,
): void {
  if (name !== 'DIDOwnerChanged') return
  const identity = values.identity as string
  const owner = values.owner as string
  batch.didOwners.set(identity, {
    identity,
    owner: NOBODY.test(owner) ? null : owner,
    changedBlock: block.number,
    changedTransaction: transaction.hash,
  })
}
