import { bytesToHex } from '@noble/hashes/utils.js'
import { DomainError } from '../domain/errors.ts'
import type { Ledger } from './ledger.ts'
import { signChecked, type SigningKey } from './signing-key.ts'
import { digestOf, hashText, recoverSigner, signDigest, signingDomainOf, type SigningDomain } from './typed-data.ts'

/** What a meter signs: its cumulative registers, in Wh, at the end of a delivery period. */
export type MeterReading = {
  readonly deliveryPeriod: number
  readonly sequence: number
  readonly importRegister: bigint
  readonly exportRegister: bigint
}

/** The EIP-712 type, as it is signed. */
export const READING_TYPE =
  'MeterReading(uint32 deliveryPeriod,uint32 sequence,uint64 importRegister,uint64 exportRegister)'

/** What a gateway signs for a meter that cannot sign itself: it says which. */
export const GATEWAY_READING_TYPE =
  'GatewayReading(address meter,uint32 deliveryPeriod,uint32 sequence,uint64 importRegister,uint64 exportRegister)'

const READING_TYPE_HASH = hashText(READING_TYPE)
const GATEWAY_READING_TYPE_HASH = hashText(GATEWAY_READING_TYPE)

export function readingDomain(ledger: Pick<Ledger, 'chainId' | 'addresses'>): SigningDomain {
  return signingDomainOf(ledger.chainId, ledger.addresses.meterReadings)
}

/** The EIP-712 digest, 0x-hex. */
export function readingDigest(domain: SigningDomain, reading: MeterReading): string {
  return `0x${bytesToHex(digestOfReading(domain, reading))}`
}

/** An EIP-2098 signature: 64 bytes, 0x-hex. */
export function signReading(domain: SigningDomain, reading: MeterReading, privateKey: string): string {
  return signDigest(digestOfReading(domain, reading), privateKey)
}

/** The meter's address, in lower case, from 64 (EIP-2098) or 65 bytes. Throws `reading-signature-invalid`. */
export function recoverReadingSigner(domain: SigningDomain, reading: MeterReading, signature: string): string {
  const signer = recoverSigner(digestOfReading(domain, reading), signature)
  if (signer === null) {
    throw new DomainError('reading-signature-invalid', 'the signature of the reading is not a canonical one')
  }
  return signer
}

/** The gateway's EIP-2098 signature of what the meter's registers were read to be: 64 bytes, 0x-hex. */
export function signGatewayReading(
  domain: SigningDomain,
  meter: string,
  reading: MeterReading,
  key: SigningKey,
): Promise<string> {
  return signChecked(key, gatewayReadingDigest(domain, meter, reading))
}

/** What a gateway signs of a meter: 32 bytes, by EIP-712. */
export function gatewayReadingDigest(domain: SigningDomain, meter: string, reading: MeterReading): Uint8Array {
  return digestOf(domain, GATEWAY_READING_TYPE_HASH, [BigInt(meter), ...membersOf(reading)])
}

function digestOfReading(domain: SigningDomain, reading: MeterReading): Uint8Array {
  return digestOf(domain, READING_TYPE_HASH, membersOf(reading))
}

function membersOf({ deliveryPeriod, sequence, importRegister, exportRegister }: MeterReading): bigint[] {
  return [BigInt(deliveryPeriod), BigInt(sequence), importRegister, exportRegister]
}
