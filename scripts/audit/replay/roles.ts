import type { ContractName } from '../../../services/chain/ledger.ts'
import { differ } from '../difference.ts'
import { hexOf } from '../ledger/hex.ts'
import { targetsOfCouncil } from './callers.ts'
import { placeOf, type LedgerEvent } from './ledger-event.ts'
import {
  ADMINISTRATION,
  ADMINISTRATOR,
  BETWEEN_CONTRACTS,
  CONSORTIUM,
  GUARDIAN,
  HELD_BY,
  PUBLIC,
  RESTRICTED,
  ROLE_NAMES,
} from './role-rules.ts'
import { createScheduledOperations, type ScheduledOperation } from './scheduled-operations.ts'

export type RoleChange = {
  readonly block: number
  readonly transaction: string
  readonly role: bigint
  readonly account: string
  readonly change: 'granted' | 'revoked'
}

/** A restricted call of which the ledger does not show who made it: through contracts that are not ours. */
export type HiddenCall = { readonly name: string; readonly block: number; readonly transaction: string }

/** Seconds that hold from a time on, and those that held before. */
type Delay = { readonly seconds: number; readonly from: number; readonly before: number }
type Member = { readonly since: number; readonly delay: Delay }

const NO_DELAY: Delay = { seconds: 0, from: 0, before: 0 }
const WORD = 32

