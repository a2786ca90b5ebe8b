import { DomainError } from '../domain/errors.ts'
import { readFlexOrder, type LedgerFlexOrder } from './flex-orders.ts'
import { readContract, type Ledger } from './ledger.ts'

/** The order as the ledger has it; null where there is none of that number. */
export function findFlexOrder(ledger: Ledger, orderId: number): Promise<LedgerFlexOrder | null> {
  return unlessRefused(() => readFlexOrder(ledger, orderId), 'flex-orders-unknown')
}

/** Whether the account acts for the portfolio's aggregator, which is active and holds its credential. */
export async function isAggregatorOf(ledger: Ledger, portfolioId: number, account: string): Promise<boolean> {
  const required = () => readContract(ledger, 'flexPortfolios', 'requireAggregator', portfolioId, account)
  const refusals = ['flex-portfolios-not-the-aggregator', 'flex-portfolios-unknown']
  return (await unlessRefused(required, ...refusals)) !== null
}

async function unlessRefused<Answer>(call: () => Promise<Answer>, ...codes: readonly string[]): Promise<Answer | null> {
  try {
    return await call()
  } catch (error) {
    if (error instanceof DomainError && codes.includes(error.code)) return null
    throw error
  }
}
