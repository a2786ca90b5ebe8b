import { commandDomain, digestOfActivation, type SignedActivation } from '../chain/device-commands.ts'
import type { LedgerFlexOrder } from '../chain/flex-orders.ts'
import type { Ledger } from '../chain/ledger.ts'
import { recoverSigner } from '../chain/typed-data.ts'
import { DomainError } from '../domain/errors.ts'

/** What the ledger says of flex orders and of who serves them. */
export type FlexOrdersOnLedger = {
  /** Null where there is none of that number; `orderedAt` in unix seconds. */
  readonly readFlexOrder: (
    orderId: number,
  ) => Promise<Pick<LedgerFlexOrder, 'state' | 'portfolioId' | 'productId' | 'orderedAt'> | null>
  /** In which portfolio the member was for the product; null for none. */
  readonly readPortfolioAt: (productId: number, memberId: number, time: number) => Promise<number | null>
  /** Whether the account acts for the portfolio's aggregator, which is active and holds its credential. */
  readonly isAggregatorOf: (portfolioId: number, account: string) => Promise<boolean>
}

/** Whose command it is, and since when the order for which it is binds; unix seconds. */
export type AggregatorCommand = { readonly issuer: string; readonly orderedAt: number }

/**
 * Makes what finds out whether an aggregator may have a member's device serve a flex order at a time (unix seconds). Throws
 * `command-signature-invalid` where nobody signed it who acts for the portfolio's aggregator, `flex-order-not-binding` where
 * the portfolio has no such order, and `member-not-in-portfolio` where the member is not in it for the order's product.
 */
export function aggregatorSignerOf({
  ledger,
  flexOrders,
}: {
  readonly ledger: Pick<Ledger, 'chainId' | 'addresses'>
  readonly flexOrders: FlexOrdersOnLedger
}) {
  const domain = commandDomain(ledger)

  return async (
    activation: SignedActivation,
    signature: string,
    { memberId, time }: { readonly memberId: number; readonly time: number },
  ): Promise<AggregatorCommand> => {
    const { portfolioId, orderId } = activation
    const issuer = recoverSigner(digestOfActivation(domain, activation), signature)
    if (issuer === null || !(await flexOrders.isAggregatorOf(portfolioId, issuer))) {
      throw new DomainError(
        'command-signature-invalid',
        `the command was not signed, as it stands, for the aggregator of portfolio ${portfolioId}`,
      )
    }
    const order = await flexOrders.readFlexOrder(orderId)
    if (order === null || order.state !== 'binding' || order.portfolioId !== portfolioId) {
      throw new DomainError('flex-order-not-binding', `no flex order ${orderId} binds portfolio ${portfolioId}`)
    }
    if ((await flexOrders.readPortfolioAt(order.productId, memberId, time)) !== portfolioId) {
      throw new DomainError(
        'member-not-in-portfolio',
        `member ${memberId} is not in portfolio ${portfolioId} for product ${order.productId}`,
      )
    }
    return { issuer, orderedAt: order.orderedAt }
  }
}
