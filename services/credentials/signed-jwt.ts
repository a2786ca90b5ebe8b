import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import { base64ToBytes, bytesToBase64url, createJWS, ES256KSigner, ES256Signer, verifyJWS } from 'did-jwt'
import type { DIDDocument, JsonWebKey, Resolvable, VerificationMethod } from 'did-resolver'
import { z } from 'zod'
import { DomainError } from '../domain/errors.ts'

/** P-256 and secp256k1. No other algorithm is accepted, whatever a token says of itself. */
export const ALGORITHMS = ['ES256', 'ES256K'] as const
export type Algorithm = (typeof ALGORITHMS)[number]

/** Who signs with what, as did-jwt has it. `signer` gives the signature of the text, 64 bytes in base64url. */
export type JwtSigner = {
  readonly did: string
  readonly alg: Algorithm
  readonly signer: (text: string | Uint8Array) => Promise<string>
  /** Which verification method of the DID document it is; where absent, verifiers try all that fit. */
  readonly keyId?: string
}

/** What a key is for: an issuer asserts, a holder authenticates. */
export type KeyPurpose = 'assertionMethod' | 'authentication'

/** A token whose signature was not verified yet. */
export type ParsedJwt = {
  readonly text: string
  readonly header: JwtHeader
  readonly payload: Readonly<Record<string, unknown>>
}

/** In characters. A presentation may hold several credentials. */
export const LARGEST_LENGTHS = { credential: 16_384, presentation: 65_536 } as const

// The signature may be empty here, so that an unsigned token is refused for its algorithm.
const COMPACT = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*$/
/** So many keys of a document are tried. Of more, the header has to name one. */
const LARGEST_KEY_COUNT = 16

/** Half the order of secp256k1's group. */
const LARGEST_S = 0x7fff_ffff_ffff_ffff_ffff_ffff_ffff_ffff_5d57_6e73_57a4_501d_dfe9_2f46_681b_20a0n
const SIGNATURE_BYTES = 64

const CURVES = { ES256: 'P-256', ES256K: 'secp256k1' } as const
const METHOD_TYPES = {
  ES256: ['EcdsaSecp256r1VerificationKey2019', 'Multikey'],
  ES256K: ['EcdsaSecp256k1VerificationKey2019', 'EcdsaSecp256k1RecoveryMethod2020', 'Multikey'],
}

const header = z.object({
  alg: z.string().max(20),
  typ: z.string().max(40).optional(),
  kid: z.string().max(200).optional(),
  crit: z.unknown().optional(),
})
type JwtHeader = z.infer<typeof header> & { readonly alg: string }

/** Signs with a private key, 32 bytes as 0x-hex. */
export function keySigner(did: string, alg: Algorithm, privateKey: string): JwtSigner {
  const bytes = hexToBytes(privateKey.slice(2))
  // did-jwt's signers with a key give text, though their type allows for more.
  const signer = (alg === 'ES256' ? ES256Signer(bytes) : ES256KSigner(bytes)) as JwtSigner['signer']
  return { did, alg, signer }
}

/** Signs with a secp256k1 key that is not shown: `sign` gives an EIP-2098 signature, 0x-hex, of a digest. */
export function digestSigner(did: string, sign: (digest: Uint8Array) => Promise<string>): JwtSigner {
  const signer: JwtSigner['signer'] = async (text) => {
    const signature = hexToBytes((await sign(sha256(typeof text === 'string' ? utf8ToBytes(text) : text))).slice(2))
    // A JWT's signature leaves the parity out.
    signature[SIGNATURE_BYTES / 2]! &= 0x7f
    return bytesToBase64url(signature)
  }
  return { did, alg: 'ES256K', signer }
}

export async function signJwt(typ: string, payload: Readonly<Record<string, unknown>>, by: JwtSigner): Promise<string> {
  const { alg, keyId, signer } = by
  return createJWS(payload, signer, headerOf(typ, alg, keyId))
}

function headerOf(typ: string, alg: Algorithm, keyId: string | undefined) {
  // did-jwt knows the type JWT alone, and writes any.
  return { alg, typ: typ as 'JWT', ...(keyId === undefined ? {} : { kid: keyId }) }
}

/** Throws `<what>-too-large`, `<what>-malformed` or `algorithm-not-allowed`. */
export function parseJwt(what: 'credential' | 'presentation', text: unknown): ParsedJwt {
  const malformed = (why: string) => new DomainError(`${what}-malformed`, `the ${what} is not a signed JWT: ${why}`)
  if (typeof text !== 'string') throw malformed('it is not text')
  requireLength(what, text)
  if (!COMPACT.test(text)) throw malformed('give three parts in base64url, with dots between')
  const [first, second] = text.split('.') as [string, string]
  const parsedHeader = header.safeParse(jsonOf(first))
  if (!parsedHeader.success) throw malformed('its header is not JSON with an alg')
  requireAllowed(parsedHeader.data)
  const payload = z.record(z.string(), z.unknown()).safeParse(jsonOf(second))
  if (!payload.success) throw malformed('its payload is not a JSON object')
  return { text, header: parsedHeader.data, payload: payload.data }
}

/**
 * Throws unless a key that the DID's document lists for the purpose has signed: `key-not-in-document`,
 * `signature-invalid`, `signature-malleable`.
 */
