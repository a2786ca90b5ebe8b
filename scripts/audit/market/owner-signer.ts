import type { AbiValue } from '../abi.ts'
import { bytesOf, concat } from '../ledger/hex.ts'
import { keccak256 } from '../ledger/keccak.ts'
import type { Fields } from '../replay/ledger-event.ts'
import { signerOf } from './order-signer.ts'

const text = (value: string) => keccak256(new TextEncoder().encode(value))
const ATTRIBUTE = 'Attribute(bytes32 name,bytes value,uint256 validity)'
const ENDING = 'uint256 nonce,uint256 deadline)'

type Values = Readonly<Record<string, AbiValue>>

/** What owners of identities sign of each call, before nonce and deadline: its EIP-712 type, and its members. */
const SIGNED_CALLS: Readonly<Record<string, { readonly type: string; readonly members: readonly string[] }>> = {
  changeOwnerSigned: {
    type: `ChangeOwner(address identity,address newOwner,${ENDING}`,
    members: ['identity', 'newOwner'],
  },
  addDelegateSigned: {
    type: `AddDelegate(address identity,bytes32 delegateType,address delegate,uint256 validity,${ENDING}`,
    members: ['identity', 'delegateType', 'delegate', 'validity'],
  },
  revokeDelegateSigned: {
    type: `RevokeDelegate(address identity,bytes32 delegateType,address delegate,${ENDING}`,
    members: ['identity', 'delegateType', 'delegate'],
  },
  setAttributeSigned: {
    type: `SetAttribute(address identity,bytes32 name,bytes value,uint256 validity,${ENDING}`,
    members: ['identity', 'name', 'value', 'validity'],
  },
  setAttributesSigned: {
    type: `SetAttributes(address identity,Attribute[] attributes,${ENDING}${ATTRIBUTE}`,
    members: ['identity', 'attributes'],
  },
  revokeAttributeSigned: {
    type: `RevokeAttribute(address identity,bytes32 name,bytes value,${ENDING}`,
    members: ['identity', 'name', 'value'],
  },
  choosePlanSigned: {
    type: `ChoosePlan(address identity,address[] guardians,uint8 threshold,bool isManagerBarred,${ENDING}`,
    members: ['identity', 'guardians', 'threshold', 'isManagerBarred'],
  },
  refuseSigned: { type: `Refuse(address identity,address manager,${ENDING}`, members: ['identity', 'manager'] },
}
const REPLACEMENT = `Replacement(address identity,address newOwner,${ENDING}`

/** What a call says that its identity's owner signed; null for a call that nobody signs. */
export type OwnersConsent = {
  readonly nonce: bigint
  readonly deadline: bigint
  /** The address that made the signature; null where nobody could have. */
  readonly signer: string | null
}

/** Of a call of the registry of identities, or of that of recovery, whose EIP-712 domain it is. */
export function ownersConsentOf(domainSeparator: Uint8Array, name: string, fields: Fields): OwnersConsent | null {
  const signed = SIGNED_CALLS[name]
  if (signed === undefined) return null
  const said = valuesOf(fields)
  const { nonce, deadline } = said
  const members = signed.members.map((each) => wordOf(said[each]!, each))
  const message = concat([text(signed.type), ...members, wordOf(nonce!), wordOf(deadline!)])
  const signer = signerIn(domainSeparator, message, said.signature as Uint8Array)
  return { nonce: BigInt(nonce as bigint), deadline: BigInt(deadline as bigint), signer }
}

/** Who signed that an identity gets another owner. */
export function replacementSignerOf(
  domainSeparator: Uint8Array,
  { identity, newOwner, nonce, deadline }: Values,
  signature: Uint8Array,
): string | null {
  const words = [identity!, newOwner!, nonce!, deadline!].map((value) => wordOf(value))
  return signerIn(domainSeparator, concat([text(REPLACEMENT), ...words]), signature)
}

function signerIn(domainSeparator: Uint8Array, message: Uint8Array, signature: Uint8Array): string | null {
  if (signature.length !== 65) return null
  return signerOf(keccak256(concat([bytesOf('0x1901'), domainSeparator, keccak256(message)])), signature)
}

/** Arguments by their names, those of an authorization or of a plan among them. */
function valuesOf(fields: Fields): Values {
  const outer = Object.fromEntries(fields.names.map((name) => [name, fields.value(name)!]))
  const inner = ['authorization', 'plan'].map((name) => (outer[name] ?? {}) as Values)
  return Object.assign({}, outer, ...inner) as Values
}

/** A value as it is hashed in a struct: texts are addresses and words in hex. */
function wordOf(value: AbiValue, name = ''): Uint8Array {
  if (value instanceof Uint8Array) return keccak256(value)
  if (Array.isArray(value)) {
    const elements = value as readonly AbiValue[]
    return keccak256(
      concat(elements.map((each) => (name === 'attributes' ? attributeOf(each as Values) : wordOf(each)))),
    )
  }
  return bytesOf(
    `0x${BigInt(value as bigint)
      .toString(16)
      .padStart(64, '0')}`,
  )
}

function attributeOf({ name, value, validity }: Values): Uint8Array {
  return keccak256(concat([text(ATTRIBUTE), wordOf(name!), wordOf(value!), wordOf(validity!)]))
}
