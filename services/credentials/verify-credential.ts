import { commitmentOf, contentDigestOf, credentialDigestOf, type CredentialContent } from './content.ts'
import { parseCredentialPayload } from './credential-payload.ts'
import { requireLedger } from './credential-status.ts'
import { requireRecorded, requireValidAt, type VerificationDeps } from './ledger-record.ts'
import { parseJwt, requireSignature } from './signed-jwt.ts'

/** A credential that was verified, with all that it says. */
export type VerifiedCredential = CredentialContent & { readonly credentialId: string }

/**
 * What a credential says, if its issuer signed it, the ledger records it so, and it is valid now. Throws what is wrong
 * with it as a DomainError. Who hands it in is not necessarily its subject: see `verifyPresentation`.
 */
export async function verifyCredential(jwt: unknown, deps: VerificationDeps): Promise<VerifiedCredential> {
  const parsed = parseJwt('credential', jwt)
  const { content, status } = parseCredentialPayload(parsed.payload, parsed.header.typ)
  requireLedger(status, [content.issuer, content.subject], deps.ledger)
  requireValidAt(deps.now, content.validFrom, content.validUntil)
  await requireSignature(parsed, content.issuer, 'assertionMethod', deps.resolver)

  const { credentialId, otherDigest } = status
  const digest = credentialDigestOf(contentDigestOf(content), otherDigest)
  const connectionPoint = commitmentOf(content.connectionPoint)
  await requireRecorded({ ...content, credentialId, connectionPoint, digest }, deps)
  return { ...content, credentialId }
}
