import type { Delegation } from '../domain/market/trading-key.ts'
import type { HouseholdKeys } from '../runtime/keys.ts'
import { listDelegatingHomes } from '../store/agent-keys.ts'
import type { Store } from '../store/connect.ts'
import { listConnections } from '../store/readings.ts'
import type { DelegatedKeyOf } from './delegated-keys.ts'

/** A home for which the agent orders. */
export type Home = {
  readonly memberId: number
  /** Private key that signs its orders, 0x-hex. */
  readonly tradingKey: string
  /** Within what a key trades that is not the home's own; null for its own. */
  readonly delegated: { readonly key: string; readonly delegation: Delegation; readonly wished: Delegation } | null
}

/** The area's homes as they are now: those whose keys are in the data folder, and those that delegated to the agent. */
export async function readHomes(
  sources: {
    readonly store: Store
    readonly ownKeys: readonly HouseholdKeys[]
    readonly delegatedKeyOf: DelegatedKeyOf
  },
  area: number,
): Promise<Home[]> {
  const { store, ownKeys, delegatedKeyOf } = sources
  const [connections, delegating] = await Promise.all([listConnections(store), listDelegatingHomes(store)])
  const members = new Set(connections.filter((connection) => connection.area === area).map(({ memberId }) => memberId))
  const own = ownKeys.filter(({ memberId }) => members.has(memberId))
  const ownMembers = new Set(own.map(({ memberId }) => memberId))
  return [
    ...own.map(({ memberId, tradingKey }) => ({ memberId, tradingKey, delegated: null })),
    ...delegating
      .filter((home) => home.area === area && !ownMembers.has(home.memberId))
      .map(({ memberId, account, generation, key, delegation, wished }) => ({
        memberId,
        tradingKey: delegatedKeyOf(account, generation),
        delegated: { key, delegation, wished },
      })),
  ]
}
