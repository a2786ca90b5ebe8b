import type { ContractName } from '../../../services/chain/ledger.ts'
import { differ } from '../difference.ts'
import { placeOf, type LedgerEvent } from './ledger-event.ts'

/** Roles of the access manager by their numbers in contracts/types/Roles.sol; 0 administers the others. */
export const ROLE_NAMES: Readonly<Record<string, string>> = {
  0: 'administrator',
  7: 'settlement',
  9: 'challenges',
  10: 'consortium',
}
export const CONSORTIUM = 10n
const ADMINISTRATOR = 0n
const PUBLIC = 2n ** 64n - 1n

export type RoleChange = {
  readonly block: number
  readonly transaction: string
  readonly role: bigint
  readonly account: string
  readonly change: 'granted' | 'revoked'
}

/** Which role each restricted function asks for, and which event says that it was called. */
const RESTRICTED: readonly (readonly [ContractName, event: string, functions: readonly string[], role: bigint])[] = [
  ['credentialRegistry', 'AccreditationChanged', ['accreditIssuer', 'suspendIssuer', 'removeIssuer'], CONSORTIUM],
]

/** Calls that one contract makes of another: whoever made the transaction needs no role, the contract does. */
const BETWEEN_CONTRACTS: readonly (readonly [
  ContractName,
  event: string,
  by: ContractName,
  target: ContractName,
  name: string,
])[] = [
  ['tradingDays', 'DayReleased', 'settlement', 'tradingDays', 'releaseDay'],
  ['settlement', 'RunPaid', 'settlement', 'accounts', 'applyPayments'],
  ['orderReceipts', 'OrderLeftOut', 'orderReceipts', 'accounts', 'reward'],
  ['orderReceipts', 'ChallengeRejected', 'orderReceipts', 'accounts', 'forfeit'],
  ['settlement', 'RunWithheld', 'challenges', 'settlement', 'withhold'],
  ['challenges', 'StatementCorrected', 'challenges', 'accounts', 'correct'],
  ['challenges', 'CorrectionPaid', 'challenges', 'accounts', 'correct'],
  ['challenges', 'ChallengeRejected', 'challenges', 'accounts', 'forfeit'],
  ['accounts', 'Fined', 'callAuction', 'accounts', 'fine'],
]

/** Roles that belong to contracts of ours alone: whoever else held one could move everybody's money. */
const HELD_BY: readonly (readonly [
  role: bigint,
  holders: readonly ContractName[],
  functions: readonly InternalFunction[],
])[] = [
  [
    7n,
    ['settlement'],
    [
      ['accounts', 'applyPayments'],
      ['tradingDays', 'releaseDay'],
    ],
  ],
  [
    9n,
    ['callAuction', 'orderReceipts', 'challenges'],
    [
      ['accounts', 'correct'],
      ['accounts', 'reward'],
      ['accounts', 'forfeit'],
      ['accounts', 'fine'],
    ],
  ],
]
type InternalFunction = readonly [ContractName, name: string]

/** A restricted call of which the ledger does not show who made it: through contracts that are not ours. */
export type HiddenCall = { readonly name: string; readonly block: number; readonly transaction: string }

type Member = { readonly since: number; readonly delay: number }

