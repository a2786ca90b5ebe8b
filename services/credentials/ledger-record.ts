import type { Resolvable } from 'did-resolver'
import { DomainError } from '../domain/errors.ts'
import { credentialIdOf, type RecordedIssuance } from '../domain/identity/credential-id.ts'
import type { CredentialRole } from './claims.ts'
import { addressOf } from './ledger-did.ts'

/** Which credential registry holds the records. The address is in lower case. */
export type CredentialLedger = { readonly chainId: bigint; readonly registry: string }

/** What the ledger says of a credential. */
export type LedgerRecord = Omit<RecordedIssuance, 'digest'> & {
  readonly issuer: string
  readonly status: 'unknown' | 'active' | 'suspended' | 'revoked'
}

/** What a verifier asks of others. */
export type VerificationDeps = {
  readonly ledger: CredentialLedger
  readonly resolver: Resolvable
  readonly readStatus: (credentialId: string) => Promise<LedgerRecord>
  readonly isAccredited: (issuer: string, role: CredentialRole, area: number) => Promise<boolean>
  /** Unix seconds, by the ledger's clock. */
  readonly now: number
}

/** What a credential says of its record. What it keeps to itself is undefined. */
export type RecordedFacts = {
  readonly credentialId: string
  readonly issuer: string
  readonly subject: string
  readonly role: CredentialRole
  readonly area: number | undefined
  readonly connectionPoint: string | null | undefined
  readonly digest: string
  readonly validFrom: number
  readonly validUntil: number
}

/** Throws `credential-not-yet-valid` or `credential-expired`. */
export function requireValidAt(now: number, validFrom: number, validUntil: number): void {
  if (now < validFrom) {
    throw new DomainError('credential-not-yet-valid', `the credential is valid from ${dateOf(validFrom)} on`, {
      validFrom,
    })
  }
  if (now >= validUntil) {
    throw new DomainError(
      'credential-expired',
      `the credential was valid until ${dateOf(validUntil)}: ask its issuer for a new one`,
      { validUntil },
    )
  }
}

/**
 * The ledger's record of what the credential says, if it says the same and the credential is neither suspended nor
 * revoked. An issuer that is accredited no more leaves what it has issued valid, as on the ledger.
 */
export async function requireRecorded(facts: RecordedFacts, deps: VerificationDeps): Promise<LedgerRecord> {
  const record = await deps.readStatus(facts.credentialId)
  if (record.status === 'unknown') return refuseUnknown(facts, deps)
  requireSame(facts, record)

  const { issuer, subject, role, area, connectionPoint, validFrom, validUntil } = record
  const issuance = { subject, role, area, connectionPoint, digest: facts.digest, validFrom, validUntil }
  if (credentialIdOf(issuer, issuance) !== facts.credentialId) {
    throw new DomainError(
      'credential-digest-differs',
      'the content of the credential is not what its issuer recorded: its digest differs from the one on the ledger',
    )
  }
  if (record.status === 'revoked') {
    throw new DomainError('credential-revoked', 'the credential was revoked, for good: ask its issuer why')
  }
  if (record.status === 'suspended') {
    throw new DomainError('credential-suspended', 'the credential is suspended: ask its issuer to reinstate it')
  }
  return record
}

async function refuseUnknown({ issuer, role, area }: RecordedFacts, deps: VerificationDeps): Promise<never> {
  if (area !== undefined && !(await deps.isAccredited(addressOf(issuer), role, area))) {
    throw new DomainError(
      'credential-issuer-unknown',
      `${issuer} is not accredited to issue ${role} credentials ${area === 0 ? 'in every area' : `in area ${area}`}`,
      { issuer, role, area },
    )
  }
  throw new DomainError('credential-not-recorded', 'the ledger has no record of the credential: ask its issuer')
}

function requireSame(facts: RecordedFacts, record: LedgerRecord): void {
  const rows = [
    ['credential-issuer-differs', 'issuer', addressOf(facts.issuer), record.issuer],
    ['credential-subject-differs', 'subject', addressOf(facts.subject), record.subject],
    ['credential-role-differs', 'role', facts.role, record.role],
    ['credential-scope-differs', 'area', facts.area, record.area],
    ['credential-scope-differs', 'connection point', facts.connectionPoint, record.connectionPoint],
    ['credential-validity-differs', 'begin of validity', facts.validFrom, record.validFrom],
    ['credential-validity-differs', 'end of validity', facts.validUntil, record.validUntil],
  ] as const
  for (const [code, name, said, recorded] of rows) {
    if (said !== undefined && said !== recorded) {
      throw new DomainError(
        code,
        `the ${name} is ${said ?? 'none'} in the credential, and ${recorded ?? 'none'} on the ledger`,
        { said, recorded },
      )
    }
  }
}

function dateOf(unixSeconds: number): string {
  return new Date(unixSeconds * 1_000).toISOString()
}
