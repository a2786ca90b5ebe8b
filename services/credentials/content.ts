import { keccak_256 } from '@noble/hashes/sha3.js'
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import { connectionPointCommitmentOf } from '../domain/grid/connection-point.ts'
import { canonicalJson } from './canonical-json.ts'
import type { Claims, ClaimValue, CredentialRole } from './claims.ts'

/** What ties a credential to a connection point: its identifier, and the salt of the commitment on the ledger. */
export type ConnectionPoint = { readonly identifier: string; readonly salt: string }

/** What an issuer says of a subject, however it is written down. DIDs are in lower case, times in unix seconds. */
export type CredentialContent = {
  /** urn:uuid. */
  readonly id: string
  readonly issuer: string
  readonly subject: string
  readonly role: CredentialRole
  /** 0 for every area. */
  readonly area: number
  readonly connectionPoint: ConnectionPoint | null
  readonly validFrom: number
  /** Not included. */
  readonly validUntil: number
  /** 32 random bytes, 0x-hex: without it nobody can guess the content from its digest. */
  readonly salt: string
  readonly claims: Claims
}

/** keccak256, 0x-hex, of the content as canonical JSON (RFC 8785) with the names above; no connection point is left out. */
export function contentDigestOf(content: CredentialContent): string {
  const { id, issuer, subject, role, area, connectionPoint, validFrom, validUntil, salt, claims } = content
  const named = { id, issuer, subject, role, area, validFrom, validUntil, salt, claims }
  return hashOf(utf8ToBytes(canonicalJson(connectionPoint === null ? named : { ...named, connectionPoint })))
}

/** keccak256, 0x-hex, of the sorted digests of an SD-JWT's disclosures as canonical JSON. */
export function disclosuresDigestOf(digests: readonly string[]): string {
  return hashOf(utf8ToBytes(canonicalJson([...digests].sort())))
}

/**
 * The digest that the ledger records: keccak256 over the two above, one after the other. It binds both forms in which
 * a holder keeps a credential, and neither gives the other away.
 */
export function credentialDigestOf(contentDigest: string, disclosuresDigest: string): string {
  return hashOf(concatBytes(hexToBytes(contentDigest.slice(2)), hexToBytes(disclosuresDigest.slice(2))))
}

/** The ledger's commitment to the connection point; null for none. */
export function commitmentOf(connectionPoint: ConnectionPoint | null): string | null {
  return connectionPoint === null ? null : connectionPointCommitmentOf(connectionPoint.identifier, connectionPoint.salt)
}

/** What a credential says of its subject beside the role, name by name. */
export function disclosableClaimsOf({ area, connectionPoint, claims }: CredentialContent): Record<string, ClaimValue> {
  const tied =
    connectionPoint === null
      ? {}
      : { connectionPoint: connectionPoint.identifier, connectionPointSalt: connectionPoint.salt }
  return { area, ...tied, ...claims }
}

function hashOf(bytes: Uint8Array): string {
  return `0x${bytesToHex(keccak_256(bytes))}`
}