export async function requireSignature(
  jwt: Pick<ParsedJwt, 'text' | 'header'>,
  did: string,
  purpose: KeyPurpose,
  resolver: Resolvable,
): Promise<void> {
  requireOneForm(jwt)
  const document = await documentOf(did, resolver)
  const { alg, kid } = jwt.header
  const methods = methodsFor(document, purpose).filter((method) => fits(method, alg as Algorithm))
  const candidates = kid === undefined ? methods : methods.filter(({ id }) => absolute(id, did) === absolute(kid, did))
  if (candidates.length === 0) {
    throw new DomainError(
      'key-not-in-document',
      `the DID document of ${did} lists no ${alg} key${kid === undefined ? '' : ` ${kid}`} under ${purpose}`,
      { did, purpose },
    )
  }
  if (!(await isSignedByOne(jwt, candidates.slice(0, LARGEST_KEY_COUNT)))) {
    throw new DomainError(
      'signature-invalid',
      `no key that the DID document of ${did} lists under ${purpose} has signed this`,
      { did, purpose },
    )
  }
}

/** Whoever has seen a signature can write it in another form: of each only one is taken, as far as signers write one. */
function requireOneForm({ text, header: { alg } }: Pick<ParsedJwt, 'text' | 'header'>): void {
  const bytes = canonicalBytesOf(text.slice(text.lastIndexOf('.') + 1))
  if (bytes === null || (alg === 'ES256K' && bytes.length === SIGNATURE_BYTES && sOf(bytes) > LARGEST_S)) {
    throw new DomainError(
      'signature-malleable',
      'the signature is not in the form in which it was made: give the one with the lower s, in canonical base64url',
    )
  }
}

/** Null where the text has bits that no encoder writes. */
function canonicalBytesOf(encoded: string): Uint8Array | null {
  try {
    return base64ToBytes(encoded)
  } catch {
    return null // did-jwt decodes strictly
  }
}

function sOf(signature: Uint8Array): bigint {
  return BigInt(`0x${bytesToHex(signature.slice(SIGNATURE_BYTES / 2))}`)
}

/** Throws `<what>-too-large`. */
export function requireLength(what: 'credential' | 'presentation', { length }: string): void {
  if (length > LARGEST_LENGTHS[what]) {
    throw new DomainError(`${what}-too-large`, `the ${what} is longer than ${LARGEST_LENGTHS[what]} characters`)
  }
}

async function isSignedByOne(jwt: Pick<ParsedJwt, 'text' | 'header'>, methods: VerificationMethod[]): Promise<boolean> {
  for (const method of methods) {
    if (await isSignedBy(jwt, method)) return true
  }
  return false
}

async function isSignedBy({ text, header: { alg } }: Pick<ParsedJwt, 'text' | 'header'>, method: VerificationMethod) {
  try {
    if (alg === 'ES256' && method.publicKeyJwk !== undefined) return await isSignedOnP256(text, method.publicKeyJwk)
    verifyJWS(text, method)
    return true
  } catch {
    return false // both throw for keys and signatures of no meaning, did-jwt for one that does not fit as well
  }
}

/** By the platform's own P-256, in Node and in browsers: many times as fast as one in JavaScript. */
async function isSignedOnP256(text: string, { x, y }: JsonWebKey): Promise<boolean> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
  const jwk = { kty: 'EC', crv: 'P-256', x: x!, y: y! }
  const key = await crypto.subtle.importKey('jwk', jwk, algorithm, false, ['verify'])
  const end = text.lastIndexOf('.')
  const signature = Uint8Array.from(base64ToBytes(text.slice(end + 1)))
  return crypto.subtle.verify(algorithm, key, signature, new TextEncoder().encode(text.slice(0, end)))
}

function requireAllowed({ alg, crit }: JwtHeader): void {
  if (!ALGORITHMS.some((allowed) => allowed === alg)) {
    throw new DomainError('algorithm-not-allowed', `"${alg}" is not allowed: sign with ${ALGORITHMS.join(' or ')}`, {
      alg,
    })
  }
  if (crit !== undefined) {
    throw new DomainError('algorithm-not-allowed', 'a critical header parameter is not understood: sign without crit')
  }
}

async function documentOf(did: string, resolver: Resolvable): Promise<DIDDocument> {
  const { didDocument, didResolutionMetadata, didDocumentMetadata } = await resolver.resolve(did)
  if (didDocument === null || didResolutionMetadata.error !== undefined || didDocumentMetadata.deactivated === true) {
    throw new DomainError('did-not-resolved', `${did} has no DID document: it is unknown or deactivated`, { did })
  }
  return didDocument
}

function methodsFor(document: DIDDocument, purpose: KeyPurpose): VerificationMethod[] {
  const listed = document.verificationMethod ?? []
  return (document[purpose] ?? []).flatMap((entry) =>
    typeof entry === 'string'
      ? listed.filter(({ id }) => absolute(id, document.id) === absolute(entry, document.id))
      : [entry],
  )
}

/** A key of one curve is never tried with the algorithm of the other. */
function fits({ type, publicKeyJwk }: VerificationMethod, alg: Algorithm): boolean {
  return publicKeyJwk === undefined ? METHOD_TYPES[alg].includes(type) : publicKeyJwk.crv === CURVES[alg]
}

function absolute(id: string, did: string): string {
  return (id.startsWith('#') ? `${did}${id}` : id).toLowerCase()
}

/** What a part in base64url says; undefined where it is not JSON in UTF-8. */
export function jsonOf(part: string): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(base64ToBytes(part)))
  } catch {
    return undefined // each of the three throws for what it cannot read
  }
}
