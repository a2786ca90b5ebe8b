import { getAddress, Signature, TypedDataEncoder, type TypedDataField } from 'ethers'
import { hexToBytes } from '@noble/hashes/utils.js'
import { DomainError } from '../domain/errors.ts'
import type { Ledger } from './ledger.ts'
import { signDigest } from './typed-data.ts'

/** An EIP-712 domain, as wallets take it. */
export type TypedDataDomain = {
  readonly name: 'Commonwatt'
  readonly version: '1'
  readonly chainId: bigint
  readonly verifyingContract: string
}

/** A signed call's type and values, as wallets take them (`eth_signTypedData_v4`). */
export type TypedData = {
  readonly domain: TypedDataDomain
  readonly types: Readonly<Record<string, readonly TypedDataField[]>>
  readonly primaryType: string
  readonly message: Readonly<Record<string, unknown>>
}

/** What a call takes beside its values where somebody else sends it for the owner; `deadline` in unix seconds. */
export type Turn = { readonly nonce: bigint; readonly deadline: bigint }

export type DidAttribute = {
  /** As did:ethr has it, such as `did/pub/P256/veriKey/hex`: 1 to 31 bytes. */
  readonly name: string
  /** 1 to 1,024 bytes, 0x-hex. */
  readonly value: string
  /** Seconds, at most 30 years. */
  readonly validity: bigint
}

/** A call of the registry that its identity's owner signs. */
export type DidCall =
  | { readonly type: 'ChangeOwner'; readonly identity: string; readonly newOwner: string }
  | {
      readonly type: 'AddDelegate'
      readonly identity: string
      readonly delegateType: string
      readonly delegate: string
      readonly validity: bigint
    }
  | {
      readonly type: 'RevokeDelegate'
      readonly identity: string
      readonly delegateType: string
      readonly delegate: string
    }
  | ({ readonly type: 'SetAttribute'; readonly identity: string } & DidAttribute)
  | { readonly type: 'SetAttributes'; readonly identity: string; readonly attributes: readonly DidAttribute[] }
  | { readonly type: 'RevokeAttribute'; readonly identity: string; readonly name: string; readonly value: string }

/** A call of the Recovery contract that an identity's owner, or a guardian's (`Replacement`), signs. */
export type RecoveryCall =
  | {
      readonly type: 'ChoosePlan'
      readonly identity: string
      /** Ascending. */
      readonly guardians: readonly string[]
      readonly threshold: number
      readonly isManagerBarred: boolean
    }
  | { readonly type: 'Replacement'; readonly identity: string; readonly newOwner: string }
  | { readonly type: 'Refuse'; readonly identity: string; readonly manager: string }

const DID = /^did:ethr:0x([1-9a-f][0-9a-f]{0,15}):(0x[0-9a-fA-F]{40})$/
const LONGEST_NAME = 32
const IDENTITY = fieldOf('identity', 'address')
const TURN = [fieldOf('nonce', 'uint256'), fieldOf('deadline', 'uint256')]
const NAME = fieldOf('name', 'bytes32')
const VALUE = fieldOf('value', 'bytes')
const VALIDITY = fieldOf('validity', 'uint256')
const DELEGATE = [fieldOf('delegateType', 'bytes32'), fieldOf('delegate', 'address')]

const TYPES: Readonly<Record<(DidCall | RecoveryCall)['type'], readonly TypedDataField[]>> = {
  ChangeOwner: [IDENTITY, fieldOf('newOwner', 'address'), ...TURN],
  AddDelegate: [IDENTITY, ...DELEGATE, VALIDITY, ...TURN],
  RevokeDelegate: [IDENTITY, ...DELEGATE, ...TURN],
  SetAttribute: [IDENTITY, NAME, VALUE, VALIDITY, ...TURN],
  SetAttributes: [IDENTITY, fieldOf('attributes', 'Attribute[]'), ...TURN],
  RevokeAttribute: [IDENTITY, NAME, VALUE, ...TURN],
  ChoosePlan: [
    IDENTITY,
    fieldOf('guardians', 'address[]'),
    fieldOf('threshold', 'uint8'),
    fieldOf('isManagerBarred', 'bool'),
    ...TURN,
  ],
  Replacement: [IDENTITY, fieldOf('newOwner', 'address'), ...TURN],
  Refuse: [IDENTITY, fieldOf('manager', 'address'), ...TURN],
}

