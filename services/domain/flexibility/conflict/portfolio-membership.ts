import { DomainError } from '../../errors.ts'

/** An asset in an aggregator's portfolio for one service, by its owner's consent. Times are unix seconds. */
export type PortfolioMembership = {
  readonly asset: string
  /** Id of the product. */
  readonly service: string
  readonly portfolio: string
  readonly from: number
  /** Exclusive; null where it lasts until it is ended. */
  readonly until: number | null
}

/**
 * An asset is in one portfolio for a service at a time; it may be in another one for another service. Throws
 * `flex-membership-invalid` for one that ends before it starts, `flex-asset-already-member` where it is in the same
 * portfolio, and `flex-asset-in-other-portfolio`.
 */
export function requireJoinable(membership: PortfolioMembership, others: readonly PortfolioMembership[]): void {
  const { asset, service, portfolio, from, until } = membership
  if (until !== null && until <= from) {
    throw new DomainError('flex-membership-invalid', `a membership from ${from} cannot end at ${until}`, {
      from,
      until,
    })
  }
  const clash = others.find((other) => other.asset === asset && other.service === service && overlap(membership, other))
  if (clash === undefined) return
  const code = clash.portfolio === portfolio ? 'flex-asset-already-member' : 'flex-asset-in-other-portfolio'
  throw new DomainError(
    code,
    `asset ${asset} is in portfolio ${clash.portfolio} for ${service} from ${clash.from}` +
      (clash.until === null ? ' on: end that first' : ` to ${clash.until}`),
    { asset, service, portfolio: clash.portfolio, from: clash.from, until: clash.until },
  )
}

/** The portfolio in which the asset is for the service at the time; null where it is in none. */
export function portfolioAt(
  memberships: readonly PortfolioMembership[],
  asset: string,
  service: string,
  at: number,
): string | null {
  const found = memberships.find(
    (one) => one.asset === asset && one.service === service && one.from <= at && (one.until === null || at < one.until),
  )
  return found?.portfolio ?? null
}

/** Throws `flex-asset-of-another` for the first asset that is not in the portfolio for the service at the time. */
export function requireOwnAssets(
  memberships: readonly PortfolioMembership[],
  offered: {
    readonly assets: readonly string[]
    readonly service: string
    readonly portfolio: string
    readonly at: number
  },
): void {
  const { assets, service, portfolio, at } = offered
  for (const asset of assets) {
    const owner = portfolioAt(memberships, asset, service, at)
    if (owner === portfolio) continue
    throw new DomainError(
      'flex-asset-of-another',
      `asset ${asset} is in ${owner === null ? 'no portfolio' : `portfolio ${owner}`} for ${service}, and not in ${portfolio}`,
      { asset, service, portfolio, owner },
    )
  }
}

function overlap(one: PortfolioMembership, other: PortfolioMembership): boolean {
  const startsInTime = other.until === null || one.from < other.until
  return startsInTime && (one.until === null || other.from < one.until)
}
