import { AbiCoder, concat, getCreate2Address, getCreateAddress, Interface, keccak256, ZeroHash } from 'ethers'
import { DomainError } from '../domain/errors.ts'
import type { TypedData } from './dids.ts'
import { passkeyAccountAbi } from './generated/contracts.ts'

/** A P-256 public key and whose passkey it is: each 32 bytes as 0x-hex. */
export type PasskeyAccountKey = {
  readonly x: string
  readonly y: string
  /** SHA-256 of the domain for which the passkey was made; 32 zeros for the key of a secure element. */
  readonly relyingParty: string
}

/** A WebAuthn assertion, as an authenticator makes it of a challenge. */
export type Assertion = {
  readonly authenticatorData: Uint8Array
  readonly clientDataJson: Uint8Array
  /** ASN.1 DER, as browsers hand it out. */
  readonly signature: Uint8Array
}

export type AccountCall = { readonly target: string; readonly data: string }

const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
const PASSKEY = '0x01'
const SECURE_ELEMENT = '0x02'
const EXECUTION_TYPES = {
  Execute: [
    { name: 'calls', type: 'Call[]' },
    { name: 'nonce', type: 'uint256' },
    { name: 'deadline', type: 'uint256' },
  ],
  Call: [
    { name: 'target', type: 'address' },
    { name: 'data', type: 'bytes' },
  ],
}

/** Where the key's account is, made or not, out of the address of the PasskeyAccounts contract; with its checksum. */
export function passkeyAccountOf(passkeyAccounts: string, { x, y, relyingParty }: PasskeyAccountKey): string {
  // The contract's constructor deploys what all accounts are clones of (ERC-1167, with the key behind the code).
  const implementation = getCreateAddress({ from: passkeyAccounts, nonce: 1 })
  const creationCode = concat([
    '0x61008d3d81600a3d39f3363d3d373d3d3d363d73',
    implementation,
    '0x5af43d82803e903d91602b57fd5bf3',
    x,
    y,
    relyingParty,
  ])
  return getCreate2Address(passkeyAccounts, ZeroHash, keccak256(creationCode))
}

/** What an account's key signs to have calls made; `deadline` in unix seconds. */
export function executionData(
  chainId: bigint,
  account: string,
  calls: readonly AccountCall[],
  { nonce, deadline }: { readonly nonce: bigint; readonly deadline: bigint },
): TypedData {
  const domain = { name: 'Commonwatt', version: '1', chainId, verifyingContract: account } as const
  return { domain, types: EXECUTION_TYPES, primaryType: 'Execute', message: { calls, nonce, deadline } }
}

/** The call by which anybody has an account make the calls that its key signed: 0x-hex. */
export function encodeExecution(calls: readonly AccountCall[], deadline: bigint, signature: string): string {
  return new Interface(passkeyAccountAbi).encodeFunctionData('execute', [calls, deadline, signature])
}

/** An assertion as accounts take it: 0x-hex. Throws `passkey-assertion-invalid` for what is none. */
export function encodeAssertion({ authenticatorData, clientDataJson, signature }: Assertion): string {
  const { r, s } = lowerOf(signature)
  const challengeIndex = indexOf(clientDataJson, '"challenge":"')
  const typeIndex = indexOf(clientDataJson, '"type":"webauthn.get"')
  const encoded = AbiCoder.defaultAbiCoder().encode(
    ['uint256', 'uint256', 'uint256', 'uint256', 'bytes', 'bytes'],
    [r, s, challengeIndex, typeIndex, authenticatorData, clientDataJson],
  )
  return concat([PASSKEY, encoded])
}

/** A secure element's signature (DER) of the SHA-256 of a hash, as accounts take it: 0x-hex. */
export function encodeSecureElementSignature(signature: Uint8Array): string {
  const { r, s } = lowerOf(signature)
  return concat([SECURE_ELEMENT, AbiCoder.defaultAbiCoder().encode(['uint256', 'uint256'], [r, s])])
}

/** Both s and n - s verify: the ledger takes the lower. */
function lowerOf(der: Uint8Array): { r: bigint; s: bigint } {
  const [r, s, end] = integersOf(der)
  if (end !== der.length || r <= 0n || r >= ORDER || s <= 0n || s >= ORDER)
    return refuse('its signature is no P-256 one')
  return { r, s: s > ORDER / 2n ? ORDER - s : s }
}

/** A DER sequence of two integers of at most 33 bytes, and where it ends. */
function integersOf(der: Uint8Array): [bigint, bigint, number] {
  if (der[0] !== 0x30 || der[1] !== der.length - 2) return refuse('its signature is not in DER')
  const [r, second] = integerAt(der, 2)
  const [s, end] = integerAt(der, second)
  return [r, s, end]
}

function integerAt(der: Uint8Array, at: number): [bigint, number] {
  const length = der[at + 1] ?? 0
  const bytes = der.subarray(at + 2, at + 2 + length)
  if (der[at] !== 0x02 || length === 0 || length > 33 || bytes.length !== length || bytes[0]! > 0x7f) {
    return refuse('its signature is not in DER')
  }
  return [BigInt(`0x${Buffer.from(bytes).toString('hex')}`), at + 2 + length]
}

function indexOf(clientDataJson: Uint8Array, text: string): number {
  const index = Buffer.from(clientDataJson).indexOf(text)
  return index < 0 ? refuse(`its client data lacks ${text}`) : index
}

function refuse(reason: string): never {
  throw new DomainError('passkey-assertion-invalid', `this is no assertion of a passkey: ${reason}`)
}
