import type { ContractName } from '../../services/chain/ledger.ts'
import { DomainError } from '../../services/domain/errors.ts'
import { decodeParameters, type AbiItem, type AbiParameter } from './abi.ts'
import { bytesOf } from './ledger/hex.ts'
import { keccakHex } from './ledger/keccak.ts'
import type { Transaction } from './ledger/verified-block.ts'

/** A contract whose code is one of ours, with the addresses that its constructor was told. */
export type Creation = {
  readonly contract: ContractName
  readonly address: string
  readonly block: number
  readonly transaction: string
  /** Who created it. */
  readonly creator: string
  readonly arguments: Readonly<Record<string, string>>
}

/** Code that somebody put on the ledger and that is not ours. */
export type ForeignCode = { readonly address: string; readonly block: number; readonly transaction: string }

export type Deployment = {
  readonly addresses: Readonly<Record<ContractName, string>>
  readonly creations: readonly Creation[]
}

/** Whether an access manager has said so far that somebody holds a role. */
export type HoldsRole = (manager: string, role: bigint, account: string) => boolean

export type Artifacts = {
  readonly abis: Readonly<Record<string, unknown>>
  readonly bytecodes: Readonly<Record<string, string>>
}

const ROLE_GRANTED = keccakHex(new TextEncoder().encode('RoleGranted(uint64,address,uint32,uint48,bool)'))
const ROLE_REVOKED = keccakHex(new TextEncoder().encode('RoleRevoked(uint64,address)'))
/** The roles that contracts hold, by their numbers in contracts/types/Roles.sol. */
const ROLES: Partial<Readonly<Record<ContractName, bigint>>> = {
  settlement: 7n,
  callAuction: 9n,
  orderReceipts: 9n,
  challenges: 9n,
  council: 10n,
  flexOrders: 15n,
  flexSettlement: 16n,
  flexChallenges: 17n,
}

const FOUND_BY_ROLE: readonly ContractName[] = ['council', 'flexOrders', 'flexChallenges']

/** Recognises our contracts by the code with which they are created. */
export function createContractFinder({ abis, bytecodes }: Artifacts) {
  const known = Object.entries(bytecodes).map(([name, code]) => ({
    contract: name as ContractName,
    code: bytesOf(code),
    parameters: constructorOf(abis[name] as readonly AbiItem[]),
  }))
  const creations: Creation[] = []
  const foreign: ForeignCode[] = []
  const grants = new Set<string>()
  let changes = 0

  return {
    creations: creations as readonly Creation[],
    foreign: foreign as readonly ForeignCode[],
    holdsRole: ((manager, role, account) => grants.has(`${manager}:${role}:${account}`)) as HoldsRole,
    /** Grows with what is known: there may then be a deployment that there was not before. */
    knowledge: () => creations.length + changes,
    see: (block: number, { to, from, created, succeeded, input, hash, logs }: Transaction) => {
      for (const { address, topics } of logs) {
        const [topic, role, account] = topics
        if (role === undefined || account === undefined) continue
        const key = `${address}:${BigInt(role)}:0x${account.slice(-40)}`
        if (topic === ROLE_GRANTED) grants.add(key)
        if (topic === ROLE_REVOKED) grants.delete(key)
        if (topic === ROLE_GRANTED || topic === ROLE_REVOKED) changes += 1
      }
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
        creator: from,
        arguments: values as Record<string, string>,
      })
    },
  }
}

/**
 * The contracts that belong together, tied by their constructors' arguments. Anybody may deploy copies of ours, and tell
 * them of the true ones: of several that could be one of them it is the one that holds its role, or else the one that was
 * created by whoever created the access manager. Throws `deployment-not-found`, `deployment-ambiguous` where that does not
 * tell and `settlement` does not say which, and `deployment-foreign` where one of them is tied to code that is not ours.
 */
export function deploymentOf(
  creations: readonly Creation[],
  names: readonly ContractName[],
  settlement: string | undefined,
  holdsRole: HoldsRole = () => false,
): Deployment {
  const roots = settlementsOf(creations, settlement)
  const found: Deployment[] = []
  let problem: DomainError | undefined
  for (const root of roots) {
    try {
      found.push(tiedTo(root, creations, names, holdsRole))
    } catch (error) {
      if (!(error instanceof DomainError)) throw error
      // What is wrong with the first is worth more than that a stranger's copy of it is not whole.
      problem ??= error
    }
  }
  const settlementIn = ({ creations: all }: Deployment) => all.find(({ contract }) => contract === 'settlement')!
  const [chosen, other] = likeliest(found, (deployment) =>
    likelihoodOf(settlementIn(deployment), deployment.creations, holdsRole),
  )
  if (chosen === undefined) throw problem!
  if (other !== undefined) {
    const list = found.map((deployment) => settlementIn(deployment).address).join(', ')
    throw new DomainError(
      'deployment-ambiguous',
      `this ledger holds ${found.length} deployments: choose one with --settlement, out of ${list}`,
    )
  }
  return chosen
}

