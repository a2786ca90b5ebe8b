import { bytesOf, concat } from '../ledger/hex.ts'
import { keccak256 } from '../ledger/keccak.ts'
import { signerOf } from './order-signer.ts'

const READING_TYPE_HASH = keccak256(
  new TextEncoder().encode(
    'MeterReading(uint32 deliveryPeriod,uint32 sequence,uint64 importRegister,uint64 exportRegister)',
  ),
)

const GATEWAY_READING_TYPE_HASH = keccak256(
  new TextEncoder().encode(
    'GatewayReading(address meter,uint32 deliveryPeriod,uint32 sequence,uint64 importRegister,uint64 exportRegister)',
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
  const values = [BigInt(deliveryPeriod), BigInt(sequence), importRegister, exportRegister]
  return signerOfStruct(domainSeparator, READING_TYPE_HASH, values, signature)
}

/** The gateway that signed it for a meter that cannot sign; null where nobody could have. */
export function gatewayReadingSignerOf(
  domainSeparator: Uint8Array,
  meter: string,
  { deliveryPeriod, sequence, importRegister, exportRegister }: SignedReading,
  signature: Uint8Array,
): string | null {
  const values = [BigInt(meter), BigInt(deliveryPeriod), BigInt(sequence), importRegister, exportRegister]
  return signerOfStruct(domainSeparator, GATEWAY_READING_TYPE_HASH, values, signature)
}

function signerOfStruct(
  domainSeparator: Uint8Array,
  typeHash: Uint8Array,
  values: readonly bigint[],
  signature: Uint8Array,
): string | null {
  const words = values.map((value) => bytesOf(`0x${value.toString(16).padStart(64, '0')}`))
  const message = keccak256(concat([typeHash, ...words]))
  return signerOf(keccak256(concat([bytesOf('0x1901'), domainSeparator, message])), signature)
}
