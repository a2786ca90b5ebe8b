import { bytesToHex } from '@noble/hashes/utils.js'
import { DomainError } from '../domain/errors.ts'
import { credentialIdOf, type RecordedIssuance } from '../domain/identity/credential-id.ts'
import { parseClaims, type ClaimsOf, type CredentialRole } from './claims.ts'
import { commitmentOf, contentDigestOf, credentialDigestOf, disclosuresDigestOf } from './content.ts'
import type { CredentialContent } from './content.ts'
import { CREDENTIAL_TYPE, credentialPayloadOf, parseCredentialPayload } from './credential-payload.ts'
import { credentialStatusOf, requireLedger } from './credential-status.ts'
import { addressOf, parseDid } from './ledger-did.ts'
import type { CredentialLedger } from './ledger-record.ts'
import { packClaims, signSdJwt, type PackedClaims } from './sd-jwt.ts'
import { signJwt, type JwtSigner } from './signed-jwt.ts'

/** What is to be said of whom. */
export type CredentialDraft<Role extends CredentialRole = CredentialRole> = Omit<
  CredentialContent,
  'id' | 'issuer' | 'salt' | 'role' | 'claims'
> & { readonly role: Role; readonly claims: ClaimsOf<Role> }

/** A credential in both forms, for its holder, and what its issuer has the ledger record of it. */
export type IssuedCredential = {
  readonly jwt: string
  readonly sdJwt: string
  readonly credentialId: string
  readonly issuance: RecordedIssuance
}

/** All of a credential but its signatures. */
type PreparedCredential = Pick<IssuedCredential, 'credentialId' | 'issuance'> & {
  readonly content: CredentialContent
  readonly packed: PackedClaims
  readonly payload: Readonly<Record<string, unknown>>
  readonly contentDigest: string
}

type Deps = {
  readonly ledger: CredentialLedger
  readonly issuer: JwtSigner
  /** Cryptographically strong random bytes. */
  readonly random: (byteCount: number) => Uint8Array
}

/**
 * Signs a credential. It counts once the issuer has the issuance recorded, until when it is refused everywhere.
 * Throws `credential-claims-invalid`, `credential-validity-invalid`, `credential-malformed` or `did-malformed`.
 */
export async function issueCredential<Role extends CredentialRole>(
  draft: CredentialDraft<Role>,
  { ledger, issuer, random }: Deps,
): Promise<IssuedCredential> {
  const { content, packed, payload, contentDigest, credentialId, issuance } = await prepareCredential(draft, {
    ledger,
    issuer: issuer.did,
    random,
  })
  const jwt = await signJwt(CREDENTIAL_TYPE, payload, issuer)
  const sdStatus = credentialStatusOf(ledger, credentialId, contentDigest)
  const sdJwt = await signSdJwt(content, packed, sdStatus, issuer)
  return { jwt, sdJwt, credentialId, issuance }
}

/**
 * A credential that can be recorded before it is signed: with the same random bytes `issueCredential` signs the very one.
 * Throws as it does; `issuer` is a DID.
 */
export async function prepareCredential<Role extends CredentialRole>(
  draft: CredentialDraft<Role>,
  { ledger, issuer, random }: Omit<Deps, 'issuer'> & { readonly issuer: string },
): Promise<PreparedCredential> {
  requireValidity(draft)
  const content: CredentialContent = {
    ...draft,
    id: uuidOf(random(16)),
    issuer: parseDid(issuer),
    subject: parseDid(draft.subject),
    salt: `0x${bytesToHex(random(32))}`,
    claims: parseClaims(draft.role, draft.claims),
  }
  const packed = await packClaims(content, random)
  const contentDigest = contentDigestOf(content)
  const disclosuresDigest = disclosuresDigestOf(packed.digests)
  const issuance = issuanceOf(content, credentialDigestOf(contentDigest, disclosuresDigest))
  const credentialId = credentialIdOf(addressOf(content.issuer), issuance)
  const status = credentialStatusOf(ledger, credentialId, disclosuresDigest)
  const payload = credentialPayloadOf({ content, status })
  // What no verifier would read is not signed.
  parseCredentialPayload(payload, CREDENTIAL_TYPE)
  requireLedger(status, [content.issuer, content.subject], ledger)
  return { content, packed, payload, contentDigest, credentialId, issuance }
}

function issuanceOf(content: CredentialContent, digest: string): RecordedIssuance {
  const { role, area, validFrom, validUntil } = content
  const connectionPoint = commitmentOf(content.connectionPoint)
  return { subject: addressOf(content.subject), role, area, connectionPoint, digest, validFrom, validUntil }
}

function requireValidity({ validFrom, validUntil }: Pick<CredentialContent, 'validFrom' | 'validUntil'>): void {
  if (validFrom >= validUntil) {
    throw new DomainError('credential-validity-invalid', 'the validity has to end after it begins', {
      validFrom,
      validUntil,
    })
  }
}

/** A random UUID, version 4, as a URN. */
function uuidOf(bytes: Uint8Array): string {
  const marked = Uint8Array.from(bytes)
  marked[6] = (marked[6]! & 0x0f) | 0x40
  marked[8] = (marked[8]! & 0x3f) | 0x80
  const hex = bytesToHex(marked)
  return `urn:uuid:${[hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')}`
}
