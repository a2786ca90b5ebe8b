import type { ContractName } from '../../../services/chain/ledger.ts'
import { differ } from '../difference.ts'
import { placeOf, type LedgerEvent } from './ledger-event.ts'

/** Roles by their numbers in contracts/types/Roles.sol; 0 administers the others. */
export const ROLE_NAMES: Readonly<Record<string, string>> = {
  0: 'administrator',
  1: 'registrar',
  2: 'market operator',
  3: 'metering operator',
  4: 'supplier',
  5: 'DSO',
  6: 'settlement bank',
  7: 'settlement',
  8: 'receipt signer',
  9: 'challenges',
}
export const MARKET_OPERATOR = 2n
export const RECEIPT_SIGNER = 8n
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
  ['memberRegistry', 'MemberRegistered', ['registerMembers'], 1n],
  ['memberRegistry', 'MemberDeactivated', ['deactivateMember'], 1n],
  ['areaRegistry', 'AreaOpened', ['openArea'], 1n],
  ['areaRegistry', 'LevySet', ['setLevy'], 1n],
  ['areaRegistry', 'PlatformFeeSet', ['setPlatformFee'], 1n],
  ['areaRegistry', 'DefaultEnergyRatesSet', ['setDefaultEnergyRates'], 4n],
  ['areaRegistry', 'EnergyRatesPublished', ['publishEnergyRates'], 4n],
  ['areaRegistry', 'GridTariffSet', ['setGridTariff'], 5n],
  ['areaRegistry', 'GridRatesPublished', ['publishGridRates'], 5n],
  ['meterReadings', 'ReadingsCommitted', ['commitReadings', 'correctReadings'], 3n],
  ['settlement', 'StatementsCommitted', ['commitStatements'], MARKET_OPERATOR],
  ['accounts', 'CreditLineSet', ['setCreditLine'], 1n],
  ['accounts', 'BondWithdrawalAnnounced', ['announceBondWithdrawal'], MARKET_OPERATOR],
  ['accounts', 'BondWithdrawn', ['withdrawBond'], MARKET_OPERATOR],
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
  let checkedCalls = 0

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
  ) => {
    const selector = selectorOf(target, name) ?? differ('roles', `${target} has no function ${name}`, placeOf(event))
    const role = functionRoles.get(`${addresses[target]}:${selector}`) ?? ADMINISTRATOR
    checkedCalls += 1
    if (expected !== undefined && role !== expected && role !== ADMINISTRATOR) {
      differ(
        'roles',
        `${target}.${name} may be called by the ${nameOf(role)}, which is the ${nameOf(expected)}'s to call`,
        placeOf(event),
      )
    }
    if (closedTargets.has(addresses[target]))
      differ('roles', `${target} was closed, and still ${name} was called`, placeOf(event))
    if (!holds(role, caller, event.time)) {
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
      requireAdministrator(role, event)
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
      functionRoles.set(`${fields.text('target')}:${fields.text('selector')}`, fields.big('roleId'))
    } else if (name === 'TargetClosed') {
      requireAdministrator(ADMINISTRATOR, event)
      if (fields.flag('closed')) closedTargets.add(fields.text('target'))
      else closedTargets.delete(fields.text('target'))
    }
  }

  const requireAdministrator = (role: bigint, event: LedgerEvent): void => {
    const { from, to } = event.transaction
    if (to === null) return // the constructor makes the first administrator
    const caller = to === addresses.accessManager ? from : to
    const renounced = event.calls.some((call) => call.name === 'renounceRole') && event.name === 'RoleRevoked'
    const administrator = administrators.get(role) ?? ADMINISTRATOR
    if (renounced || holds(administrator, caller, event.time)) return
    differ(
      'roles',
      `${caller} changed who may do what, without the role of the ${nameOf(administrator)}`,
      placeOf(event),
    )
  }

  return {
    changes: changes as readonly RoleChange[],
    checkedCalls: () => checkedCalls,
    holds,
    /** Checks that whoever brought the event about was allowed to. */
    see: (event: LedgerEvent): void => {
      if (event.contract === 'accessManager') {
        seeManager(event)
        return
      }
      for (const [contract, name, functions, role] of RESTRICTED) {
        if (contract !== event.contract || name !== event.name) continue
        const { caller, name: called } = callerOf(event, contract, functions)
        requireMayCall(caller, contract, called, event, role)
      }
      for (const [contract, name, by, target, called] of BETWEEN_CONTRACTS) {
        if (contract === event.contract && name === event.name) requireMayCall(addresses[by], target, called, event)
      }
      const isMint =
        event.contract === 'settlementCurrency' &&
        event.name === 'Transfer' &&
        /^0x0{40}$/.test(event.fields.text('from'))
      if (isMint)
        requireMayCall(callerOf(event, 'settlementCurrency', ['mint']).caller, 'settlementCurrency', 'mint', event, 6n)
    },
  }
}

export type Roles = ReturnType<typeof createRoles>

function nameOf(role: bigint): string {
  return ROLE_NAMES[role.toString()] ?? `role ${role}`
}
