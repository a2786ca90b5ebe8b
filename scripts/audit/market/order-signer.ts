import secp256k1 from 'secp256k1'
import { bytesOf, concat, hexOf } from '../ledger/hex.ts'
import { keccak256 } from '../ledger/keccak.ts'
import { KEY_LENGTH } from './key-entry.ts'

const text = (value: string) => keccak256(new TextEncoder().encode(value))
const ORDER_TYPE_HASH = text(
  'Order(uint8 product,uint32 area,uint24 trader,uint32 deliveryPeriod,uint8 side,uint32 quantity,' +
    'int24 limitPrice,uint32 expiry,uint64 salt,bytes32 terms)',
)
const DOMAIN_TYPE_HASH = text('EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)')
const WORD = 32
const ADDRESS_AT = 12
const PRICE_TICK = 100
const LOWEST_PRICE = -500_000

/** An order as it is signed, but for what its session says. */
export type SignedTerms = {
  readonly trader: number
  readonly side: number
  readonly quantity: number
  readonly tick: number
  /** Unix seconds. */
  readonly expiry: number
  /** Eight bytes. */
  readonly salt: Uint8Array
}

/** Separator of the EIP-712 domain of one of our contracts. */
export function domainSeparatorOf(chainId: number, contract: string): Uint8Array {
  const words = new Uint8Array(2 * WORD)
  new DataView(words.buffer).setBigUint64(WORD - 8, BigInt(chainId))
  words.set(bytesOf(contract), WORD + ADDRESS_AT)
  return keccak256(concat([DOMAIN_TYPE_HASH, text('Commonwatt'), text('1'), words]))
}

/** Whether it signed an order of the session: works through many orders of one session without making objects. */
export type SignatureCheck = {
  readonly digestOf: (terms: SignedTerms) => Uint8Array
  /** `signature`: 64 bytes of EIP-2098; `key`: 20 bytes. */
  readonly isSignedBy: (terms: SignedTerms, signature: Uint8Array, key: Uint8Array) => boolean
}

export function signatureCheckOf(domainSeparator: Uint8Array, area: number, period: number): SignatureCheck {
  const message = new Uint8Array(11 * WORD)
  const fields = new DataView(message.buffer)
  message.set(ORDER_TYPE_HASH)
  // Each field lies at the lower end of its word; product and terms stay zero.
  fields.setUint32(3 * WORD - 4, area)
  fields.setUint32(5 * WORD - 4, period)
  const digestInput = new Uint8Array(2 + 2 * WORD)
  digestInput.set([0x19, 0x01])
  digestInput.set(domainSeparator, 2)
  const compact = new Uint8Array(64)
  const publicKey = new Uint8Array(65)

  const digestOf = (terms: SignedTerms) => {
    const price = terms.tick * PRICE_TICK + LOWEST_PRICE
    fields.setUint32(4 * WORD - 4, terms.trader)
    fields.setUint32(6 * WORD - 4, terms.side)
    fields.setUint32(7 * WORD - 4, terms.quantity)
    message.fill(price < 0 ? 0xff : 0, 7 * WORD, 8 * WORD - 4)
    fields.setInt32(8 * WORD - 4, price)
    fields.setUint32(9 * WORD - 4, terms.expiry)
    message.set(terms.salt, 10 * WORD - 8)
    digestInput.set(keccak256(message), 2 + WORD)
    return keccak256(digestInput)
  }
  const isSignedBy = (terms: SignedTerms, signature: Uint8Array, key: Uint8Array) => {
    compact.set(signature)
    const parity = compact[WORD]! >> 7
    compact[WORD]! &= 0x7f
    if (isUpperHalf(compact)) return false
    try {
      secp256k1.ecdsaRecover(compact, parity, digestOf(terms), false, publicKey)
    } catch {
      return false // secp256k1 throws where r or s is beyond the curve, and where no public key belongs to them
    }
    const signer = keccak256(publicKey.subarray(1))
    for (let place = 0; place < KEY_LENGTH; place += 1) if (signer[ADDRESS_AT + place] !== key[place]) return false
    return true
  }
  return { digestOf, isSignedBy }
}

/** The address that made a signature of 64 (EIP-2098) or 65 bytes; null where nobody could have. */
export function signerOf(digest: Uint8Array, signature: Uint8Array): string | null {
  const compact = Uint8Array.from(signature.subarray(0, 64))
  const parity = signature.length === 65 ? signature[64]! - 27 : compact[32]! >> 7
  if (signature.length === 64) compact[32]! &= 0x7f
  try {
    return hexOf(keccak256(secp256k1.ecdsaRecover(compact, parity, digest, false).subarray(1)).subarray(12))
  } catch {
    return null // no public key belongs to them
  }
}

const HALF_ORDER = bytesOf('0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0')

/** Both s and n - s verify: only the lower is accepted, so that nobody can make a second signature out of a first. */
function isUpperHalf(signature: Uint8Array): boolean {
  for (let place = 0; place < WORD; place += 1) {
    const difference = signature[WORD + place]! - HALF_ORDER[place]!
    if (difference !== 0) return difference > 0
  }
  return false
}
