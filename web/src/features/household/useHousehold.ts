import { api, type Household, type HouseholdPage } from '../../lib/api-client.ts'
import { saysUnknown, type Problem } from '../../lib/problem.ts'
import { queryKeys } from '../../lib/query-keys.ts'
import { useFetched } from '../../lib/useFetched.ts'

/** A key to which the home delegates its trading, within limits. */
export type Delegation = {
  readonly key: string
  readonly sides: 'bids and offers' | 'bids' | 'offers'
  /** Unix seconds. */
  readonly expiry: number
}

export type Home = {
  readonly memberId: number
  readonly name: string
  /** W. */
  readonly connectionCapacity: bigint
  readonly pvCapacity: bigint
  /** Wh that one order may ask for or offer. */
  readonly quantityLimit: bigint
  /** Micro-euro. */
  readonly balance: bigint
  readonly debt: bigint
  readonly creditLine: bigint
  readonly delegation: Delegation | null
  readonly meterKey: string
  readonly tradingKey: string
  /** Unix seconds; null while active. */
  readonly activeUntil: number | null
}

export type HomeState =
  | { readonly status: 'loading' }
  | { readonly status: 'failed'; readonly problem: Problem; readonly retry: () => void }
  | { readonly status: 'unknown' }
  | { readonly status: 'ready'; readonly home: Home; readonly stale: Problem | null }

export type HomesState =
  | { readonly status: 'loading' }
  | { readonly status: 'failed'; readonly problem: Problem; readonly retry: () => void }
  | { readonly status: 'empty' }
  | { readonly status: 'ready'; readonly homes: readonly Home[]; readonly stale: Problem | null }

const PAGE = 200

/** One household's master data and balance. */
export function useHousehold(memberId: number): HomeState {
  const fetched = useFetched({
    key: queryKeys.household(memberId),
    fetch: (signal) => api.household(memberId, signal),
    select: homeOf,
  })
  if (fetched.status === 'failed' && saysUnknown(fetched.problem)) return { status: 'unknown' }
  return fetched.status === 'ready' ? { status: 'ready', home: fetched.data, stale: fetched.stale } : fetched
}

/** All households, ascending by number. */
export function useHouseholds(): HomesState {
  const fetched = useFetched({ key: queryKeys.households(), fetch: fetchAllHouseholds, select: homesOf })
  if (fetched.status !== 'ready') return fetched
  return fetched.data.length === 0
    ? { status: 'empty' }
    : { status: 'ready', homes: fetched.data, stale: fetched.stale }
}

async function fetchAllHouseholds(signal: AbortSignal): Promise<readonly Household[]> {
  const all: Household[] = []
  let after: number | null = 0
  while (after !== null) {
    const page: HouseholdPage = await api.households({ after, limit: PAGE }, signal)
    all.push(...page.items)
    after = page.nextAfter
  }
  return all
}

const homesOf = (households: readonly Household[]) => households.map(homeOf)

function homeOf(household: Household): Home {
  return {
    memberId: household.memberId,
    name: household.name,
    connectionCapacity: BigInt(household.connectionCapacityW),
    pvCapacity: BigInt(household.pvCapacityW),
    quantityLimit: BigInt(household.quantityLimitWh),
    balance: BigInt(household.balanceMicroEuro),
    debt: BigInt(household.debtMicroEuro),
    creditLine: BigInt(household.creditLineMicroEuro),
    delegation: delegationOf(household.delegation),
    meterKey: household.meterKey,
    tradingKey: household.tradingKey,
    activeUntil: household.activeUntil,
  }
}

function delegationOf(delegation: Household['delegation']): Delegation | null {
  if (delegation === null) return null
  const { key, mayBid, mayOffer, expiry } = delegation
  return { key, sides: mayBid && mayOffer ? 'bids and offers' : mayBid ? 'bids' : 'offers', expiry }
}
