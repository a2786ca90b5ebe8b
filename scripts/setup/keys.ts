import { createHmac, randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { ActorKeys } from '../../services/chain/deploy.ts'
import type { Consortium } from '../../services/chain/governance.ts'
import { addressOfKey } from '../../services/chain/typed-data.ts'
import { keepKey, type Role } from '../../services/chain/role-keys.ts'
import type { HouseholdKeys } from '../../services/runtime/keys.ts'

export const ROLES: readonly Role[] = [
  'administrator',
  'regulator',
  'community-manager',
  'market-operator',
  'metering-operator',
  'gateway',
  'supplier',
  'dso',
  'grid-operator',
  'tso',
  'aggregator',
  'settlement-bank',
  'tax-authority',
  'platform-operator',
  'receipts',
  'relay',
  'council-1',
  'council-2',
  'council-3',
  'guardian',
]

export type RoleKeys = Readonly<Record<Role, string>>

/** Where private keys come from: chance, or a seed for runs that must be the same every time. */
export type KeySource = (purpose: string) => string

export const randomKeys: KeySource = () => `0x${randomBytes(32).toString('hex')}`

/** Keys that anyone can make again: only for a ledger that is thrown away with them. */
export function seededKeys(seed: string): KeySource {
  return (purpose) => `0x${createHmac('sha256', seed).update(purpose).digest('hex')}`
}

/** Makes the keys of the roles and the secrets behind salts and agent's keys where they are not there yet, and reads the keys. */
export async function prepareRoleKeys(dataFolder: string, source: KeySource): Promise<RoleKeys> {
  const folder = path.join(dataFolder, 'keys')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  for (const file of ['salt.secret', 'agent.secret']) {
    const target = path.join(folder, file)
    if (!existsSync(target)) await writeFile(target, `${source(file)}\n`, { mode: 0o600 })
  }
  const keys: [Role, string][] = []
  // One after the other: the first decides how the passphrase is stretched for all.
  for (const role of ROLES) keys.push([role, await keepKey(dataFolder, role, () => source(`${role}.key`))])
  return Object.fromEntries(keys) as RoleKeys
}

/** Keys of one household before it has a number on the ledger. */
export type NewHouseholdKeys = Omit<HouseholdKeys, 'memberId' | 'accountKey'> & { readonly accountKey: string }

export function makeHouseholdKeys(names: readonly string[], source: KeySource): NewHouseholdKeys[] {
  return names.map((name) => ({
    name,
    tradingKey: source(`trading:${name}`),
    meterKey: source(`meter:${name}`),
    accountKey: source(`account:${name}`),
  }))
}

export async function writeHouseholdKeys(dataFolder: string, keys: readonly HouseholdKeys[]): Promise<void> {
  await writeFile(path.join(dataFolder, 'keys', 'households.json'), `${JSON.stringify(keys, null, 2)}\n`, {
    mode: 0o600,
  })
}

/** Two of three operators decide. */
export function consortiumOf(keys: RoleKeys): Consortium {
  return {
    members: [keys['council-1'], keys['council-2'], keys['council-3']].map(addressOfKey),
    threshold: 2,
    guardian: addressOfKey(keys.guardian),
  }
}

/** The keys under the names by which the ledger's roles know them. */
export function actorKeysOf(keys: RoleKeys): ActorKeys {
  return {
    administrator: keys.administrator,
    regulator: keys.regulator,
    communityManager: keys['community-manager'],
    marketOperator: keys['market-operator'],
    meteringOperator: keys['metering-operator'],
    gateway: keys.gateway,
    supplier: keys.supplier,
    dso: keys.dso,
    gridOperator: keys['grid-operator'],
    tso: keys.tso,
    aggregator: keys.aggregator,
    settlementBank: keys['settlement-bank'],
    taxAuthority: keys['tax-authority'],
    platformOperator: keys['platform-operator'],
    receipts: keys.receipts,
  }
}
