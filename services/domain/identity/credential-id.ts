import { keccak_256 } from '@noble/hashes/sha3.js'
import { bytesToHex, concatBytes } from '@noble/hashes/utils.js'
import { encodeInteger } from '../metering/merkle-sum-tree.ts'
import { roleNumberOf, type Role } from './role.ts'

/** What an issuer has the ledger record of a credential. Addresses and hashes are 0x-hex in lower case. */
export type RecordedIssuance = {
  readonly subject: string
  readonly role: Role
  /** In which the role is held; 0 for every area. */
  readonly area: number
  /** Salted commitment to the connection point; null where there is none. */
  readonly connectionPoint: string | null
  /** Salted hash of the credential as its holder keeps it. */
  readonly digest: string
  /** Unix seconds; valid from the first up to the second, not included. */
  readonly validFrom: number
  readonly validUntil: number
}

/** The name of a credential on the ledger, 0x-hex: keccak256 of all that is recorded of it, as the registry encodes it. */
export function credentialIdOf(issuer: string, issuance: RecordedIssuance): string {
  const { subject, role, area, connectionPoint, digest, validFrom, validUntil } = issuance
  const words = [issuer, subject, roleNumberOf(role), area, connectionPoint ?? 0, digest, validFrom, validUntil]
  return `0x${bytesToHex(keccak_256(concatBytes(...words.map((word) => encodeInteger(BigInt(word), 32)))))}`
}
