import { createECDH, randomBytes } from 'node:crypto'
import { toEthereumAddress } from 'did-jwt'
import type { verifyCredential as verifyWithDidJwtVc } from 'did-jwt-vc'
import type { DIDDocument, DIDResolutionResult, Resolvable, VerificationMethod } from 'did-resolver'
import { didOf } from '../domain/identity/did.ts'
import { issueCredential, type CredentialDraft, type IssuedCredential } from './issue-credential.ts'
import { addressOf } from './ledger-did.ts'
import type { CredentialLedger, LedgerRecord } from './ledger-record.ts'
import type { PresentationDeps } from './presentation.ts'
import type { PresentationRequest } from './presentation-request.ts'
import { jsonOf, keySigner, signJwt, type Algorithm, type JwtSigner } from './signed-jwt.ts'

// A metering operator, a household and a ledger's records in memory: for tests and the bench.

export const LEDGER: CredentialLedger = { chainId: 31_337n, registry: `0x${'cc'.repeat(20)}` }
export const NOW = 1_800_000_000
export const VALID_UNTIL = NOW + 86_400 * 365

type DidJwtVcResolver = Parameters<typeof verifyWithDidJwtVc>[1]

/** Of secp256k1's group. */
const ORDER = 0xffff_ffff_ffff_ffff_ffff_ffff_ffff_fffe_baae_dce6_af48_a03b_bfd2_5e8c_d036_4141n

const CURVES = { ES256: 'prime256v1', ES256K: 'secp256k1' } as const

/** A key with its DID, as a public did:ethr resolver describes it. */
export type Party = { readonly key: JwtSigner; readonly did: string; readonly method: VerificationMethod }

/** An account that is its own key (ES256K), or one that lists a P-256 key (ES256) in its DID document. */
export function partyOf(alg: Algorithm, privateKey: string): Party {
  const curve = createECDH(CURVES[alg])
  curve.setPrivateKey(privateKey.slice(2), 'hex')
  const publicKey = curve.getPublicKey()
  const address = toEthereumAddress(publicKey.toString('hex'))
  const did = didOf(LEDGER.chainId, address)
  return { key: keySigner(did, alg, privateKey), did, method: methodOf(alg, did, publicKey) }
}

function methodOf(alg: Algorithm, did: string, publicKey: Buffer): VerificationMethod {
  if (alg === 'ES256K') {
    const blockchainAccountId = `eip155:${LEDGER.chainId}:${addressOf(did)}`
    return { id: `${did}#controller`, type: 'EcdsaSecp256k1RecoveryMethod2020', controller: did, blockchainAccountId }
  }
  const [x, y] = [publicKey.subarray(1, 33), publicKey.subarray(33)].map((bytes) => bytes.toString('base64url'))
  const publicKeyJwk = { kty: 'EC', crv: 'P-256', x: x!, y: y! }
  return { id: `${did}#delegate-1`, type: 'JsonWebKey2020', controller: did, publicKeyJwk }
}

export function documentOf({ did, method }: Party): DIDDocument {
  return { id: did, verificationMethod: [method], assertionMethod: [method.id], authentication: [method.id] }
}

export const operator = partyOf('ES256K', `0x${'11'.repeat(32)}`)
export const household = partyOf('ES256', `0x${'22'.repeat(32)}`)
export const stranger = partyOf('ES256', `0x${'33'.repeat(32)}`)

export const PV_DRAFT: CredentialDraft<'pv-inverter'> = {
  subject: household.did,
  role: 'pv-inverter',
  area: 7,
  connectionPoint: { identifier: 'EAN-871685900012345678', salt: `0x${'5a'.repeat(32)}` },
  validFrom: NOW,
  validUntil: VALID_UNTIL,
  claims: {
    serialNumber: 'SN-4711',
    ownerName: 'Ada Zonneveld',
    postalAddress: 'Sunny Lane 3, Greenfield',
    capacityW: 5_400,
    certified: true,
    certificate: 'TUV-2026-0815',
  },
}

