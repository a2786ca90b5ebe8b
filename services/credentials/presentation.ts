import { SDJwtInstance } from '@sd-jwt/core'
import { z } from 'zod'
import { DomainError } from '../domain/errors.ts'
import type { ClaimValue, CredentialRole } from './claims.ts'
import { commitmentOf, credentialDigestOf, disclosuresDigestOf } from './content.ts'
import { requireLedger } from './credential-status.ts'
import { requireRecorded, requireValidAt, type VerificationDeps } from './ledger-record.ts'
import { parseDid } from './ledger-did.ts'
import { parseAs } from './parse-as.ts'
import { requireAnswered, requireOpen, type PresentationRequest } from './presentation-request.ts'
import { hashDisclosure, parseSdJwt, vctOf, type ParsedSdJwt, type StatedSdJwt } from './sd-jwt.ts'
import { requireSignature, type JwtSigner } from './signed-jwt.ts'

/** What a holder has shown: who issued what to whom, and of its claims those that were asked for alone. */
export type VerifiedPresentation = {
  readonly credentialId: string
  readonly issuer: string
  readonly subject: string
  readonly role: CredentialRole
  /** As the ledger has it, whether or not it was disclosed. */
  readonly area: number
  readonly validFrom: number
  readonly validUntil: number
  readonly claims: Readonly<Record<string, ClaimValue>>
}

export type PresentationDeps = VerificationDeps & {
  /** Whether the nonce was not taken before; from then on it is. */
  readonly takeNonce: (nonce: string) => Promise<boolean>
  /**
   * Unix seconds by the clock of whoever asks and answers, where it is another than the ledger's: what is asked and
   * signed is timed by it, what is recorded by the ledger's.
   */
  readonly askedNow?: number
}

/** A holder's clock may be ahead of the ledger's by so many seconds, and a presentation be so old. */
export const LARGEST_CLOCK_SKEW = 60
export const LONGEST_PRESENTATION_AGE = 300

const KEY_BINDING_TYPE = 'kb+jwt'

const binding = z.object({ iat: z.int(), aud: z.string(), nonce: z.string(), sd_hash: z.string() })

/**
 * The credential with the disclosures that the request asks for and no other, bound to it by the holder's key.
 * Throws `presentation-claim-missing`, `presentation-constraint-unmet`, `presentation-wrong-role`,
 * `presentation-other-subject` or `presentation-request-expired` where the credential does not answer the request; nothing is signed then.
 */
export async function createPresentation(
  sdJwt: string,
  request: PresentationRequest,
  holder: JwtSigner,
  now: number,
): Promise<string> {
  const { stated, disclosed } = parseSdJwt(sdJwt)
  requireOpen(request, now)
  requireRole(stated, request)
  requireAnswered(request.claims, disclosed)
  requireSubject(stated, holder)

  const instance = new SDJwtInstance({ hasher: hashDisclosure, kbSigner: holder.signer, kbSignAlg: holder.alg })
  const frame = Object.fromEntries(request.claims.map(({ name }) => [name, true]))
  const payload = { iat: now, aud: request.audience, nonce: request.nonce }
  return instance.present<Record<string, unknown>>(sdJwt, frame, { kb: { payload } })
}

/**
 * What the presentation discloses, if it answers this very request: the issuer signed the credential, the ledger
 * records it as valid now, its subject has bound it to the request, and it discloses all that was asked for and nothing
 * else. A claim that nobody asked for makes the verifier refuse it, so that none learns to send more than is needed.
 */
export async function verifyPresentation(
  presentation: unknown,
  request: PresentationRequest,
  deps: PresentationDeps,
): Promise<VerifiedPresentation> {
  const parsed = parseSdJwt(presentation)
  const { stated, disclosed } = parsed
  const askedNow = deps.askedNow ?? deps.now
  requireOpen(request, askedNow)
  requireRole(stated, request)
  requireNothingElse(request, disclosed)
  requireAnswered(request.claims, disclosed)
  requireLedger(stated.status, [stated.issuer, stated.subject], deps.ledger)
  requireValidAt(deps.now, stated.validFrom, stated.validUntil)
  requireBinding(parsed, request, askedNow)
  await requireSignature(parsed.jwt, stated.issuer, 'assertionMethod', deps.resolver)
  await requireBound(presentation as string, parsed, request, deps)
  const { area } = await requireRecorded(factsOf(parsed), deps)
  if (!(await deps.takeNonce(request.nonce))) {
    throw new DomainError('presentation-replayed', 'the request was answered already: ask for a new one')
  }

  const { issuer, subject, role, validFrom, validUntil } = stated
  const { credentialId } = stated.status
  return { credentialId, issuer, subject, role, area, validFrom, validUntil, claims: disclosed }
}

