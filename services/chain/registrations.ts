import type { RecordedIssuance } from '../domain/identity/credential-id.ts'
import type { Money } from '../domain/units.ts'
import { encodeIssuance } from './credentials.ts'
import { devicesRootOf, FOR_EVER, PURPOSES } from './delegations.ts'
import { readContract, type Ledger } from './ledger.ts'
import { MEMBER_KINDS } from './members.ts'
import type { Call } from './transactions.ts'

export function issueCall(...issuances: RecordedIssuance[]): Call {
  return { contract: 'credentialRegistry', function: 'issueCredentials', arguments: [issuances.map(encodeIssuance)] }
}

/** By the issuer of the credential, for good. */
export function revokeCall(credentialId: string): Call {
  return { contract: 'credentialRegistry', function: 'revokeCredentials', arguments: [[credentialId]] }
}

/** The metering operator lets the gateway commit readings of exactly these meters; addresses. */
export function delegateReadingsCall(of: {
  readonly meteringOperator: string
  readonly gateway: string
  readonly area: number
  readonly meters: readonly string[]
}): Call {
  const { meteringOperator, gateway, area, meters } = of
  const delegation = [
    meteringOperator,
    gateway,
    PURPOSES.indexOf('readings'),
    area,
    devicesRootOf(meters),
    meters.length,
    FOR_EVER,
  ]
  return { contract: 'delegations', function: 'delegate', arguments: [delegation] }
}

export function registerHouseholdCall(
  area: number,
  household: {
    readonly account: string
    readonly tradingKey: string
    readonly meterKey: string
    readonly quantityLimitWh: number
    /** Salted commitment. */
    readonly connectionPoint: string
  },
): Call {
  const { account, tradingKey, meterKey, quantityLimitWh, connectionPoint } = household
  const kind = MEMBER_KINDS.indexOf('household')
  const registration = [kind, account, tradingKey, meterKey, quantityLimitWh, connectionPoint]
  return { contract: 'memberRegistry', function: 'registerMembers', arguments: [area, [registration]] }
}

export function setCreditLineCall(memberId: number, amount: Money): Call {
  return { contract: 'accounts', function: 'setCreditLine', arguments: [memberId, amount] }
}

/** The area's household with the account; null for none. */
export async function readHouseholdOf(ledger: Ledger, account: string, area: number): Promise<number | null> {
  const memberId = Number((await readContract(ledger, 'memberRegistry', 'householdOf', account, area))[0])
  return memberId === 0 ? null : memberId
}

/** How far the member may trade beyond its balance, in micro-euro. */
export async function readCreditLine(ledger: Ledger, memberId: number): Promise<bigint> {
  return (await readContract(ledger, 'accounts', 'creditLineOf', memberId))[0] as bigint
}

/** Number of the delegation by which the gateway commits the area's readings, valid or not; 0 for none. */
export async function readLatestDelegation(
  ledger: Ledger,
  { meteringOperator, gateway, area }: { meteringOperator: string; gateway: string; area: number },
): Promise<bigint> {
  const readings = PURPOSES.indexOf('readings')
  return (await readContract(ledger, 'delegations', 'latestOf', meteringOperator, gateway, readings, area))[0] as bigint
}

/** Whether the latest delegation of readings of the area names the meters, and so many devices as there are. */
export async function areReadingsDelegated(
  ledger: Ledger,
  of: {
    readonly meteringOperator: string
    readonly gateway: string
    readonly area: number
    readonly meters: readonly string[]
  },
): Promise<boolean> {
  const id = await readLatestDelegation(ledger, of)
  if (id === 0n || !(await readContract(ledger, 'delegations', 'isValid', id))[0]) return false
  const [delegation] = (await readContract(ledger, 'delegations', 'delegationOf', id)) as unknown as [
    { devicesRoot: string },
  ]
  return delegation.devicesRoot === devicesRootOf(of.meters)
}
