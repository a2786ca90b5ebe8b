import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import { Jwt, pack, SDJwt } from '@sd-jwt/core'
import { bytesToBase64url } from 'did-jwt'
import { z } from 'zod'
import { DomainError } from '../domain/errors.ts'
import { CREDENTIAL_ROLES, LARGEST_CLAIM_COUNT, type ClaimValue, type CredentialRole } from './claims.ts'
import { disclosableClaimsOf, type CredentialContent } from './content.ts'
import { credentialStatus, hash32, type CredentialStatus } from './credential-status.ts'
import { parseDid } from './ledger-did.ts'
import { parseAs } from './parse-as.ts'
import { jsonOf, parseJwt, requireLength, signJwt, type JwtSigner, type ParsedJwt } from './signed-jwt.ts'

/** The media type of an SD-JWT VC. */
export const SD_JWT_TYPE = 'dc+sd-jwt'

const HASH_ALGORITHM = 'sha-256'
const DIGEST = /^[A-Za-z0-9_-]{43}$/

/** Claims as salted digests, and what discloses them. */
export type PackedClaims = {
  readonly digests: readonly string[]
  readonly disclosures: Awaited<ReturnType<typeof pack>>['disclosures']
}

/** What an SD-JWT shows whatever its holder discloses. */
export type StatedSdJwt = {
  readonly issuer: string
  readonly subject: string
  readonly role: CredentialRole
  readonly validFrom: number
  readonly validUntil: number
  readonly status: CredentialStatus
  readonly digests: readonly string[]
}

/** As long as the ledger keeps it. */
const unixTime = z.int().min(1).max(0xff_ffff_ffff)

const payload = z.strictObject({
  iss: z.string().max(100),
  sub: z.string().max(100),
  vct: z.string().max(100),
  cnf: z.strictObject({ kid: z.string().max(100) }),
  nbf: unixTime,
  exp: unixTime,
  credentialStatus,
  _sd: z.array(z.string().regex(DIGEST)).length(LARGEST_CLAIM_COUNT),
  _sd_alg: z.literal(HASH_ALGORITHM),
})

/** An SD-JWT in its parts, whose disclosures have their digests in it, and whose signatures were not verified yet. */
export type ParsedSdJwt = {
  readonly jwt: ParsedJwt
  readonly stated: StatedSdJwt
  readonly disclosed: Readonly<Record<string, ClaimValue>>
  /** Null where no holder has bound it to a request. */
  readonly keyBinding: ParsedJwt | null
}

const disclosure = z.tuple([
  z.string().max(64),
  z.string().regex(/^[A-Za-z]{1,40}$/),
  z.union([z.string().regex(/^[^\p{Cc}]*$/u), z.number(), z.boolean()]),
])

/** What of the disclosed the ledger can be asked about. */
const scope = z.object({
  area: z.int().min(0).max(0xffff_ffff).optional(),
  connectionPoint: z.string().optional(),
  connectionPointSalt: hash32.optional(),
})

/** The type of a role's credential as SD-JWT VCs name it. */
export function vctOf(role: CredentialRole): string {
  return `urn:commonwatt:credential:${role}:1`
}

/** The role that a `vct` names; undefined for one that is none of ours. */
export function roleOfVct(vct: string): CredentialRole | undefined {
  return CREDENTIAL_ROLES.find((role) => vctOf(role) === vct)
}

/** The hash function of disclosures. */
export function hashDisclosure(data: string | ArrayBuffer): Uint8Array {
  return sha256(typeof data === 'string' ? utf8ToBytes(data) : new Uint8Array(data))
}