function factsOf({ stated, disclosed }: ParsedSdJwt) {
  const { issuer, subject, role, validFrom, validUntil, status, digests } = stated
  const { area, connectionPoint, connectionPointSalt } = disclosed
  return {
    credentialId: status.credentialId,
    issuer,
    subject,
    role,
    area: typeof area === 'number' ? area : undefined,
    connectionPoint:
      typeof connectionPoint === 'string' && typeof connectionPointSalt === 'string'
        ? commitmentOf({ identifier: connectionPoint, salt: connectionPointSalt })
        : undefined,
    digest: credentialDigestOf(status.otherDigest, disclosuresDigestOf(digests)),
    validFrom,
    validUntil,
  }
}

function requireRole({ role }: StatedSdJwt, request: PresentationRequest): void {
  if (role !== request.role) {
    throw new DomainError(
      'presentation-wrong-role',
      `a ${request.role} credential is asked for, and this is ${vctOf(role)}`,
    )
  }
}

function requireSubject({ subject }: StatedSdJwt, holder: JwtSigner): void {
  if (parseDid(holder.did) !== subject) {
    throw new DomainError('presentation-other-subject', `the credential is ${subject}'s, and the key ${holder.did}'s`)
  }
}

function requireNothingElse(request: PresentationRequest, disclosed: Readonly<Record<string, unknown>>): void {
  const surplus = Object.keys(disclosed).filter((name) => !request.claims.some((claim) => claim.name === name))
  if (surplus.length > 0) {
    throw new DomainError(
      'presentation-discloses-too-much',
      `${surplus.join(', ')} was not asked for: disclose what the request names, and nothing else`,
      { surplus },
    )
  }
}

/** That the holder meant this request. Whether it was the holder is for `requireBound` to say. */
function requireBinding({ keyBinding }: ParsedSdJwt, request: PresentationRequest, now: number): void {
  if (keyBinding === null || keyBinding.header.typ !== KEY_BINDING_TYPE) {
    throw new DomainError('presentation-not-bound', 'the presentation has no key binding (kb+jwt): sign the request')
  }
  const incomplete = (why: string) =>
    new DomainError('presentation-not-bound', `the key binding is not complete: ${why}`)
  const { aud, nonce, iat } = parseAs(binding, keyBinding.payload, incomplete)
  if (aud !== request.audience) {
    throw new DomainError(
      'presentation-other-audience',
      `the presentation was made for another than ${request.audience}`,
    )
  }
  if (nonce !== request.nonce) {
    throw new DomainError('presentation-other-nonce', 'the presentation answers another request: its nonce differs')
  }
  if (iat > now + LARGEST_CLOCK_SKEW || iat < now - LONGEST_PRESENTATION_AGE) {
    throw new DomainError(
      'presentation-out-of-time',
      `the presentation was signed at ${iat}, which is not within ${LONGEST_PRESENTATION_AGE} s before ${now}`,
    )
  }
}

async function requireBound(
  presentation: string,
  { stated, keyBinding }: ParsedSdJwt,
  { nonce }: PresentationRequest,
  { now, resolver }: PresentationDeps,
): Promise<void> {
  await requireSignature(keyBinding!, stated.subject, 'authentication', resolver)
  // Both signatures are verified by here, by the DID documents: what is left to the library is what they cover.
  const instance = new SDJwtInstance({ hasher: hashDisclosure, verifier: () => true, kbVerifier: () => true })
  try {
    await instance.verify(presentation, { currentDate: now, keyBindingNonce: nonce })
  } catch (error) {
    throw new DomainError(
      'presentation-not-bound',
      `the key binding is not of this presentation: ${error instanceof Error ? error.message : String(error)}`,
    )
  }
}
