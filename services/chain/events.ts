import { AbiCoder, getBytes, type EventFragment, type ParamType } from 'ethers'
import { CONTRACT_NAMES, type ContractName, type Ledger } from './ledger.ts'

/** Integers are bigint, addresses lower-case, bytes 0x-hex, structs objects. */
export type LedgerValue = bigint | boolean | string | readonly LedgerValue[] | { readonly [name: string]: LedgerValue }
export type LedgerValues = Readonly<Record<string, LedgerValue>>

export type LedgerLog = {
  readonly address: string
  readonly topics: readonly string[]
  readonly data: string
  readonly logIndex: number
}

export type DecodedEvent = { readonly contract: ContractName; readonly name: string; readonly arguments: LedgerValues }
export type DecodedCall = { readonly contract: ContractName; readonly name: string; readonly arguments: LedgerValues }

type Contracts = Pick<Ledger, 'addresses' | 'contracts'>

const namesByAddress = new WeakMap<object, ReadonlyMap<string, ContractName>>()

/** Which of our contracts is at the address; null for none. */
export function contractAt(ledger: Pick<Ledger, 'addresses'>, address: string): ContractName | null {
  let names = namesByAddress.get(ledger.addresses)
  if (names === undefined) {
    names = new Map(CONTRACT_NAMES.map((name) => [ledger.addresses[name].toLowerCase(), name]))
    namesByAddress.set(ledger.addresses, names)
  }
  return names.get(address.toLowerCase()) ?? null
}

/** Null for a log that is not an event of one of our contracts. */
export function decodeEvent(ledger: Contracts, log: Omit<LedgerLog, 'logIndex'>): DecodedEvent | null {
  const contract = contractAt(ledger, log.address)
  if (contract === null) return null
  const event = ledger.contracts[contract].interface.parseLog(log)
  if (event === null) return null
  const texts = textsOf(event.fragment, log.data)
  const others = event.fragment.inputs.filter((input) => !(input.name in texts))
  const args = event.fragment.inputs.flatMap((input, index) =>
    input.name in texts ? [] : [event.args[index] as unknown],
  )
  return { contract, name: event.name, arguments: { ...valuesOf(others, args), ...texts } }
}

/**
 * The texts of an event, which are whatever bytes somebody chose: what is no UTF-8, and zeros, which no database takes,
 * are shown as U+FFFD.
 */
function textsOf({ inputs }: EventFragment, data: string): Readonly<Record<string, string>> {
  const unindexed = inputs.filter(({ indexed }) => indexed !== true)
  if (!unindexed.some(({ baseType }) => baseType === 'string')) return {}
  const types = unindexed.map((input) => (input.baseType === 'string' ? 'bytes' : input.format('sighash')))
  const values = AbiCoder.defaultAbiCoder().decode(types, data)
  const texts = unindexed.flatMap(({ name, baseType }, index) => {
    if (baseType !== 'string') return []
    return [[name, new TextDecoder().decode(getBytes(values[index] as string)).replaceAll('\0', '\uFFFD')] as const]
  })
  return Object.fromEntries(texts)
}

/** Null for a transaction that does not call a function of one of our contracts. */
export function decodeCall(
  ledger: Contracts,
  transaction: { readonly to: string | null; readonly input: string },
): DecodedCall | null {
  const contract = transaction.to === null ? null : contractAt(ledger, transaction.to)
  if (contract === null) return null
  try {
    const call = ledger.contracts[contract].interface.parseTransaction({ data: transaction.input })
    if (call === null) return null
    return { contract, name: call.name, arguments: valuesOf(call.fragment.inputs, call.args) }
  } catch {
    return null // ethers throws where the arguments are malformed, which anyone can send
  }
}

function valuesOf(types: readonly ParamType[], values: readonly unknown[]): LedgerValues {
  return Object.fromEntries(types.map((type, index) => [type.name, valueOf(type, values[index])]))
}

function valueOf(type: ParamType, value: unknown): LedgerValue {
  if (type.isTuple()) return valuesOf(type.components, value as unknown[])
  if (type.isArray()) return (value as unknown[]).map((item) => valueOf(type.arrayChildren, item))
  if (type.baseType === 'address') return (value as string).toLowerCase()
  return value as bigint | boolean | string
}
