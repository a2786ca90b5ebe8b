import { z } from 'zod'
import { DomainError } from '../domain/errors.ts'
import { CREDENTIAL_ROLES, parseClaims, type CredentialRole } from './claims.ts'
import { disclosableClaimsOf, type CredentialContent } from './content.ts'
import { credentialStatus, hash32, type CredentialStatus } from './credential-status.ts'
import { parseDid } from './ledger-did.ts'
import { parseAs } from './parse-as.ts'

/** The type of a JWT by W3C's "Securing Verifiable Credentials using JOSE and COSE". */
export const CREDENTIAL_TYPE = 'vc+jwt'
const FIRST_TYPE = 'JWT'

const CONTEXT = 'https://www.w3.org/ns/credentials/v2'
const FIRST_CONTEXT = 'https://www.w3.org/2018/credentials/v1'
const VOCABULARY = { '@vocab': 'urn:commonwatt:credentials:v1#' }

const unixTime = z.int().min(1).max(0xff_ffff_ffff)
const isoTime = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text) / 1_000)
const did = z.string().max(100)

const credentialSubject = z.object({
  id: did,
  role: z.enum(CREDENTIAL_ROLES),
  area: z.int().min(0).max(0xffff_ffff),
  connectionPoint: z.string().min(1).max(100).optional(),
  connectionPointSalt: hash32.optional(),
})

const document = z.object({
  '@context': z.array(z.unknown()).min(1).max(8),
  id: z.string().regex(/^urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, 'give a urn:uuid'),
  type: z.array(z.string().max(100)).max(8),
  issuer: z.union([did, z.object({ id: did }).transform(({ id }) => id)]),
  validFrom: isoTime.optional(),
  validUntil: isoTime.optional(),
  credentialSubject: z.looseObject(credentialSubject.shape),
  credentialStatus,
  salt: hash32,
})

const registered = z.object({
  iss: did,
  sub: did,
  jti: z.string().max(100),
  nbf: unixTime,
  exp: unixTime,
})

/** A credential as its JWT says it, before anything of it was verified. */
export type StatedCredential = { readonly content: CredentialContent; readonly status: CredentialStatus }

/** The name of a role's credential among the types of a W3C credential: PvInverterCredential. */
export function credentialTypeOf(role: CredentialRole): string {
  const words = role.split('-').map((word) => word.charAt(0).toUpperCase() + word.slice(1))
  return `${words.join('')}Credential`
}

/**
 * A VC 2.0 document as the payload of a JWT, with the registered claims that repeat it. `context` is no part of
 * VC 2.0: it is where did-jwt-vc finds the one context without which it reads no credential.
 */
export function credentialPayloadOf({ content, status }: StatedCredential): Record<string, unknown> {
  const { id, issuer, subject, role, validFrom, validUntil, salt } = content
  return {
    '@context': [CONTEXT, VOCABULARY],
    context: FIRST_CONTEXT,
    id,
    type: ['VerifiableCredential', credentialTypeOf(role)],
    issuer,
    validFrom: isoOf(validFrom),
    validUntil: isoOf(validUntil),
    credentialSubject: { id: subject, role, ...disclosableClaimsOf(content) },
    credentialStatus: status,
    salt,
    iss: issuer,
    sub: subject,
    jti: id,
    nbf: validFrom,
    exp: validUntil,
  }
}

/**
 * Reads a VC 2.0 payload (of type vc+jwt), or VC 1.1 with its `vc` claim as did-jwt-vc writes it (of type JWT).
 * Throws `credential-malformed`.
 */
export function parseCredentialPayload(
  payload: Readonly<Record<string, unknown>>,
  typ: string | undefined,
): StatedCredential {
  const expected = 'vc' in payload ? FIRST_TYPE : CREDENTIAL_TYPE
  if (typ !== expected) throw malformed(`its typ is not ${expected}`)
  const claims = parseAs(registered, payload, malformed)
  const stated = parseAs(document, 'vc' in payload ? documentOf(payload) : payload, malformed)
  const {
    id: subject,
    role,
    area,
    connectionPoint: identifier,
    connectionPointSalt,
    ...rest
  } = stated.credentialSubject
  requireContext(stated['@context'], 'vc' in payload ? FIRST_CONTEXT : CONTEXT)
  requireTypes(stated.type, role)
  requireAgreement('iss', claims.iss, 'issuer', stated.issuer)
  requireAgreement('sub', claims.sub, 'credentialSubject.id', subject)
  requireAgreement('jti', claims.jti, 'id', stated.id)
  requireAgreement('nbf', claims.nbf, 'validFrom', stated.validFrom ?? claims.nbf)
  requireAgreement('exp', claims.exp, 'validUntil', stated.validUntil ?? claims.exp)
  if ((identifier === undefined) !== (connectionPointSalt === undefined)) {
    throw malformed('give connectionPoint and connectionPointSalt together')
  }

  const content = {
    id: stated.id,
    issuer: parseDid(stated.issuer),
    subject: parseDid(subject),
    role,
    area,
    connectionPoint: identifier === undefined ? null : { identifier, salt: connectionPointSalt! },
    validFrom: claims.nbf,
    validUntil: claims.exp,
    salt: stated.salt,
    claims: parseClaims(role, rest),
  }
  return { content, status: stated.credentialStatus }
}

/** The document that VC 1.1 spreads over the registered claims and `vc`. */
function documentOf(payload: Readonly<Record<string, unknown>>): unknown {
  const vc = parseAs(z.looseObject({ credentialSubject: z.looseObject({}) }), payload.vc, malformed)
  return {
    id: payload.jti,
    issuer: payload.iss,
    ...payload,
    ...vc,
    credentialSubject: { id: payload.sub, ...vc.credentialSubject },
  }
}

function requireContext(contexts: readonly unknown[], expected: string): void {
  if (expected === FIRST_CONTEXT ? !contexts.includes(expected) : contexts[0] !== expected) {
    throw malformed(`@context: give ${expected} first`)
  }
}

function requireTypes(types: readonly string[], role: CredentialRole): void {
  if (!types.includes('VerifiableCredential') || !types.includes(credentialTypeOf(role))) {
    throw malformed(`type has to name VerifiableCredential and ${credentialTypeOf(role)}`)
  }
}

function requireAgreement(claim: string, value: unknown, member: string, other: unknown): void {
  if (value !== other) throw malformed(`${claim} and ${member} differ`)
}

function malformed(why: string): DomainError {
  return new DomainError('credential-malformed', `the credential is not understood: ${why}`)
}

function isoOf(unixSeconds: number): string {
  return new Date(unixSeconds * 1_000).toISOString()
}
