import { NO_ADDRESS } from '../abi.ts'
import { ROLES, type Role } from '../../../services/domain/identity/role.ts'
import { differ, requireSame, type Place } from '../difference.ts'
import { bytesOf } from '../ledger/hex.ts'
import { keccakHex } from '../ledger/keccak.ts'
import type { Callers } from './callers.ts'
import { placeOf, type LedgerEvent } from './ledger-event.ts'

/** What an issuer is of a role in an area, by the contracts' numbers. */
export const ACCREDITATIONS = ['none', 'active', 'suspended'] as const
export type Accreditation = (typeof ACCREDITATIONS)[number]
/** What became of a credential, by the contracts' numbers; zero stands for one that was never issued. */
export const STATUSES = ['unknown', 'active', 'suspended', 'revoked'] as const
export type Status = (typeof STATUSES)[number]

export const EVERY_AREA = 0

type Source = { readonly block: number; readonly transaction: string }

export type AccreditationChange = Source & {
  readonly issuer: string
  readonly role: Role
  readonly area: number
  readonly accreditation: Accreditation
}

/** Times in unix seconds. */
export type StatusChange = Source & { readonly status: Status; readonly at: number; readonly by: string }

export type Credential = Source & {
  /** Counted from 1, as they were issued. */
  readonly number: number
  readonly credentialId: string
  readonly issuer: string
  readonly subject: string
  readonly role: Role
  /** 0 for every area. */
  readonly area: number
  readonly connectionPoint: string
  /** Unix seconds; up to `validUntil`, not included. */
  readonly validFrom: number
  readonly validUntil: number
  readonly issuedAt: number
  /** Whether it was the consortium that suspended it last, and not its issuer. */
  readonly isSuspendedAbove: boolean
  readonly changes: readonly StatusChange[]
}

/** What each function of the registry says of an issuer, and of a credential. */
const ACCREDITED_BY: Readonly<Record<string, readonly Accreditation[]>> = {
  accreditIssuer: ['active'],
  suspendIssuer: ['suspended'],
  removeIssuer: ['none', 'suspended'],
}
const STATUS_BY: Readonly<Record<string, readonly Status[]>> = {
  revokeCredentials: ['revoked'],
  renounceCredential: ['revoked'],
  suspendCredentials: ['suspended'],
  reinstateCredentials: ['active'],
}

/**
 * Replays the credential registry: who was accredited when, that only accredited issuers issued, that only issuers, the
 * consortium and, to give them up, subjects changed what became of credentials, and so who held which role when.
 */