/** Replays the access manager: who held which role when, and which role each function asked for. */
export function createRoles(
  addresses: Readonly<Record<ContractName, string>>,
  selectorOf: (contract: ContractName, name: string) => string | null,
) {
  const holders = new Map<bigint, Map<string, Member>>()
  const functionRoles = new Map<string, bigint>()
  const administrators = new Map<bigint, bigint>()
  const closedTargets = new Set<string>()
  const changes: RoleChange[] = []
  const hidden: HiddenCall[] = []
  const ours = new Set(Object.values(addresses))
  let checkedCalls = 0

  /** Whether the transaction went to a contract that is not ours, which then called somebody, and so on. */
  const isHidden = ({ transaction: { to } }: Pick<LedgerEvent, 'transaction'>): boolean => to !== null && !ours.has(to)
  const hide = (name: string, { block, transaction }: Pick<LedgerEvent, 'block' | 'transaction'>): void => {
    hidden.push({ name, block, transaction: transaction.hash })
  }

  const holds = (role: bigint, account: string, time: number): boolean => {
    if (role === PUBLIC) return true
    const member = holders.get(role)?.get(account)
    return member !== undefined && member.since <= time
  }

  const requireMayCall = (
    caller: string,
    target: ContractName,
    name: string,
    event: LedgerEvent,
    expected?: bigint,
    mayHide = false,
  ) => {
    const selector = selectorOf(target, name) ?? differ('roles', `${target} has no function ${name}`, placeOf(event))
    const role = functionRoles.get(`${addresses[target]}:${selector}`) ?? ADMINISTRATOR
    if (expected !== undefined && role !== expected && role !== ADMINISTRATOR) {
      differ(
        'roles',
        `${target}.${name} may be called by the ${nameOf(role)}, which is the ${nameOf(expected)}'s to call`,
        placeOf(event),
      )
    }
    if (closedTargets.has(addresses[target]))
      differ('roles', `${target} was closed, and still ${name} was called`, placeOf(event))
    checkedCalls += 1
    if (!holds(role, caller, event.time)) {
      if (mayHide && isHidden(event)) {
        checkedCalls -= 1
        hide(`${target}.${name}`, event)
        return
      }
      differ(
        'roles',
        `${target}.${name} was called by ${caller}, who did not hold the role of the ${nameOf(role)}`,
        placeOf(event),
      )
    }
  }

  /** Who called: the transaction's sender, or the contract that it went through. */
  const callerOf = (event: LedgerEvent, contract: ContractName, names: readonly string[]) => {
    const call = event.calls.find((each) => each.contract === contract && names.includes(each.name))
    const { from, to } = event.transaction
    const isManaged = to === addresses.accessManager
    return { caller: call !== undefined || isManaged || to === null ? from : to, name: call?.name ?? names[0]! }
  }

  const seeManager = (event: LedgerEvent): void => {
    const { fields, name, block, transaction } = event
    if (name === 'RoleGranted' || name === 'RoleRevoked') {
      const role = fields.big('roleId')
      const account = fields.text('account')
      requireAdministrator(role, event, account)
      if (name === 'RoleGranted') requireOurs(role, account, event)
      const change = { block, transaction: transaction.hash, role, account }
      const members = holders.get(role) ?? new Map<string, Member>()
      holders.set(role, members)
      if (name === 'RoleGranted') {
        // A grant that only changes the delay of one who holds the role already leaves the time from which it does.
        const since = fields.flag('newMember') ? fields.number('since') : (members.get(account)?.since ?? 0)
        members.set(account, { since, delay: fields.number('delay') })
        changes.push({ ...change, change: 'granted' })
      } else {
        members.delete(account)
        changes.push({ ...change, change: 'revoked' })
      }
    } else if (name === 'RoleAdminChanged') {
      requireAdministrator(ADMINISTRATOR, event)
      administrators.set(fields.big('roleId'), fields.big('admin'))
    } else if (name === 'TargetFunctionRoleUpdated') {
      requireAdministrator(ADMINISTRATOR, event)
      requireInternal(fields.text('target'), fields.text('selector'), fields.big('roleId'), event)
      functionRoles.set(`${fields.text('target')}:${fields.text('selector')}`, fields.big('roleId'))
    } else if (name === 'TargetClosed') {
      requireAdministrator(ADMINISTRATOR, event)
      if (fields.flag('closed')) closedTargets.add(fields.text('target'))
      else closedTargets.delete(fields.text('target'))
    }
  }

  const requireOurs = (role: bigint, account: string, event: LedgerEvent): void => {
    const holders = HELD_BY.find(([each]) => each === role)?.[1]
    if (holders === undefined || holders.some((contract) => addresses[contract] === account)) return
    differ(
      'roles',
      `${account} was given the role of the ${nameOf(role)}, which belongs to our contracts`,
      placeOf(event),
    )
  }

  /** What contracts call of one another stays with the role that they have. */
  const requireInternal = (target: string, selector: string, role: bigint, event: LedgerEvent): void => {
    for (const [expected, , functions] of HELD_BY) {
      for (const [contract, name] of functions) {
        if (addresses[contract] !== target || selectorOf(contract, name) !== selector) continue
        if (role === expected || role === ADMINISTRATOR) continue
        const message = `${contract}.${name}, which only our contracts call, was opened to the ${nameOf(role)}`
        differ('roles', message, placeOf(event))
      }
    }
  }

  const requireAdministrator = (role: bigint, event: LedgerEvent, account?: string): void => {
    const { from, to } = event.transaction
    if (to === null) return // the constructor makes the first administrator
    const caller = to === addresses.accessManager ? from : to
    const renounced = event.name === 'RoleRevoked' && account === caller
    const administrator = administrators.get(role) ?? ADMINISTRATOR
    if (renounced || holds(administrator, caller, event.time)) return
    if (isHidden(event)) {
      hide(`accessManager: ${event.name}`, event)
      return
    }
    differ(
      'roles',
      `${caller} changed who may do what, without the role of the ${nameOf(administrator)}`,
      placeOf(event),
    )
  }

  /** Contracts ask one access manager for ever: another could let anybody do anything. */
  const requireSameAuthority = (event: LedgerEvent): void => {
    const authority = event.fields.text('authority')
    if (event.transaction.created === addresses[event.contract] && authority === addresses.accessManager) return
    differ('authority', `${event.contract} was put under the access manager ${authority}`, placeOf(event))
  }

  return {
    changes: changes as readonly RoleChange[],
    checkedCalls: () => checkedCalls,
    /** Calls that need a role, of which nobody can see who made them. */
    hidden: hidden as readonly HiddenCall[],
    hide,
    isHidden,
    holds,
    /** Checks that whoever brought the event about was allowed to. */
    see: (event: LedgerEvent): void => {
      if (event.contract === 'accessManager') {
        seeManager(event)
        return
      }
      if (event.name === 'AuthorityUpdated') requireSameAuthority(event)
      for (const [contract, name, functions, role] of RESTRICTED) {
        if (contract !== event.contract || name !== event.name) continue
        const { caller, name: called } = callerOf(event, contract, functions)
        requireMayCall(caller, contract, called, event, role, true)
      }
      for (const [contract, name, by, target, called] of BETWEEN_CONTRACTS) {
        if (contract === event.contract && name === event.name) requireMayCall(addresses[by], target, called, event)
      }
    },
  }
}

export type Roles = ReturnType<typeof createRoles>

function nameOf(role: bigint): string {
  return ROLE_NAMES[role.toString()] ?? `role ${role}`
}
