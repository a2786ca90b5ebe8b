import { NO_ADDRESS, NO_HASH } from '../abi.ts'
import { CONTRACT_NAMES, type LedgerAddresses } from '../../../services/chain/ledger.ts'
import { roleNumberOf, type Role } from '../../../services/domain/identity/role.ts'
import { keccakHex } from '../ledger/keccak.ts'
import { domainSeparatorOf } from '../market/order-signer.ts'
import { createCallers } from './callers.ts'
import { createCredentials } from './credentials.ts'
import { createDids } from './dids.ts'
import { eventForTest } from './event-for-test.ts'
import { createMembers } from './members.ts'

export const AREA = 1
const CHAIN_ID = 31_337

export const addressOf = (number: number) => `0x${number.toString(16).padStart(40, '0')}`
export const ADDRESSES = Object.fromEntries(
  CONTRACT_NAMES.map((name, index) => [name, addressOf(0xc0_00 + index)]),
) as LedgerAddresses

/** Issues credentials of every role, and is accredited for them. */
export const ISSUER = addressOf(0xa1)
export const CONSORTIUM = addressOf(0xa2)
export const connectionPointOf = (memberId: number) => `0x${memberId.toString(16).padStart(64, '0')}`

export type IssuanceForTest = {
  readonly subject: string
  readonly role: Role
  readonly area?: number
  readonly issuer?: string
  readonly from?: string
  readonly time?: number
  readonly validFrom?: number
  readonly validUntil?: number
  readonly connectionPoint?: string
  readonly digest?: string
}

type Caller = {
  readonly from?: string
  readonly to?: string
  readonly time?: number
  readonly calls?: readonly string[]
}

/** Credentials, owners and members as a ledger replays them, with an issuer who is accredited for every role. */
export function identityForTest() {
  const hidden: string[] = []
  const callers = createCallers(ADDRESSES, (name) => hidden.push(name))
  const credentials = createCredentials(callers, (account) => account === CONSORTIUM)
  const dids = createDids(callers, domainSeparatorOf(CHAIN_ID, ADDRESSES.didRegistry))
  const members = createMembers({ credentials, dids, callers })

  const accredit = (issuer: string, role: Role, accreditation: number, area = 0) =>
    credentials.see(
      eventForTest(
        'credentialRegistry',
        'AccreditationChanged',
        { issuer, role: roleNumberOf(role), area, accreditation },
        { from: CONSORTIUM, to: ADDRESSES.credentialRegistry },
      ),
    )

  const issue = (issuance: IssuanceForTest): string => {
    const { subject, role, area = AREA, issuer = ISSUER, from = issuer, time = 1_000 } = issuance
    const { validFrom = 0, validUntil = 2 ** 39, connectionPoint = NO_HASH, digest = NO_HASH } = issuance
    const words = [issuer, subject, roleNumberOf(role), area, connectionPoint, digest, validFrom, validUntil]
    const encoded = words.map((word) => BigInt(word).toString(16).padStart(64, '0')).join('')
    const credentialId = keccakHex(Buffer.from(encoded, 'hex'))
    const event = eventForTest(
      'credentialRegistry',
      'CredentialIssued',
      {
        credentialId,
        issuer,
        subject,
        role: roleNumberOf(role),
        area,
        connectionPoint,
        digest,
        validFrom,
        validUntil,
      },
      { from, to: ADDRESSES.credentialRegistry, time, calls: ['issueCredentials'] },
    )
    credentials.see(event)
    members.expectNoted(subject, area, event)
    return credentialId
  }

  const change = (credentialId: string, status: number, by = ISSUER, facts: Caller = {}): void => {
    const values = { credentialId, status, by }
    const where = { from: by, to: ADDRESSES.credentialRegistry, ...facts }
    const event = eventForTest('credentialRegistry', 'CredentialStatusChanged', values, where)
    credentials.see(event)
    const { subject, area } = credentials.all.get(credentialId)!
    members.expectNoted(subject, area, event)
  }

  const seeMember = (name: string, values: object, facts: Caller = {}): void =>
    members.see(eventForTest('memberRegistry', name, values as never, { to: ADDRESSES.memberRegistry, ...facts }))

  /** An event of the register, of a member whose account, trading and meter key follow from its number. */
  const register = (memberId: number, kind: number, change: object = {}): void => {
    const keys = {
      account: addressOf(0x1000 + memberId),
      tradingKey: addressOf(0x2000 + memberId),
      meterKey: addressOf(0x3000 + memberId),
    }
    const limits = { quantityLimit: 5_000, connectionPoint: connectionPointOf(memberId) }
    seeMember('MemberRegistered', { memberId, area: AREA, kind, ...keys, ...limits, ...change })
  }

  /** Gives a household the credentials that it needs, and registers it. Answers with their numbers. */
  const registerHousehold = (memberId: number, role: Role = 'prosumer', validUntil = 2 ** 39) => {
    const subject = addressOf(0x1000 + memberId)
    const membership = issue({ subject, role, validUntil })
    const connectionPoint = connectionPointOf(memberId)
    const connection = issue({ subject, role: 'connection-point', connectionPoint })
    issue({ subject: addressOf(0x3000 + memberId), role: 'meter' })
    register(memberId, 0)
    return { membership, connection }
  }

  const registerInstitution = (memberId: number, kind: number, role: Role): void => {
    issue({ subject: addressOf(0x1000 + memberId), role })
    register(memberId, kind, { tradingKey: NO_ADDRESS, meterKey: NO_ADDRESS, connectionPoint: NO_HASH })
  }

  for (const role of ROLES_ISSUED) accredit(ISSUER, role, 1)
  return {
    hidden,
    callers,
    credentials,
    dids,
    members,
    accredit,
    issue,
    change,
    seeMember,
    register,
    registerHousehold,
    registerInstitution,
  }
}

const ROLES_ISSUED: readonly Role[] = [
  'prosumer',
  'consumer',
  'microgrid-trader',
  'connection-point',
  'meter',
  'supplier',
  'dso',
  'aggregator',
  'tso',
  'market-operator',
  'metering-operator',
  'settlement-bank',
  'community-manager',
  'receipt-signer',
]
