import { z } from 'zod'
import { DomainError } from '../domain/errors.ts'
import { parseDid } from './ledger-did.ts'
import { parseAs } from './parse-as.ts'
import type { PresentationDeps } from './presentation.ts'
import { requireOpen, type PresentationRequest } from './presentation-request.ts'
import { parseJwt, requireSignature, signJwt, type JwtSigner } from './signed-jwt.ts'
import { verifyCredential, type VerifiedCredential } from './verify-credential.ts'

/** Who asks for whole credentials, with which nonce, until when. */
export type WholePresentationRequest = Pick<PresentationRequest, 'audience' | 'nonce' | 'expiresAt'>

const LARGEST_CREDENTIAL_COUNT = 8
const FIRST_CONTEXT = 'https://www.w3.org/2018/credentials/v1'

const payload = z.object({
  iss: z.string().max(100),
  aud: z.union([z.string().max(200), z.array(z.string().max(200)).max(8)]),
  nonce: z.string().max(128),
  nbf: z.int().optional(),
  exp: z.int().optional(),
  vp: z.object({
    '@context': z.array(z.unknown()).max(8),
    type: z.array(z.string()).max(8),
    verifiableCredential: z.array(z.unknown()).min(1).max(LARGEST_CREDENTIAL_COUNT),
  }),
})

/** Whole credentials, in the form of a VC 1.1 presentation as did-jwt-vc reads it, signed by their holder. */
export async function createPresentationJwt(
  credentials: readonly string[],
  { audience, nonce, expiresAt }: WholePresentationRequest,
  holder: JwtSigner,
): Promise<string> {
  const vp = { '@context': [FIRST_CONTEXT], type: ['VerifiablePresentation'], verifiableCredential: credentials }
  return signJwt('JWT', { iss: holder.did, aud: audience, nonce, exp: expiresAt, vp }, holder)
}

/** The credentials of the presentation, each verified and its holder's own, if it answers this very request. */
export async function verifyPresentationJwt(
  jwt: unknown,
  request: WholePresentationRequest,
  deps: PresentationDeps,
): Promise<readonly VerifiedCredential[]> {
  requireOpen(request, deps.now)
  const parsed = parseJwt('presentation', jwt)
  const { iss, aud, nonce, nbf, exp, vp } = parseAs(payload, parsed.payload, malformed)
  if (!vp.type.includes('VerifiablePresentation')) throw malformed('vp.type lacks VerifiablePresentation')
  const holder = parseDid(iss)
  if (!(typeof aud === 'string' ? [aud] : aud).includes(request.audience)) {
    throw new DomainError(
      'presentation-other-audience',
      `the presentation was made for another than ${request.audience}`,
    )
  }
  if (nonce !== request.nonce) {
    throw new DomainError('presentation-other-nonce', 'the presentation answers another request: its nonce differs')
  }
  if ((nbf ?? 0) > deps.now || (exp ?? Infinity) <= deps.now) {
    throw new DomainError('presentation-out-of-time', `the presentation is not valid at ${deps.now}`)
  }
  await requireSignature(parsed, holder, 'authentication', deps.resolver)
  const credentials = await Promise.all(vp.verifiableCredential.map((credential) => verifyCredential(credential, deps)))
  const stranger = credentials.find(({ subject }) => subject !== holder)
  if (stranger !== undefined) {
    throw new DomainError(
      'presentation-other-subject',
      `the presentation is ${holder}'s, and a credential in it ${stranger.subject}'s`,
    )
  }
  if (!(await deps.takeNonce(request.nonce))) {
    throw new DomainError('presentation-replayed', 'the request was answered already: ask for a new one')
  }
  return credentials
}

function malformed(why: string): DomainError {
  return new DomainError('presentation-malformed', `the presentation is not understood: ${why}`)
}
