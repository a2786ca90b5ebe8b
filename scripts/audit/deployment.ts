import type { ContractName } from '../../services/chain/ledger.ts'
import { DomainError } from '../../services/domain/errors.ts'
import { decodeParameters, type AbiItem, type AbiParameter } from './abi.ts'
import { bytesOf } from './ledger/hex.ts'
import type { Transaction } from './ledger/verified-block.ts'

/** A contract whose code is one of ours, with the addresses that its constructor was told. */
export type Creation = {
  readonly contract: ContractName
  readonly address: string
  readonly block: number
  readonly transaction: string
  readonly arguments: Readonly<Record<string, string>>
}

/** Code that somebody put on the ledger and that is not ours. */
export type ForeignCode = { readonly address: string; readonly block: number; readonly transaction: string }

export type Deployment = {
  readonly addresses: Readonly<Record<ContractName, string>>
  readonly creations: readonly Creation[]
}

export type Artifacts = {
  readonly abis: Readonly<Record<string, unknown>>
  readonly bytecodes: Readonly<Record<string, string>>
}

/** Recognises our contracts by the code with which they are created. */
export function createContractFinder({ abis, bytecodes }: Artifacts) {
  const known = Object.entries(bytecodes).map(([name, code]) => ({
    contract: name as ContractName,
    code: bytesOf(code),
    parameters: constructorOf(abis[name] as readonly AbiItem[]),
  }))
  const creations: Creation[] = []
  const foreign: ForeignCode[] = []

  return {
    creations: creations as readonly Creation[],
    foreign: foreign as readonly ForeignCode[],
    see: (block: number, { to, created, succeeded, input, hash }: Transaction) => {
      if (to !== null || created === null || !succeeded) return
      const ours = known.find(({ code }) => Buffer.compare(input.subarray(0, code.length), code) === 0)
      if (ours === undefined) {
        foreign.push({ address: created, block, transaction: hash })
        return
      }
      const values = decodeParameters(ours.parameters, input.subarray(ours.code.length))
      creations.push({
        contract: ours.contract,
        address: created,
        block,
        transaction: hash,
        arguments: values as Record<string, string>,
      })
    },
  }
}

/**
 * The contracts that belong together, tied by their constructors' arguments. Throws `deployment-not-found`,
 * `deployment-ambiguous` where there are several and `settlement` does not say which, and `deployment-foreign` where one
 * of them is tied to code that is not ours.
 */
export function deploymentOf(
  creations: readonly Creation[],
  names: readonly ContractName[],
  settlement: string | undefined,
): Deployment {
  const root = settlementOf(creations, settlement)
  const byAddress = new Map(creations.map((creation) => [creation.address, creation]))
  const members = new Map<string, Creation>([[root.address, root]])
  for (let grows = true; grows;) {
    const before = members.size
    for (const creation of members.values()) {
      for (const [name, address] of tiesOf(creation)) {
        const other = byAddress.get(address) ?? refuseForeign(creation, name, address)
        members.set(address, other)
      }
    }
    // Who is told of one of them only belongs to it as well: nothing in the deployment need know it.
    for (const creation of creations) {
      const ties = tiesOf(creation)
      if (ties.length > 1 && ties.every(([, address]) => members.has(address))) members.set(creation.address, creation)
    }
    grows = members.size > before
  }
  return { addresses: addressesOf([...members.values()], names), creations: [...members.values()] }
}

function addressesOf(members: readonly Creation[], names: readonly ContractName[]): Record<ContractName, string> {
  const addresses = names.map((name): [ContractName, string] => {
    const found = members.filter(({ contract }) => contract === name)
    if (found.length === 0)
      throw new DomainError('deployment-not-found', `no ${name} belongs to the settlement contract`)
    if (found.length > 1) {
      const list = found.map(({ address }) => address).join(', ')
      throw new DomainError('deployment-ambiguous', `several contracts could be the ${name}: ${list}`)
    }
    return [name, found[0]!.address]
  })
  return Object.fromEntries(addresses) as Record<ContractName, string>
}

function settlementOf(creations: readonly Creation[], wanted: string | undefined): Creation {
  const found = creations.filter(({ contract }) => contract === 'settlement')
  if (found.length === 0) {
    throw new DomainError('deployment-not-found', 'no contract on this ledger has the code of our settlement contract')
  }
  if (wanted !== undefined) {
    const chosen = found.find(({ address }) => address === wanted.toLowerCase())
    if (chosen !== undefined) return chosen
    throw new DomainError('deployment-not-found', `${wanted} does not have the code of our settlement contract`)
  }
  if (found.length > 1) {
    const list = found.map(({ address }) => address).join(', ')
    throw new DomainError(
      'deployment-ambiguous',
      `this ledger holds ${found.length} deployments: choose one with --settlement, out of ${list}`,
    )
  }
  return found[0]!
}

/** Arguments that name contracts; the access manager's is a person. */
function tiesOf(creation: Creation): [string, string][] {
  return creation.contract === 'accessManager' ? [] : Object.entries(creation.arguments)
}

function refuseForeign(creation: Creation, name: string, address: string): never {
  throw new DomainError(
    'deployment-foreign',
    `${creation.contract} at ${creation.address} (transaction ${creation.transaction}) relies on ${name} at ${address}, whose code is not ours`,
  )
}

function constructorOf(abi: readonly AbiItem[]): readonly AbiParameter[] {
  return abi.find(({ type }) => type === 'constructor')?.inputs ?? []
}