export function createCredentials(callers: Callers, isConsortium: (account: string, time: number) => boolean) {
  const credentials = new Map<string, Credential>()
  const accreditations = new Map<string, AccreditationChange>()
  const accreditationChanges: AccreditationChange[] = []
  /** In the sequence in which they took each other's place. */
  const held = new Map<string, string[]>()

  const accreditationOf = (issuer: string, role: Role, area: number): Accreditation =>
    accreditations.get(`${issuer}:${role}:${area}`)?.accreditation ?? 'none'

  /** What is said of one area counts there, be it a suspension of who is accredited everywhere. */
  const isAccredited = (issuer: string, role: Role, area: number): boolean => {
    const own = accreditationOf(issuer, role, area)
    return (own === 'none' ? accreditationOf(issuer, role, EVERY_AREA) : own) === 'active'
  }

  const heldOf = (account: string, role: Role, area: number): Credential | null =>
    credentials.get(held.get(`${account}:${role}:${area}`)?.at(-1) ?? '') ?? null

  /** The last that was issued by then. */
  const heldAtOf = (account: string, role: Role, area: number, time: number): Credential | null =>
    (held.get(`${account}:${role}:${area}`) ?? [])
      .map((credentialId) => credentials.get(credentialId)!)
      .findLast(({ issuedAt }) => issuedAt <= time) ?? null

  const heldBy = (account: string, role: Role, area: number, now: number): Credential | null =>
    [heldOf(account, role, area), heldOf(account, role, EVERY_AREA)].find(
      (credential) => credential !== null && isValidAt(credential, now),
    ) ?? null

  const accredit = (event: LedgerEvent): void => {
    const { fields } = event
    const area = fields.number('area')
    const issuer = fields.text('issuer')
    const place = { ...placeOf(event), area }
    const role = roleIn(event, place)
    const accreditation =
      ACCREDITATIONS[fields.number('accreditation')] ?? differ('credentials', 'an accreditation of no kind', place)
    requireCalled(event, ACCREDITED_BY, accreditation, place)
    const before = accreditationOf(issuer, role, area)
    const everywhere = area === EVERY_AREA ? 'none' : accreditationOf(issuer, role, EVERY_AREA)
    // Removed in one area, whoever is accredited everywhere stays suspended there.
    const isRemoved = event.calls.some(({ name }) => name === 'removeIssuer')
    const isPossible =
      accreditation === 'active' ||
      (accreditation === 'none' ? before !== 'none' : isRemoved || isAccredited(issuer, role, area))
    if (isRemoved) {
      const expected = everywhere === 'active' ? 'suspended' : 'none'
      requireSame('credentials', `the accreditation of ${issuer} that was removed`, accreditation, expected, place)
    }
    if (!isPossible)
      differ('credentials', `the accreditation of ${issuer} was ${before}, and then ${accreditation}`, place)
    const change = { ...sourceOf(event), issuer, role, area, accreditation }
    accreditations.set(`${issuer}:${role}:${area}`, change)
    accreditationChanges.push(change)
  }

  const issue = (event: LedgerEvent): void => {
    const { fields, time } = event
    const area = fields.number('area')
    const place = { ...placeOf(event), area }
    const [issuer, subject] = [fields.text('issuer'), fields.text('subject')]
    const role = roleIn(event, place)
    const credentialId = fields.text('credentialId')
    const [validFrom, validUntil] = [fields.number('validFrom'), fields.number('validUntil')]
    callers.requireSaid(event, 'credentials', issuer, place)
    requireSame('credentials', 'the number of a credential', credentialId, credentialIdOf(event), place)
    if (!isAccredited(issuer, role, area)) {
      differ('credentials', `${issuer} issued a credential as ${role}, and was not accredited for it`, place)
    }
    if (subject === NO_ADDRESS) differ('credentials', 'a credential was issued to nobody', place)
    if (validUntil <= validFrom || validUntil <= time) {
      differ('credentials', `a credential was issued that is valid from ${validFrom} until ${validUntil}`, place)
    }
    if (credentials.has(credentialId)) differ('credentials', `the credential ${credentialId} was issued twice`, place)
    const before = heldOf(subject, role, area)
    const isInPlace = before?.issuer === issuer && validFrom <= time
    if (before !== null && !isInPlace && isValidAt(before, time)) {
      differ('credentials', `a credential took the place of ${before.credentialId}, which was valid`, place)
    }
    const key = `${subject}:${role}:${area}`
    held.set(key, [...(held.get(key) ?? []), credentialId])
    credentials.set(credentialId, {
      ...sourceOf(event),
      number: credentials.size + 1,
      credentialId,
      issuer,
      subject,
      role,
      area,
      connectionPoint: fields.text('connectionPoint'),
      validFrom,
      validUntil,
      issuedAt: time,
      isSuspendedAbove: false,
      changes: [],
    })
  }

  const change = (event: LedgerEvent): void => {
    const { fields, time } = event
    const credentialId = fields.text('credentialId')
    const by = fields.text('by')
    const credential =
      credentials.get(credentialId) ??
      differ('credentials', `the credential ${credentialId} changed, and was never issued`, placeOf(event))
    const place = { ...placeOf(event), area: credential.area }
    callers.requireSaid(event, 'credentials', by, place)
    const status = STATUSES[fields.number('status')] ?? differ('credentials', 'a status of no kind', place)
    requireCalled(event, STATUS_BY, status, place)
    const before = statusOf(credential)
    const isPossible =
      status === 'revoked' ? before !== 'revoked' : before === (status === 'active' ? 'suspended' : 'active')
    if (!isPossible) differ('credentials', `the credential ${credentialId} was ${before}, and then ${status}`, place)
    const isReinstatedBelow = status === 'active' && !isConsortium(by, time)
    if (isReinstatedBelow && (credential.isSuspendedAbove || !isAccredited(by, credential.role, credential.area))) {
      differ('credentials', `the credential ${credentialId} was reinstated by ${by}, who may not`, place)
    }
    // What a household holds whoever owns its account gives up, which may be somebody else by now.
    const isRenouncing = by === credential.subject || event.calls.some(({ name }) => name === 'renounceCredential')
    const isRenounced = status === 'revoked' && isRenouncing
    if (by !== credential.issuer && !isRenounced && !isConsortium(by, time)) {
      const message = `the credential ${credentialId} was made ${status} by ${by}, who is not its issuer ${credential.issuer}`
      differ('credentials', message, place)
    }
    const changes = [...credential.changes, { ...sourceOf(event), status, at: time, by }]
    const isSuspendedAbove = status === 'suspended' && by !== credential.issuer
    credentials.set(credentialId, { ...credential, isSuspendedAbove, changes })
  }

  return {
    see: (event: LedgerEvent): void => {
      if (event.name === 'AccreditationChanged') accredit(event)
      if (event.name === 'CredentialIssued') issue(event)
      if (event.name === 'CredentialStatusChanged') change(event)
    },
    accreditationOf,
    /** The account's valid credential of the role in the area or, failing that, in every area. `now` is the latest block's time. */
    heldBy,
    holds: (account: string, role: Role, area: number, now: number): boolean =>
      heldBy(account, role, area, now) !== null,
    /** Whether it held the role at a time in the past, by the last credential that was issued for it by then. */
    heldRoleAt: (account: string, role: Role, area: number, time: number): boolean =>
      [heldAtOf(account, role, area, time), heldAtOf(account, role, EVERY_AREA, time)].some(
        (credential) => credential !== null && isValidAt(credential, time),
      ),
    /** By their numbers. */
    all: credentials as ReadonlyMap<string, Credential>,
    accreditations: accreditations as ReadonlyMap<string, AccreditationChange>,
    accreditationChanges: accreditationChanges as readonly AccreditationChange[],
  }
}