/** Replays the access manager: who held which role when, and which role each function asked for. */
export function createRoles(
  addresses: Readonly<Record<ContractName, string>>,
  selectorOf: (contract: ContractName, name: string) => string | null,
) {
  const holders = new Map<bigint, Map<string, Member>>()
  const functionRoles = new Map<string, bigint>()
  const administrators = new Map<bigint, bigint>()
  const guardians = new Map<bigint, bigint>()
  const targetDelays = new Map<string, Delay>()
  const closedTargets = new Set<string>()
  const operations = createScheduledOperations()
  const changes: RoleChange[] = []
  const hidden: HiddenCall[] = []
  const ours = new Set(Object.values(addresses))
  let checkedCalls = 0

  /** Whether the transaction went to a contract that is not ours, which then called somebody, or the council called such a one. */
  const isHidden = ({ transaction: { to }, calls }: Pick<LedgerEvent, 'transaction' | 'calls'>): boolean =>
    to !== null && (!ours.has(to) || targetsOfCouncil(calls).some((target) => !ours.has(target)))
  const hide = (name: string, { block, transaction }: Pick<LedgerEvent, 'block' | 'transaction'>): void => {
    hidden.push({ name, block, transaction: transaction.hash })
  }

  const holds = (role: bigint, account: string, time: number): boolean => {
    if (role === PUBLIC) return true
    const member = holders.get(role)?.get(account)
    return member !== undefined && member.since <= time
  }

  /** What a holder of a role with a delay does it has scheduled so long before. */
  const requireWaited = (
    role: bigint,
    caller: string,
    target: string,
    name: string,
    event: LedgerEvent,
    isMeant: (operation: ScheduledOperation) => boolean = () => true,
    targetDelay: Delay = NO_DELAY,
  ): void => {
    const delayAt = (time: number) =>
      Math.max(secondsAt(holders.get(role)?.get(caller)?.delay ?? NO_DELAY, time), secondsAt(targetDelay, time))
    if (delayAt(event.time) === 0) return
    const contract = contractAt(target)
    const selector = contract === undefined ? null : selectorOf(contract, name)
    const found = operations
      .executedIn(event.transaction.hash)
      .find((each) => each.caller === caller && each.target === target && each.selector === selector && isMeant(each))
    if (found !== undefined && found.readyAt - found.scheduledAt >= delayAt(found.scheduledAt)) return
    const message = `${name} was called by ${caller} without the ${delayAt(event.time)} s that the ${nameOf(role)} waits`
    differ('roles', message, placeOf(event))
  }

  const contractAt = (address: string): ContractName | undefined =>
    (Object.keys(addresses) as ContractName[]).find((name) => addresses[name] === address)

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
    requireWaited(role, caller, addresses[target], name, event)
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
        const before = members.get(account)
        const seconds = fields.number('delay')
        const from = fields.number('since')
        if (fields.flag('newMember')) members.set(account, { since: from, delay: { ...NO_DELAY, seconds } })
        else
          members.set(account, { since: before?.since ?? 0, delay: changed(before?.delay, seconds, from, event.time) })
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
    } else if (name === 'RoleGuardianChanged') {
      requireAdministrator(ADMINISTRATOR, event)
      guardians.set(fields.big('roleId'), fields.big('guardian'))
    } else if (name === 'RoleGrantDelayChanged' || name === 'RoleLabel') {
      requireAdministrator(ADMINISTRATOR, event)
    } else if (name === 'TargetAdminDelayUpdated') {
      requireAdministrator(ADMINISTRATOR, event)
      const target = fields.text('target')
      const delay = changed(targetDelays.get(target), fields.number('delay'), fields.number('since'), event.time)
      targetDelays.set(target, delay)
    } else if (name === 'OperationScheduled') {
      operations.schedule(event)
    } else if (name === 'OperationExecuted') {
      operations.execute(event)
    } else if (name === 'OperationCanceled') {
      requireMayCancel(operations.cancel(event), event)
    } else if (name === 'TargetClosed') {
      requireAdministrator(ADMINISTRATOR, event)
      if (fields.flag('closed')) closedTargets.add(fields.text('target'))
      else closedTargets.delete(fields.text('target'))
    }
  }

  const requireMayCancel = ({ caller, target, selector, data }: ScheduledOperation, event: LedgerEvent): void => {
    const by = behindManager(event)
    const guardian = guardians.get(functionRoles.get(`${target}:${selector}`) ?? ADMINISTRATOR) ?? ADMINISTRATOR
    const manages = ['grantRole', 'revokeRole'].some((name) => selectorOf('accessManager', name) === selector)
    const isRoles = target === addresses.accessManager && manages && data.length >= 4 + WORD
    const administrator = isRoles ? (administrators.get(wordIn(data, 0)) ?? ADMINISTRATOR) : ADMINISTRATOR
    if (by === caller || [ADMINISTRATOR, guardian, administrator].some((role) => holds(role, by, event.time))) return
    if (isHidden(event)) hide('accessManager.cancel', event)
    else differ('roles', `${by} cancelled what ${caller} had scheduled, and is not its guardian`, placeOf(event))
  }

  /** Whoever called the access manager: the transaction's sender, or the contract that it went through. */
  const behindManager = ({ transaction: { from, to } }: LedgerEvent): string =>
    to === addresses.accessManager || to === null ? from : to

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
    if (event.transaction.to === null) return // the constructor makes the first administrator
    const caller = behindManager(event)
    const renounced = event.name === 'RoleRevoked' && account === caller
    const administrator = administrators.get(role) ?? ADMINISTRATOR
    if (renounced) return
    if (holds(administrator, caller, event.time)) {
      const name = ADMINISTRATION[event.name]!
      const target = event.fields.value('target')
      const targetDelay =
        name === 'setTargetAdminDelay' || typeof target !== 'string' ? NO_DELAY : targetDelays.get(target)
      const isMeant = ({ data }: ScheduledOperation) =>
        account === undefined || (wordIn(data, 0) === role && wordIn(data, 1) === BigInt(account))
      requireWaited(administrator, caller, addresses.accessManager, name, event, isMeant, targetDelay)
      return
    }
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

  /** Guardian and consortium end a pause, without waiting. */
  const requirePauser = (event: LedgerEvent): void => {
    const { caller } = callerOf(event, 'tradingPause', ['endPause'])
    checkedCalls += 1
    const isEither = [GUARDIAN, CONSORTIUM].some(
      (role) =>
        holds(role, caller, event.time) &&
        secondsAt(holders.get(role)?.get(caller)?.delay ?? NO_DELAY, event.time) === 0,
    )
    if (isEither) return
    if (!isHidden(event))
      differ('roles', `${caller} ended a pause, who is neither guardian nor consortium`, placeOf(event))
    checkedCalls -= 1
    hide('tradingPause.endPause', event)
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
      for (const [contract, name, functions, role, isMeant] of RESTRICTED) {
        if (contract !== event.contract || name !== event.name || isMeant?.(event) === false) continue
        const { caller, name: called } = callerOf(event, contract, functions)
        requireMayCall(caller, contract, called, event, role, true)
      }
      for (const [contract, name, by, target, called] of BETWEEN_CONTRACTS) {
        if (contract === event.contract && name === event.name) requireMayCall(addresses[by], target, called, event)
      }
      if (event.contract === 'tradingPause' && event.name === 'PauseEnded') requirePauser(event)
    },
  }
}

export type Roles = ReturnType<typeof createRoles>

function secondsAt({ seconds, from, before }: Delay, time: number): number {
  return time >= from ? seconds : before
}

function changed(delay: Delay | undefined, seconds: number, from: number, time: number): Delay {
  return { seconds, from, before: secondsAt(delay ?? NO_DELAY, time) }
}

/** Argument number `place` of a call, from 0. */
function wordIn(data: Uint8Array, place: number): bigint {
  const start = 4 + place * WORD
  return data.length < start + WORD ? -1n : BigInt(hexOf(data.subarray(start, start + WORD)))
}

function nameOf(role: bigint): string {
  return ROLE_NAMES[role.toString()] ?? `role ${role}`
}
