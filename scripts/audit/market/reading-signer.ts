import { bytesOf, concat } from '../ledger/hex.ts'
import { keccak256 } from '../ledger/keccak.ts'
import { signerOf } from './order-signer.ts'

const READING_TYPE_HASH = keccak256(
  new TextEncoder().encode(
    'MeterReading(uint32 deliveryPeriod,uint32 sequence,uint64 importRegister,uint64 exportRegister)',
  ),
)

/** A meter's cumulative registers at the end of a delivery period, in Wh, as it signs them. */
export type SignedReading = {
  readonly deliveryPeriod: number
  readonly sequence: number
  readonly importRegister: bigint
  readonly exportRegister: bigint
}

/** The address that signed it, in lower case; null where nobody could have. */
export function readingSignerOf(
  domainSeparator: Uint8Array,
  { deliveryPeriod, sequence, importRegister, exportRegister }: SignedReading,
  signature: Uint8Array,
): string | null {
  const words = [BigInt(deliveryPeriod), BigInt(sequence), importRegister, exportRegister].map((value) =>
    bytesOf(`0x${value.toString(16).padStart(64, '0')}`),
  )
  const message = keccak256(concat([READING_TYPE_HASH, ...words]))
  return signerOf(keccak256(concat([bytesOf('0x1901'), domainSeparator, message])), signature)
}