export type Credentials = ReturnType<typeof createCredentials>

/** What became of it by now. */
export function statusOf({ changes }: Credential): Status {
  return changes.at(-1)?.status ?? 'active'
}

/** Of several changes in a second the last counts. */
function isValidAt({ validFrom, validUntil, changes }: Credential, time: number): boolean {
  const status = changes.findLast(({ at }) => at <= time)?.status ?? 'active'
  return time >= validFrom && time < validUntil && status === 'active'
}

function roleIn(event: LedgerEvent, place: Place): Role {
  const role = ROLES[event.fields.number('role')]
  return role === undefined || role === 'none' ? differ('credentials', 'it is of no role that exists', place) : role
}

/** The hash of all that is recorded of it, word by word. */
function credentialIdOf({ fields }: LedgerEvent): string {
  const words = [
    fields.text('issuer'),
    fields.text('subject'),
    fields.number('role'),
    fields.number('area'),
    fields.text('connectionPoint'),
    fields.text('digest'),
    fields.number('validFrom'),
    fields.number('validUntil'),
  ]
  return keccakHex(bytesOf(`0x${words.map((word) => BigInt(word).toString(16).padStart(64, '0')).join('')}`))
}

/** What was called directly says which change it makes. */
function requireCalled(
  event: LedgerEvent,
  changes: Readonly<Record<string, readonly string[]>>,
  found: string,
  place: Place,
): void {
  const called = event.calls.filter(({ contract }) => contract === 'credentialRegistry').map(({ name }) => name)
  if (called.length === 0 || called.some((name) => changes[name]?.includes(found))) return
  differ('credentials', `${event.name} says ${found}, and what was called is ${called.join(', ')}`, place)
}

function sourceOf({ block, transaction }: LedgerEvent): Source {
  return { block, transaction: transaction.hash }
}
