import { z } from 'zod'
import { DomainError } from '../domain/errors.ts'
import type { Store } from './connect.ts'

const address = z.string().regex(/^0x[0-9a-fA-F]{40}$/)
const addresses = z.object({
  accessManager: address,
  didRegistry: address,
  credentialRegistry: address,
  recovery: address,
  delegations: address,
  passkeyAccounts: address,
  memberRegistry: address,
  areaRegistry: address,
  tradingDays: address,
  callAuction: address,
  orderReceipts: address,
  meterReadings: address,
  settlement: address,
  challenges: address,
  accounts: address,
  settlementCurrency: address,
  council: address,
  tradingPause: address,
  flexProducts: address,
  congestionPoints: address,
  flexPortfolios: address,
  flexReservations: address,
  flexRequests: address,
  flexOrders: address,
  flexNominations: address,
  flexCalendars: address,
  flexBaselines: address,
  flexSettlement: address,
  flexChallenges: address,
})

export type LedgerAddresses = z.infer<typeof addresses>

/** The ledger that this database follows. */
export type FollowedLedger = {
  readonly chainId: number
  /** Hash of the block in which the first contract was deployed. */
  readonly deploymentHash: string
  readonly addresses: LedgerAddresses
}

/** Null before the set-up has deployed the contracts. */
export async function readLedger(store: Store): Promise<FollowedLedger | null> {
  const row = await store.client.ledger.findUnique({ where: { id: 1 } })
  if (row === null) return null
  return { chainId: row.chainId, deploymentHash: row.deploymentHash, addresses: addresses.parse(row.addresses) }
}

/** Throws `ledger-not-set-up` before the contracts are deployed. */
export async function readLedgerAddresses(store: Store): Promise<LedgerAddresses> {
  const ledger = await readLedger(store)
  if (ledger === null) {
    throw new DomainError('ledger-not-set-up', 'this database follows no ledger yet: deploy the contracts first')
  }
  return ledger.addresses
}

/** Writes which ledger the database follows; the set-up is the only writer. */
export async function writeLedger(store: Store, ledger: FollowedLedger): Promise<void> {
  const row = { ...ledger, addresses: addresses.parse(ledger.addresses) }
  await store.client.ledger.upsert({ where: { id: 1 }, create: { id: 1, ...row }, update: row })
}
