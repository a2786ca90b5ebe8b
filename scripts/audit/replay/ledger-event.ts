import type { ContractName } from '../../../services/chain/ledger.ts'
import { abiOf, decodeLog, decodeParameters, type Abi, type AbiEvent, type AbiItem, type AbiValue } from '../abi.ts'
import { differ, type Place } from '../difference.ts'
import { hexOf } from '../ledger/hex.ts'
import type { Transaction, VerifiedBlock } from '../ledger/verified-block.ts'

/** A function of one of our contracts, as a transaction called it. */
export type LedgerCall = {
  readonly contract: ContractName
  readonly name: string
  readonly selector: string
  readonly fields: Fields
  /** Selector and arguments. */
  readonly data: Uint8Array
}

/** What one of our contracts said, and in which transaction. */
export type LedgerEvent = {
  readonly contract: ContractName
  readonly name: string
  readonly fields: Fields
  readonly block: number
  /** Unix seconds of its block. */
  readonly time: number
  readonly transaction: Transaction
  /** What the transaction called of ours: itself, or through `multicall`; nothing where another contract called us. */
  readonly calls: readonly LedgerCall[]
}

/** A transaction that called one of ours, or in which one of ours said something. */
export type LedgerTransaction = {
  readonly block: number
  readonly transaction: Transaction
  readonly calls: readonly LedgerCall[]
  readonly events: readonly LedgerEvent[]
  /** Whether it succeeded in calling one of ours by a function that it does not have. */
  readonly isUnknown: boolean
}

/** Arguments by name. Each reader throws where the ABI that was compiled says otherwise. */
export type Fields = {
  readonly number: (name: string) => number
  readonly big: (name: string) => bigint
  readonly text: (name: string) => string
  readonly bytes: (name: string) => Uint8Array
  readonly flag: (name: string) => boolean
  readonly value: (name: string) => AbiValue | undefined
  readonly names: readonly string[]
}

export function fieldsOf(values: Readonly<Record<string, AbiValue>>): Fields {
  const read = <Kind extends AbiValue>(name: string, kind: string, is: (value: AbiValue) => boolean): Kind => {
    const value = values[name]
    if (value === undefined || !is(value))
      throw new TypeError(`"${name}" is not ${kind}: ${Object.keys(values).join(', ')}`)
    return value as Kind
  }
  return {
    number: (name) => read(name, 'a number', (value) => typeof value === 'number'),
    big: (name) =>
      BigInt(
        read<bigint | number>(name, 'an integer', (value) => typeof value === 'bigint' || typeof value === 'number'),
      ),
    text: (name) => read(name, 'a text', (value) => typeof value === 'string'),
    bytes: (name) => read(name, 'bytes', (value) => value instanceof Uint8Array),
    flag: (name) => read(name, 'a truth', (value) => typeof value === 'boolean'),
    value: (name) => values[name],
    names: Object.keys(values),
  }
}

/** Where an event happened, for a difference. */
export function placeOf({ block, transaction }: Pick<LedgerEvent, 'block' | 'transaction'>): Place {
  return { block, transaction: transaction.hash }
}

/** Reads what is ours out of blocks. */
export function createEventReader(
  addresses: Readonly<Record<ContractName, string>>,
  abis: Readonly<Record<string, unknown>>,
) {
  const contracts = new Map<string, KnownContract>()
  for (const [name, address] of Object.entries(addresses)) {
    contracts.set(address.toLowerCase(), { contract: name as ContractName, abi: abiOf(abis[name] as AbiItem[]) })
  }

  const callsOf = ({ to, input }: Transaction): LedgerCall[] => {
    const called = to === null ? undefined : contracts.get(to)
    return called === undefined ? [] : callsIn(called, input, contracts)
  }

  const isUnknown = ({ to, input, succeeded }: Transaction): boolean => {
    const called = to === null ? undefined : contracts.get(to)
    return called !== undefined && succeeded && !called.abi.functions.has(hexOf(input.subarray(0, 4)))
  }

  const transactionsOf = (block: VerifiedBlock): LedgerTransaction[] =>
    block.transactions.flatMap((transaction) => {
      const isCalled = transaction.succeeded && transaction.to !== null && contracts.has(transaction.to)
      if (!isCalled && transaction.logs.every(({ address }) => !contracts.has(address))) return []
      const calls = transaction.succeeded ? callsOf(transaction) : []
      const events = transaction.logs.flatMap(({ address, topics, data }) => {
        const emitter = contracts.get(address)
        const event = emitter?.abi.events.get(topics[0] ?? '')
        if (emitter === undefined || event === undefined) return []
        const fields = readLog(event, { topics, data }, { block: block.number, transaction: transaction.hash })
        return [
          {
            contract: emitter.contract,
            name: event.name,
            fields,
            block: block.number,
            time: block.timestamp,
            transaction,
            calls,
          },
        ]
      })
      return [{ block: block.number, transaction, calls, events, isUnknown: isUnknown(transaction) }]
    })

  const eventsOf = (block: VerifiedBlock): LedgerEvent[] => transactionsOf(block).flatMap(({ events }) => events)

  return {
    callsOf,
    eventsOf,
    transactionsOf,
    selectorOf: (contract: ContractName, name: string) => selectorOf(abis, contract, name),
  }
}

/** Whatever a node shows for an event of ours has its form, or is a difference. */
function readLog(
  event: AbiEvent,
  { topics, data }: { readonly topics: readonly string[]; readonly data: Uint8Array },
  place: Place,
): Fields {
  try {
    return fieldsOf(decodeLog(event, topics, data))
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return differ('malformed', `${event.name} has not its form: ${error.message}`, place)
  }
}

type KnownContract = { readonly contract: ContractName; readonly abi: Abi }

/** A call, or those that a `multicall`, or the access manager's `execute`, makes in the name of the same sender. */
function callsIn(
  { contract, abi }: KnownContract,
  data: Uint8Array,
  contracts: ReadonlyMap<string, KnownContract>,
): LedgerCall[] {
  const called = abi.functions.get(hexOf(data.subarray(0, 4)))
  if (called === undefined) return []
  try {
    const values = decodeParameters(called.inputs, data.subarray(4))
    if (called.name === 'multicall') {
      return (values.data as Uint8Array[]).flatMap((inner) => callsIn({ contract, abi }, inner, contracts))
    }
    if (contract === 'accessManager' && called.name === 'execute') {
      const target = contracts.get(values.target as string)
      return target === undefined ? [] : callsIn(target, values.data as Uint8Array, contracts)
    }
    return [{ contract, name: called.name, selector: called.selector, fields: fieldsOf(values), data }]
  } catch (error) {
    // Nobody can be stopped from sending arguments that are malformed; what they did is in the events.
    if (error instanceof SyntaxError) return []
    throw error
  }
}

function selectorOf(abis: Readonly<Record<string, unknown>>, contract: ContractName, name: string): string | null {
  const functions = abiOf(abis[contract] as AbiItem[]).functions
  return [...functions.values()].find((each) => each.name === name)?.selector ?? null
}
