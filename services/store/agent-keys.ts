import { isSameDelegation, delegationOf, type Membership, type Wishes } from '../domain/joining/wishes.ts'
import type { Delegation } from '../domain/market/trading-key.ts'
import { energyWh, price } from '../domain/units.ts'
import type { Store } from './connect.ts'
import { listJoinings } from './joinings.ts'

/** A key to which an account may delegate its trading. */
export type AgentKey = { readonly account: string; readonly generation: number; readonly key: string }

/** A home that delegated its trading to one of the agent's keys. */
export type DelegatingHome = {
  readonly memberId: number
  readonly area: number
  readonly account: string
  readonly generation: number
  readonly key: string
  /** What it delegated, by the ledger; and what it would delegate by what it wishes now. */
  readonly delegation: Delegation
  readonly wished: Delegation
}

/** Accounts that join and have no key yet to which they could delegate, with the generation of the one that they need. */
export async function listWantedKeys(store: Store): Promise<Omit<AgentKey, 'key'>[]> {
  const [joinings, keys, registrations, delegations, revoked] = await Promise.all([
    listJoinings(store),
    store.client.agentKey.findMany({ orderBy: { generation: 'asc' } }),
    store.client.registration.findMany({ where: { memberId: { not: null } } }),
    store.client.delegation.findMany(),
    store.client.revokedKey.findMany(),
  ])
  const latest = new Map(keys.map((key) => [key.account, key]))
  const memberOf = new Map(registrations.map(({ account, memberId }) => [account, memberId!]))
  const delegationBy = new Map(delegations.map((row) => [row.memberId, delegationFrom(row)]))
  const gone = new Set(revoked.map(({ memberId, key }) => `${memberId}:${key}`))
  return joinings.flatMap(({ account, membership, wishes }) => {
    const known = latest.get(account)
    if (known === undefined) return [{ account, generation: 0 }]
    const memberId = memberOf.get(account)
    if (memberId === undefined) return []
    const isUsedUp =
      gone.has(`${memberId}:${known.key}`) ||
      isInForceOtherwise(delegationBy.get(memberId), wishes, membership, known.key)
    return isUsedUp ? [{ account, generation: known.generation + 1 }] : []
  })
}

/** Again without effect; the agent is the only writer. */
export async function writeAgentKeys(store: Store, keys: readonly AgentKey[]): Promise<void> {
  await store.client.agentKey.createMany({ data: [...keys], skipDuplicates: true })
}

/** Forgets keys of accounts that do not join any more, as those of homes that were erased. */
export async function removeIdleKeys(store: Store): Promise<void> {
  await store.client.$executeRaw`
    DELETE FROM agent_keys AS key WHERE NOT EXISTS (SELECT FROM joinings WHERE account = key.account)`
}

/** The key to which the account should delegate now; null where there is none yet. */
export async function readAgentKey(store: Store, account: string): Promise<string | null> {
  const row = await store.client.agentKey.findFirst({ where: { account }, orderBy: { generation: 'desc' } })
  return row?.key ?? null
}

/** The homes that joined and have delegated to one of the agent's keys, by the ledger's last block indexed, by member. */
export async function listDelegatingHomes(store: Store): Promise<DelegatingHome[]> {
  const [delegations, keys, households, joinings] = await Promise.all([
    store.client.delegation.findMany({ orderBy: { memberId: 'asc' } }),
    store.client.agentKey.findMany(),
    store.client.household.findMany({ select: { memberId: true, area: true } }),
    listJoinings(store),
  ])
  const joiningBy = new Map(joinings.map((joining) => [joining.account, joining]))
  const keyBy = new Map(keys.map((key) => [key.key, key]))
  const areaOf = new Map(households.map(({ memberId, area }) => [memberId, area]))
  return delegations.flatMap((row) => {
    const { memberId } = row
    const [key, area] = [keyBy.get(row.key), areaOf.get(memberId)]
    const joining = key && joiningBy.get(key.account)
    if (key === undefined || area === undefined || !joining?.wishes) return []
    const wished = delegationOf(joining.wishes, joining.membership, key.key)
    return [{ memberId, area, ...key, delegation: delegationFrom(row), wished }]
  })
}

/** What the member has delegated, by the last block indexed; null for nothing. */
export async function readDelegation(store: Store, memberId: number): Promise<Delegation | null> {
  const row = await store.client.delegation.findUnique({ where: { memberId } })
  return row === null ? null : delegationFrom(row)
}

/** A key that a delegation to it revokes would never trade again: other wishes need another key. */
function isInForceOtherwise(
  delegation: Delegation | undefined,
  wishes: Wishes | null,
  membership: Membership,
  key: string,
): boolean {
  if (delegation?.key !== key || wishes === null) return false
  return !isSameDelegation(delegation, delegationOf(wishes, membership, key))
}

function delegationFrom(row: {
  key: string
  mayBid: boolean
  mayOffer: boolean
  quantityLimitWh: number
  lowestPriceMicroEuroPerKwh: number
  highestPriceMicroEuroPerKwh: number
  expiry: bigint
}): Delegation {
  return {
    key: row.key,
    mayBid: row.mayBid,
    mayOffer: row.mayOffer,
    quantityLimit: energyWh(BigInt(row.quantityLimitWh)),
    lowestPrice: price(BigInt(row.lowestPriceMicroEuroPerKwh)),
    highestPrice: price(BigInt(row.highestPriceMicroEuroPerKwh)),
    expiry: Number(row.expiry),
  }
}
