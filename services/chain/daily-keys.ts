import { hmac } from '@noble/hashes/hmac.js'
import { sha256, sha512 } from '@noble/hashes/sha2.js'
import { keccak_256 } from '@noble/hashes/sha3.js'
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import secp256k1 from 'secp256k1'
import { encodeInteger } from '../domain/metering/merkle-sum-tree.ts'
import type { TradingDay } from '../domain/units.ts'

/**
 * From what the daily keys of a trading key are derived. The registrar is told, and nobody else: with it every day's
 * address can be known, and nothing signed.
 */
export type KeyChain = {
  /** 33 bytes, compressed, 0x-hex. */
  readonly publicKey: string
  /** 32 bytes, 0x-hex. */
  readonly chainCode: string
}

const CHAIN_CODE_NAME = utf8ToBytes('Commonwatt trading chain')

/** The chain of a private trading key: its code follows from the key, so that nothing else has to be kept. */
export function keyChainOf(privateKey: string): KeyChain {
  const key = hexToBytes(privateKey.slice(2))
  return {
    publicKey: `0x${bytesToHex(secp256k1.publicKeyCreate(key, true))}`,
    chainCode: `0x${bytesToHex(hmac(sha256, CHAIN_CODE_NAME, key))}`,
  }
}

/** The address of the trading key itself, lower-case. Throws where the public key is none. */
export function addressOfChain({ publicKey }: Pick<KeyChain, 'publicKey'>): string {
  return addressOfPublicKey(hexToBytes(publicKey.slice(2)))
}

/**
 * The private key with which orders of the day are signed: BIP-32's child m/area/day/draw, 0x-hex. The draw counts how often
 * the registrar drew a page of the day: one that was refused is on the ledger too, and its keys are used no more.
 */
export function dailyKeyOf(privateKey: string, area: number, day: TradingDay, draw: number): string {
  const { chainCode } = keyChainOf(privateKey)
  const key = hexToBytes(privateKey.slice(2))
  let code: Uint8Array = hexToBytes(chainCode.slice(2))
  for (const index of [area, day, draw]) {
    const child = childOf(secp256k1.publicKeyCreate(key, true), code, index)
    secp256k1.privateKeyTweakAdd(key, child.tweak)
    code = child.code
  }
  return `0x${bytesToHex(key)}`
}

/** The address of the same key, as it stands on the day's pages, lower-case. */
export function dailyAddressOf(chain: KeyChain, area: number, day: TradingDay, draw: number): string {
  return addressOfDerivation(derivationOf(chain, area, day, draw))
}

/**
 * How the key of a day follows from the trading key: shown of one day, it says nothing of any other, and still proves that
 * whoever signs with the one has the other.
 */
export type KeyDerivation = {
  /** Of the trading key: 33 bytes, compressed, 0x-hex. */
  readonly publicKey: string
  /** What is added to the private key, 32 bytes, 0x-hex. */
  readonly tweak: string
}

/** The derivation of the chain's key of the day. Throws where the public key is none. */
export function derivationOf(chain: KeyChain, area: number, day: TradingDay, draw: number): KeyDerivation {
  const { publicKey, chainCode } = chain
  const root = hexToBytes(publicKey.slice(2))
  const first = childOf(root, hexToBytes(chainCode.slice(2)), area)
  const { tweak } = first
  let { code } = first
  for (const index of [day, draw]) {
    const child = childOf(secp256k1.publicKeyTweakAdd(root, tweak, true), code, index)
    secp256k1.privateKeyTweakAdd(tweak, child.tweak)
    code = child.code
  }
  return { publicKey, tweak: `0x${bytesToHex(tweak)}` }
}

/** The address of the derived key, lower-case. Throws where the public key is none, or the tweak not below the curve's order. */
export function addressOfDerivation({ publicKey, tweak }: KeyDerivation): string {
  return addressOfPublicKey(
    secp256k1.publicKeyTweakAdd(hexToBytes(publicKey.slice(2)), hexToBytes(tweak.slice(2)), true),
  )
}

/** CKDpub of BIP-32: what is added to the key, and the child's chain code. An index below 2^31 is not hardened. */
function childOf(publicKey: Uint8Array, code: Uint8Array, index: number): { tweak: Uint8Array; code: Uint8Array } {
  if (!Number.isInteger(index) || index < 0 || index >= 2 ** 31) throw new RangeError(`${index} is no index of a key`)
  const bytes = hmac(sha512, code, concatBytes(publicKey, encodeInteger(BigInt(index), 4)))
  return { tweak: bytes.slice(0, 32), code: bytes.slice(32) }
}

function addressOfPublicKey(publicKey: Uint8Array): string {
  const point = secp256k1.publicKeyConvert(publicKey, false)
  return `0x${bytesToHex(keccak_256(point.subarray(1)).subarray(12))}`
}
