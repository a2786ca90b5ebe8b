import { revertToDomainError } from './errors.ts'
import { decodeEvent } from './events.ts'
import type { Ledger } from './ledger.ts'

type Receipt = { readonly logs: readonly { address: string; topics: string[]; data: string }[] }

/** A value of the first event of the name in a transaction that is mined. Throws a RangeError where there is none. */
export async function readEventValue(
  ledger: Ledger,
  transactionHash: string,
  event: string,
  parameter: string,
): Promise<unknown> {
  let receipt: Receipt | null
  try {
    receipt = (await ledger.provider.send('eth_getTransactionReceipt', [transactionHash])) as Receipt | null
  } catch (error) {
    throw revertToDomainError(error)
  }
  for (const log of receipt?.logs ?? []) {
    const decoded = decodeEvent(ledger, log)
    if (decoded?.name === event) return decoded.arguments[parameter]
  }
  throw new RangeError(`transaction ${transactionHash} has no event ${event}`)
}
