import { DomainError } from '../../errors.ts'
import type { DeliveryPeriod, PowerW } from '../../units.ts'
import { powerIn } from '../flex-direction.ts'
import type { FlexOffer } from '../trading/flex-offer.ts'
import type { FlexProduct } from '../trading/product.ts'

/** What a DSO has found that a portfolio can do for a product. Times are unix seconds. */
export type Prequalification = {
  readonly portfolio: string
  readonly product: string
  /** In the product's direction, in any period. */
  readonly power: PowerW
  readonly from: number
  /** Exclusive. */
  readonly until: number
}

/**
 * What a portfolio offers has to be prequalified, with all that it has offered besides and that may still be ordered: for
 * each offer the largest of its options counts. Throws `flex-not-prequalified`, `flex-prequalification-expired` (or not begun)
 * and `flex-offer-over-prequalified`, which names the first period.
 */
export function requirePrequalified(
  offer: FlexOffer,
  context: {
    readonly product: Pick<FlexProduct, 'id' | 'direction'>
    readonly prequalification: Prequalification | null
    /** Offers of the portfolio for the product that are open or ordered; the offer itself need not be among them. */
    readonly standing: readonly FlexOffer[]
    readonly now: number
  },
): void {
  const { product, prequalification, standing, now } = context
  if (
    prequalification === null ||
    prequalification.portfolio !== offer.portfolio ||
    prequalification.product !== product.id
  ) {
    throw new DomainError(
      'flex-not-prequalified',
      `portfolio ${offer.portfolio} is not prequalified for ${product.id}`,
      {
        portfolio: offer.portfolio,
        product: product.id,
      },
    )
  }
  const { from, until, power } = prequalification
  if (now < from || now >= until) {
    throw new DomainError(
      'flex-prequalification-expired',
      `portfolio ${offer.portfolio} is prequalified from ${from} to ${until}, and it is ${now} (unix seconds)`,
      { from, until, now },
    )
  }
  const others = standing.filter(({ id }) => id !== offer.id).map((other) => largestByPeriod(other, product))
  for (const [period, own] of largestByPeriod(offer, product)) {
    const offered = others.reduce((sum, other) => sum + (other.get(period) ?? 0n), own)
    if (own === 0n || offered <= power) continue
    throw new DomainError(
      'flex-offer-over-prequalified',
      `portfolio ${offer.portfolio} would have offered ${offered} W in period ${period}, and ${power} W are prequalified`,
      { period, offered, prequalified: power },
    )
  }
}

function largestByPeriod(
  { options }: FlexOffer,
  { direction }: Pick<FlexProduct, 'direction'>,
): Map<DeliveryPeriod, bigint> {
  const largest = new Map<DeliveryPeriod, bigint>()
  for (const { periods } of options) {
    for (const { period, power } of periods) {
      const along = powerIn(direction, power)
      if (along > (largest.get(period) ?? -1n)) largest.set(period, along)
    }
  }
  return largest
}