/** The address, in lower case, that a DID of this ledger names. Throws `did-invalid` and `did-of-another-ledger`. */
export function addressOfDid(chainId: bigint, did: string): string {
  const [, ofChain, address] = DID.exec(did) ?? []
  if (ofChain === undefined || address === undefined || !isChecksummed(address)) {
    throw new DomainError('did-invalid', 'this is no identifier of the form did:ethr:0x<chain id>:0x<address>')
  }
  if (BigInt(`0x${ofChain}`) !== chainId) {
    const named = `chain 0x${ofChain}, and this ledger is chain 0x${chainId.toString(16)}`
    throw new DomainError('did-of-another-ledger', `the identifier is of ${named}`)
  }
  return address.toLowerCase()
}

/** A name of an attribute or a type of delegate as the ledger takes it: 32 bytes, 0x-hex. Throws `did-name-invalid`. */
export function encodeDidName(name: string): string {
  if (!/^[!-~]+$/.test(name) || name.length > LONGEST_NAME) {
    throw new DomainError('did-name-invalid', 'names of attributes and delegates are 1 to 32 printable ASCII letters')
  }
  return `0x${Buffer.from(name, 'latin1').toString('hex').padEnd(64, '0')}`
}

/** What an identity's owner signs of a call of the registry. */
export function didCallData(ledger: Pick<Ledger, 'chainId' | 'addresses'>, call: DidCall, turn: Turn): TypedData {
  const types = call.type === 'SetAttributes' ? { Attribute: [NAME, VALUE, VALIDITY] } : {}
  return typedDataOf(ledger.chainId, ledger.addresses.didRegistry, call.type, types, { ...valuesOf(call), ...turn })
}

/** What an identity's owner, or a guardian's, signs of a call of the Recovery contract. */
export function recoveryCallData(
  ledger: Pick<Ledger, 'chainId' | 'addresses'>,
  call: RecoveryCall,
  turn: Turn,
): TypedData {
  return typedDataOf(ledger.chainId, ledger.addresses.recovery, call.type, {}, { ...valuesOf(call), ...turn })
}

/** The EIP-712 digest, 0x-hex: what a passkey takes as its challenge. */
export function typedDataDigest({ domain, types, message }: TypedData): string {
  const mutable = Object.fromEntries(Object.entries(types).map(([name, fields]) => [name, [...fields]]))
  return TypedDataEncoder.hash(domain, mutable, message)
}

/** Signs as wallets do: 65 bytes, 0x-hex, with the lower s. */
export function signTypedData(data: TypedData, privateKey: string): string {
  return Signature.from(signDigest(hexToBytes(typedDataDigest(data).slice(2)), privateKey)).serialized
}

/** The registry's function for a signed call, and its parameters. */
export function didCallOf(
  call: DidCall,
  { nonce, deadline }: Turn,
  signature: string,
): { readonly function: string; readonly arguments: readonly unknown[] } {
  const name = `${call.type.charAt(0).toLowerCase()}${call.type.slice(1)}Signed`
  return { function: name, arguments: [...Object.values(valuesOf(call)), [nonce, deadline, signature]] }
}

function typedDataOf(
  chainId: bigint,
  verifyingContract: string,
  primaryType: (DidCall | RecoveryCall)['type'],
  types: TypedData['types'],
  message: TypedData['message'],
): TypedData {
  const domain = { name: 'Commonwatt', version: '1', chainId, verifyingContract } as const
  return { domain, types: { [primaryType]: TYPES[primaryType], ...types }, primaryType, message }
}

/** In the sequence of the call's fields, which is that of the function's parameters. */
function valuesOf(call: DidCall | RecoveryCall): Readonly<Record<string, unknown>> {
  const fields = TYPES[call.type].filter((field) => !TURN.includes(field))
  const values = Object.entries(call) as [string, unknown][]
  return Object.fromEntries(fields.map(({ name }) => [name, encodedOf(name, values.find(([key]) => key === name)![1])]))
}

function encodedOf(name: string, value: unknown): unknown {
  if (name === 'name' || name === 'delegateType') return encodeDidName(value as string)
  if (name !== 'attributes') return value
  return (value as readonly DidAttribute[]).map((each) => ({ ...each, name: encodeDidName(each.name) }))
}

/** All in one case, or with the upper and lower case that is the address's checksum (EIP-55). */
export function isChecksummed(address: string): boolean {
  return address === address.toLowerCase() || address === getAddress(address.toLowerCase())
}

function fieldOf(name: string, type: string): TypedDataField {
  return { name, type }
}
