import { api, type Household } from '../../lib/api-client.ts'
import type { Problem } from '../../lib/problem.ts'
import { queryKeys } from '../../lib/query-keys.ts'
import { hasTradingKey } from '../../lib/trading-key.ts'
import { useFetched } from '../../lib/useFetched.ts'

/** Within what the home's agent trades for it. */
export type AgentLimits = {
  readonly key: string
  readonly maySell: boolean
  readonly mayBuy: boolean
  /** Wh in one order. */
  readonly quantity: bigint
  /** Micro-euro per kWh. */
  readonly lowestPrice: bigint
  readonly highestPrice: bigint
  /** Unix seconds. */
  readonly until: number
}

export type Trading = {
  readonly tradingKey: string
  /** Whether that key is in this browser. */
  readonly isKeyHere: boolean
  readonly isActive: boolean
  readonly agent: AgentLimits | null
}

export type TradingState =
  | { readonly status: 'loading' }
  | { readonly status: 'failed'; readonly problem: Problem; readonly retry: () => void }
  | { readonly status: 'ready'; readonly trading: Trading }

const same = (isHere: boolean) => isHere

/** With which keys a home trades. */
export function useTrading(memberId: number): TradingState {
  const household = useFetched({
    key: queryKeys.household(memberId),
    fetch: (signal) => api.household(memberId, signal),
    select: keysOf,
  })
  const tradingKey = household.status === 'ready' ? household.data.tradingKey : null
  const here = useFetched({
    key: [...queryKeys.tradingKeys(), tradingKey],
    fetch: () => (tradingKey === null ? Promise.resolve(false) : hasTradingKey(tradingKey)),
    select: same,
  })
  if (household.status !== 'ready') return household
  if (here.status !== 'ready') return here
  return { status: 'ready', trading: { ...household.data, isKeyHere: here.data } }
}

function keysOf({ tradingKey, activeUntil, delegation }: Household): Omit<Trading, 'isKeyHere'> {
  return { tradingKey, isActive: activeUntil === null, agent: delegation === null ? null : limitsOf(delegation) }
}

function limitsOf(delegation: NonNullable<Household['delegation']>): AgentLimits {
  return {
    key: delegation.key,
    mayBuy: delegation.mayBid,
    maySell: delegation.mayOffer,
    quantity: BigInt(delegation.quantityLimitWh),
    lowestPrice: BigInt(delegation.lowestPriceMicroEuroPerKwh),
    highestPrice: BigInt(delegation.highestPriceMicroEuroPerKwh),
    until: delegation.expiry,
  }
}