export const REQUEST: PresentationRequest = {
  audience: 'https://dso.example/flex',
  nonce: 'n'.repeat(22),
  expiresAt: NOW + 600,
  role: 'pv-inverter',
  claims: [
    { name: 'area', values: [7] },
    { name: 'certified', values: [true] },
  ],
}

/** A world in which a credential is issued and recorded; what the ledger says can be changed. */
export async function setUpMarket(
  draft: CredentialDraft = PV_DRAFT,
  issuer: Party = operator,
  random: (byteCount: number) => Uint8Array = randomBytes,
) {
  const records = new Map<string, LedgerRecord>()
  const documents = new Map([operator, household, stranger, issuer].map((party) => [party.did, documentOf(party)]))
  const taken = new Set<string>()
  const resolver: Resolvable = { resolve: async (did) => resolutionOf(documents.get(did)) }
  const deps: PresentationDeps = {
    ledger: LEDGER,
    resolver,
    readStatus: async (credentialId) => records.get(credentialId) ?? NO_RECORD,
    isAccredited: async (address) => address === addressOf(issuer.did),
    now: NOW,
    takeNonce: async (nonce) => taken.size < taken.add(nonce).size,
  }
  const issued = await issueCredential(draft, { ledger: LEDGER, issuer: issuer.key, random })
  const record = recordOf(issuer, issued)
  records.set(issued.credentialId, record)
  return { ...issued, deps, records, record, documents, resolver }
}

/** What the ledger says once the issuer has recorded the credential. */
export function recordOf({ did }: Party, { issuance }: IssuedCredential): LedgerRecord {
  const { subject, role, area, connectionPoint, validFrom, validUntil } = issuance
  return { issuer: addressOf(did), subject, role, area, connectionPoint, validFrom, validUntil, status: 'active' }
}

/** The resolver for did-jwt-vc, whose did-resolver is an earlier one: its type of a document's context alone differs. */
export function didJwtVcResolver(resolver: Resolvable): DidJwtVcResolver {
  return resolver as unknown as DidJwtVcResolver
}

type Parts = { header: Record<string, unknown>; payload: Record<string, unknown> }

/** The token with its payload changed, and signed again by whoever is given. */
export async function signAgain(
  jwt: string,
  { key }: Party,
  change: (payload: Record<string, unknown>) => Record<string, unknown>,
): Promise<string> {
  const { header, payload } = partsOf(jwt)
  return signJwt(header.typ as string, change(payload), key)
}

export function partsOf(jwt: string): Parts {
  const [header, payload] = jwt.split('.').map(jsonOf)
  return { header, payload } as Parts
}

/** The token with what anybody can make of a signature on secp256k1, and what is as valid there. */
export function withGreaterS(jwt: string): string {
  const at = jwt.lastIndexOf('.') + 1
  const bytes = Buffer.from(jwt.slice(at), 'base64url')
  const s = ORDER - BigInt(`0x${bytes.subarray(32).toString('hex')}`)
  const other = Buffer.concat([bytes.subarray(0, 32), Buffer.from(s.toString(16).padStart(64, '0'), 'hex')])
  return jwt.slice(0, at) + other.toString('base64url')
}

const NO_RECORD: LedgerRecord = {
  issuer: `0x${'00'.repeat(20)}`,
  subject: `0x${'00'.repeat(20)}`,
  role: 'none',
  area: 0,
  connectionPoint: null,
  validFrom: 0,
  validUntil: 0,
  status: 'unknown',
}

function resolutionOf(document: DIDDocument | undefined): DIDResolutionResult {
  return document === undefined
    ? { didDocument: null, didDocumentMetadata: {}, didResolutionMetadata: { error: 'notFound' } }
    : { didDocument: document, didDocumentMetadata: {}, didResolutionMetadata: {} }
}