/** Decoys fill up the digests, so that their number tells nothing. */
export async function packClaims(
  content: CredentialContent,
  random: (byteCount: number) => Uint8Array,
): Promise<PackedClaims> {
  const claims = disclosableClaimsOf(content)
  const names = Object.keys(claims)
  const { packedClaims, disclosures } = await pack<Record<string, unknown>>(
    claims,
    { _sd: names, _sd_decoy: LARGEST_CLAIM_COUNT - names.length } as Parameters<typeof pack>[1],
    { hasher: hashDisclosure, alg: HASH_ALGORITHM },
    (byteCount) => bytesToHex(random(byteCount)),
  )
  return { digests: (packedClaims as { _sd: string[] })._sd, disclosures }
}

/** The SD-JWT with all its disclosures, as its holder keeps it. */
export async function signSdJwt(
  content: CredentialContent,
  { digests, disclosures }: PackedClaims,
  status: CredentialStatus,
  by: JwtSigner,
): Promise<string> {
  const { issuer, subject, role, validFrom, validUntil } = content
  const jwt = await signJwt(
    SD_JWT_TYPE,
    {
      iss: issuer,
      sub: subject,
      vct: vctOf(role),
      cnf: { kid: subject },
      nbf: validFrom,
      exp: validUntil,
      credentialStatus: status,
      _sd: digests,
      _sd_alg: HASH_ALGORITHM,
    },
    by,
  )
  return new SDJwt({ jwt: Jwt.fromEncode(jwt), disclosures }).encodeSDJwt()
}

/**
 * Throws `presentation-malformed`, `presentation-too-large`, `disclosure-invalid`, `algorithm-not-allowed` or
 * `did-malformed`.
 */
export function parseSdJwt(text: unknown): ParsedSdJwt {
  if (typeof text !== 'string') throw malformed('it is not text')
  requireLength('presentation', text)
  const parts = text.split('~')
  if (parts.length < 2) throw malformed('give it with its disclosures, each followed by ~')
  const [first, ...encoded] = parts as [string, ...string[]]
  const last = encoded.pop()!
  const jwt = parseJwt('presentation', first)
  if (jwt.header.typ !== SD_JWT_TYPE) throw malformed(`its typ is not ${SD_JWT_TYPE}`)
  const stated = parsePayload(jwt.payload)
  return {
    jwt,
    stated,
    disclosed: disclosedBy(encoded, stated.digests),
    keyBinding: last === '' ? null : parseJwt('presentation', last),
  }
}

function disclosedBy(encoded: readonly string[], digests: readonly string[]): Record<string, ClaimValue> {
  const entries = encoded.map((part): [string, ClaimValue] => {
    const [, name, value] = parseAs(disclosure, jsonOf(part), () => invalid('give a disclosure as [salt, name, value]'))
    if (!digests.includes(bytesToBase64url(hashDisclosure(part)))) {
      throw invalid(`the disclosure of ${name} is not one that the issuer signed`)
    }
    return [name, value]
  })
  if (new Set(entries.map(([name]) => name)).size !== entries.length) throw invalid('a claim is disclosed twice')
  const disclosed = Object.fromEntries(entries)
  parseAs(scope, disclosed, invalid)
  return disclosed
}

function parsePayload(stated: Readonly<Record<string, unknown>>): StatedSdJwt {
  const { iss, sub, vct, cnf, nbf, exp, credentialStatus: status, _sd } = parseAs(payload, stated, malformed)
  const role = roleOfVct(vct)
  if (role === undefined) throw malformed(`"${vct}" is no type of credential here`)
  if (cnf.kid !== sub) throw malformed('cnf.kid and sub differ: a credential is bound to its subject')
  if (new Set(_sd).size !== _sd.length) throw malformed('a digest is there twice')
  return {
    issuer: parseDid(iss),
    subject: parseDid(sub),
    role,
    validFrom: nbf,
    validUntil: exp,
    status,
    digests: _sd,
  }
}

function malformed(why: string): DomainError {
  return new DomainError('presentation-malformed', `the SD-JWT is not understood: ${why}`)
}

function invalid(why: string): DomainError {
  return new DomainError('disclosure-invalid', why)
}
