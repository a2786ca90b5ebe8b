import { keccak_256 } from '@noble/hashes/sha3.js'
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import type { Rate } from '../../units.ts'

/** Whether an aggregator commands the devices, or tells the home what it wishes, which the home may follow. */
export const CONSENT_MODES = ['commandable', 'informational'] as const

/** What a member lets an aggregator do with its devices for one product. Its content stays off the ledger. */
export type FlexConsent = {
  readonly memberId: number
  readonly portfolioId: number
  readonly productId: number
  /** Unix seconds, not included. */
  readonly until: number
  readonly mode: (typeof CONSENT_MODES)[number]
  /** Addresses of the devices that take part; null where all batteries and chargers of the home do, also new ones. */
  readonly devices: readonly string[] | null
  /** The least that the member wants for a kWh, in micro-euro, before the aggregator's fee. */
  readonly ask: Rate
}

/** What the ledger keeps of a consent: keccak256 of a salt (32 bytes, 0x-hex) and the consent as JSON with its fields in this sequence. */
export function consentDigestOf(consent: FlexConsent, salt: string): string {
  const { memberId, portfolioId, productId, until, mode, devices, ask } = consent
  const written = { memberId, portfolioId, productId, until, mode, devices, ask: String(ask) }
  return `0x${bytesToHex(keccak_256(concatBytes(hexToBytes(salt.slice(2)), utf8ToBytes(JSON.stringify(written)))))}`
}