function tiedTo(
  root: Creation,
  creations: readonly Creation[],
  names: readonly ContractName[],
  holdsRole: HoldsRole,
): Deployment {
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
      const isCopy = creation.contract === root.contract
      if (!isCopy && ties.length > 1 && ties.every(([, address]) => members.has(address)))
        members.set(creation.address, creation)
    }
    // Nobody is told of these, nor are they of the settlement: each is the one that was given its role.
    for (const creation of creations) {
      if (FOUND_BY_ROLE.includes(creation.contract) && holdsItsRole(creation, [...members.values()], holdsRole))
        members.set(creation.address, creation)
    }
    grows = members.size > before
  }
  for (const creation of untiedOf([...members.values()], creations)) members.set(creation.address, creation)
  const chosen = names.map((name) => chosenOf(name, [...members.values()], holdsRole))
  const addresses = Object.fromEntries(chosen.map(({ contract, address }) => [contract, address]))
  return { addresses: addresses as Record<ContractName, string>, creations: chosen }
}

/**
 * What is told of nothing, and of which nothing is told: of each kind the first that whoever made the access manager created
 * behind it.
 */
function untiedOf(members: readonly Creation[], creations: readonly Creation[]): Creation[] {
  const manager = members.find(({ contract }) => contract === 'accessManager')
  if (manager === undefined) return []
  const known = new Set(members.map(({ contract }) => contract))
  const first = new Map<ContractName, Creation>()
  for (const creation of creations.slice(creations.indexOf(manager))) {
    const isUntied = Object.keys(creation.arguments).length === 0 && creation.creator === manager.creator
    if (!isUntied || known.has(creation.contract) || first.has(creation.contract)) continue
    first.set(creation.contract, creation)
  }
  return [...first.values()]
}

function chosenOf(name: ContractName, members: readonly Creation[], holdsRole: HoldsRole): Creation {
  const found = members.filter(({ contract }) => contract === name)
  if (found.length === 0) throw new DomainError('deployment-not-found', `no ${name} belongs to the settlement contract`)
  const [chosen, other] = likeliest(found, (creation) => likelihoodOf(creation, members, holdsRole))
  if (chosen !== undefined && other === undefined) return chosen
  const list = found.map(({ address }) => address).join(', ')
  throw new DomainError('deployment-ambiguous', `several contracts could be the ${name}: ${list}`)
}

/** Two for a contract that holds its role, one more for the work of whoever made the access manager. */
function likelihoodOf(creation: Creation, members: readonly Creation[], holdsRole: HoldsRole): number {
  const managers = members.filter(({ contract }) => contract === 'accessManager')
  const isTheirs = managers.some(({ creator }) => creator === creation.creator)
  return (holdsItsRole(creation, members, holdsRole) ? 2 : 0) + (isTheirs ? 1 : 0)
}

function holdsItsRole({ contract, address }: Creation, members: readonly Creation[], holdsRole: HoldsRole): boolean {
  const role = ROLES[contract]
  return (
    role !== undefined &&
    members.some((member) => member.contract === 'accessManager' && holdsRole(member.address, role, address))
  )
}

function likeliest<Each>(all: readonly Each[], likelihood: (each: Each) => number): Each[] {
  const most = Math.max(...all.map(likelihood))
  return all.filter((each) => likelihood(each) === most)
}

function settlementsOf(creations: readonly Creation[], wanted: string | undefined): Creation[] {
  const found = creations.filter(({ contract }) => contract === 'settlement')
  if (found.length === 0) {
    throw new DomainError('deployment-not-found', 'no contract on this ledger has the code of our settlement contract')
  }
  if (wanted === undefined) return found
  const chosen = found.filter(({ address }) => address === wanted.toLowerCase())
  if (chosen.length > 0) return chosen
  throw new DomainError('deployment-not-found', `${wanted} does not have the code of our settlement contract`)
}

/** Arguments that name contracts; those of access manager and council are people. */
function tiesOf(creation: Creation): [string, string][] {
  return creation.contract === 'accessManager' || creation.contract === 'council'
    ? []
    : Object.entries(creation.arguments)
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
