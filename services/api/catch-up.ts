import { DomainError } from '../domain/errors.ts'

/**
 * Makes a check that throws `projection-behind` until the database has come as far as `target`, a block number: before
 * that, a member that is registered or a deposit that is made may not be known here, and nobody is refused for it.
 */
export function createCatchUp(target: number, readIndexedBlock: () => Promise<number | null>): () => Promise<void> {
  let isCaughtUp = false
  return async () => {
    if (isCaughtUp) return
    isCaughtUp = ((await readIndexedBlock()) ?? -1) >= target
    if (!isCaughtUp) throw new DomainError('projection-behind', 'the ledger is still being read')
  }
}
