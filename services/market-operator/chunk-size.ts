import { FEWEST_ORDERS_PER_CHUNK, MOST_ORDERS_PER_CHUNK } from '../chain/packed-orders.ts'

/** The sizes in which an operator commits its chunks, the one that it prefers first. */
export const CHUNK_SIZES = [MOST_ORDERS_PER_CHUNK, FEWEST_ORDERS_PER_CHUNK] as const

/**
 * So many opened orders fit into one transaction beside a full chunk. An order costs 5,600 gas, 7,500 more where a key of
 * its member was revoked, which may happen until the session is cleared, and an opened order 3,600: 1,000 of the dearest
 * orders and 250 opened ones come to 14.0 of the 16.7 million that a transaction may use, which leaves a sixth of it.
 */
const OPENED_BESIDE_MOST = 250

/** In chunks of how many orders a session is committed, given the commitments on the ledger, which may all be opened. */
export function ordersPerChunkOf(commitmentCount: number): number {
  return commitmentCount <= OPENED_BESIDE_MOST ? MOST_ORDERS_PER_CHUNK : FEWEST_ORDERS_PER_CHUNK
}
