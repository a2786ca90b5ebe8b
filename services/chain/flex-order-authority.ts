import { DomainError } from '../domain/errors.ts'
import { readContract, type ContractName, type Ledger } from './ledger.ts'

/** What the ledger says of a flex order that decides who may have devices serve it; `orderedAt` in unix seconds. */
export type FlexOrderAuthority = {
  readonly isBinding: boolean
  readonly portfolioId: number
  readonly productId: number
  readonly orderedAt: number
}

const FLEX_ORDERS = 'flexOrders' as ContractName
const FLEX_PORTFOLIOS = 'flexPortfolios' as ContractName
const BINDING = 1n

/** Null where there is none of that number. */
export async function readFlexOrderAuthority(
  ledger: Pick<Ledger, 'contracts'>,
  orderId: number,
): Promise<FlexOrderAuthority | null> {
  const answer = await unlessRefused(() => readContract(ledger, FLEX_ORDERS, 'orderOf', orderId), 'flex-orders-unknown')
  if (answer === null) return null
  const [order] = answer as unknown as [{ state: bigint; portfolioId: bigint; productId: bigint; orderedAt: bigint }]
  return {
    isBinding: order.state === BINDING,
    portfolioId: Number(order.portfolioId),
    productId: Number(order.productId),
    orderedAt: Number(order.orderedAt),
  }
}

/** In which portfolio the member was for the product at the time (unix seconds); null for none. */
export async function readPortfolioAt(
  ledger: Pick<Ledger, 'contracts'>,
  productId: number,
  memberId: number,
  time: number,
): Promise<number | null> {
  const [portfolioId] = await readContract(ledger, FLEX_PORTFOLIOS, 'portfolioAt', productId, memberId, time)
  return portfolioId === 0n ? null : Number(portfolioId as bigint)
}

/** Whether the account acts for the portfolio's aggregator, which is active and holds its credential. */
export async function isAggregatorOf(
  ledger: Pick<Ledger, 'contracts'>,
  portfolioId: number,
  account: string,
): Promise<boolean> {
  const required = () => readContract(ledger, FLEX_PORTFOLIOS, 'requireAggregator', portfolioId, account)
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
