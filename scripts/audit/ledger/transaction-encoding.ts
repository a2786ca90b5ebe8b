import secp256k1 from 'secp256k1'
import { bytesOf, concat, hexOf, quantityBytes } from './hex.ts'
import { keccak256 } from './keccak.ts'
import { encodeRlp, type RlpItem } from './rlp.ts'
import type { RpcAccess, RpcAuthorization, RpcTransaction } from './rpc-types.ts'

const NOTHING = new Uint8Array()

/** The transaction as it was sent: what a block's transactions root holds, and what the transaction's hash is of. */
export function encodeTransaction(transaction: RpcTransaction): Uint8Array {
  const type = typeOf(transaction)
  const signature = [quantityBytes(transaction.r), quantityBytes(transaction.s)]
  if (type === 0) return encodeRlp([...fieldsOf(transaction, type), quantityBytes(transaction.v), ...signature])
  const parity = quantityBytes(transaction.yParity ?? transaction.v)
  return concat([Uint8Array.of(type), encodeRlp([...fieldsOf(transaction, type), parity, ...signature])])
}

/** Address of whoever signed the transaction, lower-case; null where nobody can have. */
export function senderOf(transaction: RpcTransaction): string | null {
  const type = typeOf(transaction)
  const { parity, chainId } = recoveryOf(transaction, type)
  const fields = fieldsOf(transaction, type)
  // A legacy signature covers the chain's id since EIP-155, but may leave it out.
  const signed = type === 0 && chainId !== null ? [...fields, chainId, NOTHING, NOTHING] : fields
  const encoded = encodeRlp(signed)
  const digest = keccak256(type === 0 ? encoded : concat([Uint8Array.of(type), encoded]))
  return signerOf(transaction, parity, digest)
}

/** Address of whoever authorised a contract's code for its account (EIP-7702); null where nobody can have. */
export function authorityOf(authorization: RpcAuthorization): string | null {
  const { chainId, address, nonce, yParity } = authorization
  const encoded = encodeRlp([quantityBytes(chainId), bytesOf(address), quantityBytes(nonce)])
  return signerOf(authorization, Number(yParity) & 1, keccak256(concat([Uint8Array.of(5), encoded])))
}

function signerOf(
  signed: { readonly r: string; readonly s: string },
  parity: number,
  digest: Uint8Array,
): string | null {
  const signature = new Uint8Array(64)
  const r = quantityBytes(signed.r)
  const s = quantityBytes(signed.s)
  if (r.length > 32 || s.length > 32) return null
  signature.set(r, 32 - r.length)
  signature.set(s, 64 - s.length)
  try {
    const publicKey = secp256k1.ecdsaRecover(signature, parity, digest, false)
    return hexOf(keccak256(publicKey.subarray(1)).subarray(12))
  } catch {
    return null // secp256k1 throws where r or s is beyond the curve, and where no public key belongs to them
  }
}

/** Address, lower-case, of the contract that a transaction of `sender` with this nonce creates. */
export function createdAddressOf(sender: string, nonce: string): string {
  return hexOf(keccak256(encodeRlp([bytesOf(sender), quantityBytes(nonce)])).subarray(12))
}

function typeOf({ type }: RpcTransaction): number {
  return type === undefined ? 0 : Number(type)
}

function recoveryOf(transaction: RpcTransaction, type: number): { parity: number; chainId: Uint8Array | null } {
  if (type !== 0) return { parity: Number(transaction.yParity ?? transaction.v) & 1, chainId: null }
  const v = BigInt(transaction.v)
  if (v < 35n) return { parity: Number(v - 27n) & 1, chainId: null }
  return { parity: Number((v - 35n) % 2n), chainId: quantityBytes(`0x${((v - 35n) / 2n).toString(16)}`) }
}

/** The fields that are signed, by the transaction's type. Throws for a type that no fork up to Osaka knows. */
function fieldsOf(transaction: RpcTransaction, type: number): RlpItem[] {
  const { nonce, gas, value, input } = transaction
  const to = transaction.to === null ? NOTHING : bytesOf(transaction.to)
  const call = [quantityBytes(gas), to, quantityBytes(value), bytesOf(input)]
  if (type === 0) return [quantityBytes(nonce), quantityBytes(transaction.gasPrice ?? '0x0'), ...call]

  const chainId = quantityBytes(transaction.chainId ?? '0x0')
  const accessList = encodeAccessList(transaction.accessList ?? [])
  if (type === 1) {
    return [chainId, quantityBytes(nonce), quantityBytes(transaction.gasPrice ?? '0x0'), ...call, accessList]
  }
  const fees = [
    quantityBytes(transaction.maxPriorityFeePerGas ?? '0x0'),
    quantityBytes(transaction.maxFeePerGas ?? '0x0'),
  ]
  const fields = [chainId, quantityBytes(nonce), ...fees, ...call, accessList]
  if (type === 2) return fields
  if (type === 3) {
    const hashes = (transaction.blobVersionedHashes ?? []).map(bytesOf)
    return [...fields, quantityBytes(transaction.maxFeePerBlobGas ?? '0x0'), hashes]
  }
  if (type === 4) {
    const authorizations = (transaction.authorizationList ?? []).map((authorization) => [
      quantityBytes(authorization.chainId),
      bytesOf(authorization.address),
      quantityBytes(authorization.nonce),
      quantityBytes(authorization.yParity),
      quantityBytes(authorization.r),
      quantityBytes(authorization.s),
    ])
    return [...fields, authorizations]
  }
  throw new SyntaxError(`transactions of type ${type} are not known`)
}

function encodeAccessList(list: readonly RpcAccess[]): RlpItem {
  return list.map(({ address, storageKeys }) => [bytesOf(address), storageKeys.map(bytesOf)])
}
