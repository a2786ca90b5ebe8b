import { keccak_256 } from '@noble/hashes/sha3.js'
import { bytesToHex, concatBytes, hexToBytes } from '@noble/hashes/utils.js'
import { digestOf, hashText, signingDomainOf } from '../../../services/chain/typed-data.ts'
import type { Delegation } from '../../../services/domain/market/trading-key.ts'

/** A call that an account makes: 0x-hex both. */
export type AccountCall = { readonly target: string; readonly data: string }

/** What a call is signed with beside itself: how many the account made before, and unix seconds up to which it may be made. */
export type Turn = { readonly nonce: bigint; readonly deadline: bigint }

const CALL_TYPE = 'Call(address target,bytes data)'
const CALL_TYPE_HASH = hashText(CALL_TYPE)
const EXECUTE_TYPE_HASH = hashText(`Execute(Call[] calls,uint256 nonce,uint256 deadline)${CALL_TYPE}`)
const MAY_BID = 1n
const MAY_OFFER = 2n

/** Lets a key trade for the member; `registry` is the address of the MemberRegistry contract. */
export function delegateTradingCall(registry: string, memberId: number, delegation: Delegation): AccountCall {
  const { key, mayBid, mayOffer, quantityLimit, lowestPrice, highestPrice, expiry } = delegation
  const sides = (mayBid ? MAY_BID : 0n) | (mayOffer ? MAY_OFFER : 0n)
  return callOf(registry, 'delegateTrading(uint24,(address,uint8,uint32,int24,int24,uint32))', [
    BigInt(memberId),
    BigInt(key),
    sides,
    quantityLimit,
    lowestPrice,
    highestPrice,
    BigInt(expiry),
  ])
}

export function revokeDelegationCall(registry: string, memberId: number): AccountCall {
  return callOf(registry, 'revokeDelegation(uint24)', [BigInt(memberId)])
}

/** Another trading key for the member, by its address. */
export function replaceTradingKeyCall(registry: string, memberId: number, key: string): AccountCall {
  return callOf(registry, 'replaceTradingKey(uint24,address)', [BigInt(memberId), BigInt(key)])
}

/** The EIP-712 digest that an account's key signs to have the calls made, as `PasskeyAccount.digestOf` has it. */
export function executionDigest(
  chainId: bigint,
  account: string,
  calls: readonly AccountCall[],
  { nonce, deadline }: Turn,
): Uint8Array {
  const hashes = calls.map(({ target, data }) =>
    keccak_256(concatBytes(CALL_TYPE_HASH, wordOf(BigInt(target)), keccak_256(hexToBytes(data.slice(2))))),
  )
  const callsHash = BigInt(`0x${bytesToHex(keccak_256(concatBytes(...hashes)))}`)
  return digestOf(signingDomainOf(chainId, account), EXECUTE_TYPE_HASH, [callsHash, nonce, deadline])
}

/** A call whose parameters are all one word long. */
function callOf(target: string, signature: string, parameters: readonly bigint[]): AccountCall {
  const selector = hashText(signature).subarray(0, 4)
  return { target, data: `0x${bytesToHex(concatBytes(selector, ...parameters.map(wordOf)))}` }
}

function wordOf(value: bigint): Uint8Array {
  return hexToBytes(BigInt.asUintN(256, value).toString(16).padStart(64, '0'))
}
