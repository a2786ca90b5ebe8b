import type { ContractName } from '../../../services/chain/ledger.ts'
import { abiOf, decodeLog, decodeParameters, type Abi, type AbiItem, type AbiValue } from '../abi.ts'
import type { Place } from '../difference.ts'
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

/** Arguments by name. Each reader throws where the ABI that was compiled says otherwise. */
export type Fields = {
  readonly number: (name: string) => number
  readonly big: (name: string) => bigint
  readonly text: (name: string) => string
  readonly bytes: (name: string) => Uint8Array
  readonly flag: (name: string) => boolean
  readonly value: (name: string) => AbiValue | undefined
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
  const contracts = new Map<string, { readonly contract: ContractName; readonly abi: Abi }>()
  for (const [name, address] of Object.entries(addresses)) {
    contracts.set(address.toLowerCase(), { contract: name as ContractName, abi: abiOf(abis[name] as AbiItem[]) })
  }

  const callsOf = ({ to, input }: Transaction): LedgerCall[] => {
    const called = to === null ? undefined : contracts.get(to)
    return called === undefined ? [] : callsIn(called.contract, called.abi, input)
  }

  const eventsOf = (block: VerifiedBlock): LedgerEvent[] =>
    block.transactions.flatMap((transaction) => {
      if (transaction.logs.every(({ address }) => !contracts.has(address))) return []
      const calls = transaction.succeeded ? callsOf(transaction) : []
      return transaction.logs.flatMap(({ address, topics, data }) => {
        const emitter = contracts.get(address)
        const event = emitter?.abi.events.get(topics[0] ?? '')
        if (emitter === undefined || event === undefined) return []
        const fields = fieldsOf(decodeLog(event, topics, data))
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
    })

  return { callsOf, eventsOf, selectorOf: (contract: ContractName, name: string) => selectorOf(abis, contract, name) }
}

/** A call, or those that a `multicall` makes in the name of the same sender. */
function callsIn(contract: ContractName, abi: Abi, data: Uint8Array): LedgerCall[] {
  const called = abi.functions.get(hexOf(data.subarray(0, 4)))
  if (called === undefined) return []
  try {
    const values = decodeParameters(called.inputs, data.subarray(4))
    if (called.name !== 'multicall') {
      return [{ contract, name: called.name, selector: called.selector, fields: fieldsOf(values), data }]
    }
    return (values.data as Uint8Array[]).flatMap((inner) => callsIn(contract, abi, inner))
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
