import { bytesToHex } from '@noble/hashes/utils.js'
import type { RecordedIssuance } from '../domain/identity/credential-id.ts'
import { roleNumberOf, ROLES, type Role } from '../domain/identity/role.ts'
import { SECONDS_PER_DAY } from '../domain/units.ts'
import type { ActorKeys } from './deploy.ts'
import { readContract, type Ledger } from './ledger.ts'
import { sendSetUpCalls, type SetUpCall } from './set-up-transactions.ts'
import { addressOfKey, hashText } from './typed-data.ts'

export type CredentialRecord = Omit<RecordedIssuance, 'digest'> & {
  readonly issuer: string
  readonly status: (typeof STATUSES)[number]
}

export type Validity = Pick<RecordedIssuance, 'validFrom' | 'validUntil'>

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
const VALIDITY_SECONDS = 5 * 365 * SECONDS_PER_DAY
/** In the sequence of the contract's numbers, as the accreditations. */
const STATUSES = ['unknown', 'active', 'suspended', 'revoked'] as const
const NOT_ACCREDITED = 0
const ACCREDITED = 1
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
  const validity = await validityFromToday(ledger)
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
    ...(keys.gridOperator === undefined ? [] : [[keys.gridOperator, 'dso'] as const]),
    ...(keys.tso === undefined ? [] : [[keys.tso, 'tso'] as const]),
    ...(keys.aggregator === undefined ? [] : [[keys.aggregator, 'aggregator'] as const]),
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
  issuances: readonly RecordedIssuance[],
): Promise<void> {
  const calls: SetUpCall[] = []
  for (let start = 0; start < issuances.length; start += ISSUANCES_PER_TRANSACTION) {
    const some = issuances.slice(start, start + ISSUANCES_PER_TRANSACTION)
    calls.push(registryCall(ledger, 'issueCredentials', [some.map(encodeIssuance)]))
  }
  await sendSetUpCalls(ledger.provider, issuerKey, calls)
}

/** What the ledger says of a credential; `unknown` and zeros for what was never issued. */
export async function readCredentialRecord(ledger: Ledger, credentialId: string): Promise<CredentialRecord> {
  const [record] = (await readContract(ledger, 'credentialRegistry', 'credentialOf', credentialId)) as unknown as [
    Record<'issuer' | 'subject' | 'connectionPoint', string> &
      Record<'role' | 'area' | 'validFrom' | 'validUntil' | 'status', bigint>,
  ]
  return {
    issuer: record.issuer.toLowerCase(),
    subject: record.subject.toLowerCase(),
    role: ROLES[Number(record.role)] ?? 'none',
    area: Number(record.area),
    connectionPoint: record.connectionPoint === NO_COMMITMENT ? null : record.connectionPoint,
    validFrom: Number(record.validFrom),
    validUntil: Number(record.validUntil),
    status: STATUSES[Number(record.status)] ?? 'unknown',
  }
}

/** Whether the consortium lets the address issue credentials of the role in the area. */
export async function isAccredited(ledger: Ledger, issuer: string, role: Role, area: number): Promise<boolean> {
  const accreditationIn = async (where: number) =>
    Number((await readContract(ledger, 'credentialRegistry', 'accreditationOf', issuer, roleNumberOf(role), where))[0])
  const own = await accreditationIn(area)
  return (own === NOT_ACCREDITED ? await accreditationIn(EVERY_AREA) : own) === ACCREDITED
}

/** Valid from the beginning of the ledger's day (UTC) on, for five years. */
export async function validityFromToday(ledger: Ledger): Promise<Validity> {
  const { validFrom: now } = await validityFromNow(ledger)
  const validFrom = now - (now % SECONDS_PER_DAY)
  return { validFrom, validUntil: validFrom + VALIDITY_SECONDS }
}

/** Valid from the ledger's latest block on, for five years. */
export async function validityFromNow(ledger: Ledger): Promise<Validity> {
  const block = (await ledger.provider.send('eth_getBlockByNumber', ['latest', false])) as { timestamp: string }
  const validFrom = Number(block.timestamp)
  return { validFrom, validUntil: validFrom + VALIDITY_SECONDS }
}

/** Of which nobody keeps a document: the digest is that of the record itself. */
export function issuanceTo(
  subject: string,
  role: Role,
  area: number,
  validity: Validity,
  connectionPoint: string | null = null,
): RecordedIssuance {
  const record = { subject, role, area, connectionPoint, ...validity }
  return { ...record, digest: `0x${bytesToHex(hashText(JSON.stringify(record)))}` }
}

export function encodeIssuance(issuance: RecordedIssuance): readonly unknown[] {
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
