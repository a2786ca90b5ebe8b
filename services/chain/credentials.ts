import { randomBytes } from 'node:crypto'
import { roleNumberOf, type Role } from '../domain/identity/role.ts'
import type { ActorKeys } from './deploy.ts'
import type { Ledger } from './ledger.ts'
import { sendSetUpCalls, type SetUpCall } from './set-up-transactions.ts'
import { addressOfKey } from './typed-data.ts'

/** What the ledger records of a credential. */
export type Issuance = {
  readonly subject: string
  readonly role: Role
  /** In which the role is held; 0 for every area. */
  readonly area: number
  /** Salted commitment to the connection point, 32 bytes as 0x-hex; null where there is none. */
  readonly connectionPoint: string | null
  /** Salted hash of the credential as its holder keeps it, 32 bytes as 0x-hex. */
  readonly digest: string
  /** Unix seconds; valid from the first up to the second, not included. */
  readonly validFrom: number
  readonly validUntil: number
}

export const EVERY_AREA = 0

/** Roles that the regulator vouches for, the community's manager among them. */
const REGULATED: readonly Role[] = [
  'community-manager',
  'aggregator',
  'supplier',
  'dso',
  'tso',
  'metering-operator',
  'market-operator',
  'settlement-bank',
  'auditor',
  'regulator',
  'tax-authority',
  'platform-operator',
]
const DEVICES: readonly Role[] = ['meter', 'gateway', 'battery', 'ev-charger', 'heat-pump', 'pv-inverter']

/** One transaction holds so many with room to spare. */
const ISSUANCES_PER_TRANSACTION = 100
const VALIDITY_SECONDS = 5 * 365 * 86_400
const NO_COMMITMENT = `0x${'00'.repeat(32)}`

/** Who issues what: the calls by which the consortium accredits them, for every area. */
export function accreditationCalls(ledger: Pick<Ledger, 'addresses' | 'contracts'>, keys: ActorKeys): SetUpCall[] {
  const issuers: readonly (readonly [key: string, roles: readonly Role[]])[] = [
    [keys.regulator, REGULATED],
    [keys.communityManager, ['prosumer', 'consumer', 'microgrid-trader']],
    [keys.dso, ['connection-point']],
    [keys.meteringOperator, DEVICES],
    [keys.marketOperator, ['receipt-signer']],
  ]
  return issuers.flatMap(([key, roles]) =>
    roles.map((role) => registryCall(ledger, 'accreditIssuer', [addressOfKey(key), roleNumberOf(role), EVERY_AREA])),
  )
}

/** Issues the credentials that the actors of an area need, or of every area: each by whom it is issued. */
export async function issueActorCredentials(ledger: Ledger, keys: ActorKeys, area: number): Promise<void> {
  const validity = await validityFromNow(ledger)
  const issuanceOf = ([key, role]: readonly [string, Role]) => issuanceTo(addressOfKey(key), role, area, validity)
  if (area === EVERY_AREA) {
    const everywhere: readonly (readonly [string, Role])[] = [
      [keys.regulator, 'regulator'],
      [keys.settlementBank, 'settlement-bank'],
    ]
    return issueCredentials(ledger, keys.regulator, everywhere.map(issuanceOf))
  }
  const regulated: readonly (readonly [string, Role])[] = [
    [keys.communityManager, 'community-manager'],
    [keys.supplier, 'supplier'],
    [keys.dso, 'dso'],
    [keys.taxAuthority, 'tax-authority'],
    [keys.platformOperator, 'platform-operator'],
    [keys.meteringOperator, 'metering-operator'],
    [keys.marketOperator, 'market-operator'],
  ]
  await issueCredentials(ledger, keys.regulator, regulated.map(issuanceOf))
  await issueCredentials(ledger, keys.marketOperator, [issuanceOf([keys.receipts, 'receipt-signer'])])
}

/** Throws what the ledger says where the issuer is not accredited. */
export async function issueCredentials(
  ledger: Ledger,
  issuerKey: string,
  issuances: readonly Issuance[],
): Promise<void> {
  const calls: SetUpCall[] = []
  for (let start = 0; start < issuances.length; start += ISSUANCES_PER_TRANSACTION) {
    const some = issuances.slice(start, start + ISSUANCES_PER_TRANSACTION)
    calls.push(registryCall(ledger, 'issueCredentials', [some.map(encodeIssuance)]))
  }
  await sendSetUpCalls(ledger.provider, issuerKey, calls)
}

/** Valid from the ledger's latest block on, for five years. */
export async function validityFromNow(ledger: Ledger): Promise<Pick<Issuance, 'validFrom' | 'validUntil'>> {
  const block = (await ledger.provider.send('eth_getBlockByNumber', ['latest', false])) as { timestamp: string }
  const validFrom = Number(block.timestamp)
  return { validFrom, validUntil: validFrom + VALIDITY_SECONDS }
}

/** Of which nobody keeps more than the ledger says: the digest is chance. */
export function issuanceTo(
  subject: string,
  role: Role,
  area: number,
  validity: Pick<Issuance, 'validFrom' | 'validUntil'>,
  connectionPoint: string | null = null,
): Issuance {
  return { subject, role, area, connectionPoint, digest: `0x${randomBytes(32).toString('hex')}`, ...validity }
}

export function encodeIssuance(issuance: Issuance): readonly unknown[] {
  const { subject, role, area, connectionPoint, digest, validFrom, validUntil } = issuance
  return [subject, roleNumberOf(role), area, connectionPoint ?? NO_COMMITMENT, digest, validFrom, validUntil]
}

function registryCall(
  ledger: Pick<Ledger, 'addresses' | 'contracts'>,
  name: string,
  parameters: readonly unknown[],
): SetUpCall {
  const { interface: registry } = ledger.contracts.credentialRegistry
  return { to: ledger.addresses.credentialRegistry, data: registry.encodeFunctionData(name, parameters) }
}
