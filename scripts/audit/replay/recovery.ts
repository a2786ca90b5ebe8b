import { NO_ADDRESS } from '../abi.ts'
import type { AbiValue } from '../abi.ts'
import { differ, requireSame, type Place } from '../difference.ts'
import { ownersConsentOf, replacementSignerOf } from '../market/owner-signer.ts'
import type { Callers } from './callers.ts'
import type { Credentials } from './credentials.ts'
import type { Dids } from './dids.ts'
import { fieldsOf, placeOf, type LedgerEvent } from './ledger-event.ts'

type State = {
  guardians: readonly string[]
  threshold: number
  isManagerBarred: boolean
  /** Choices and objections; changes of owner come on top. */
  nonce: number
  /** Of the identity when its guardians were chosen, or gave it its owner: with others the plan has lapsed. */
  ownerChanges: number
}
type Approvals = { readonly newOwner: string; readonly guardians: Set<string>; readonly owners: Set<string> }
type Proposal = {
  readonly newOwner: string
  readonly area: number
  readonly nonce: bigint
  readonly executableFrom: bigint
  readonly executableUntil: bigint
}

const DAY = 86_400
const LONGEST_APPROVAL = 30 * DAY
const PROPOSAL_DELAY = 7 * DAY
const PROPOSAL_LIFE = 30 * DAY
const BAR = 90 * DAY

/** Replays the contract for recovery: no owner is replaced but by enough guardians, or by a manager whom nobody refused. */
export function createRecovery(dids: Dids, credentials: Credentials, callers: Callers, domainSeparator: Uint8Array) {
  const states = new Map<string, State>()
  const approvals = new Map<string, Approvals>()
  const proposals = new Map<string, Proposal>()
  const barredUntil = new Map<string, number>()
  /** What guardians approved in this transaction. */
  let approvedNow: { readonly identity: string; readonly approvals: Approvals; readonly place: Place } | null = null

  const stateOf = (identity: string): State => {
    const state = states.get(identity) ?? newState()
    states.set(identity, state)
    return state
  }
  const isLapsed = (identity: string): boolean => stateOf(identity).ownerChanges !== dids.changesOf(identity)
  const nonceOf = (identity: string): bigint => BigInt(stateOf(identity).nonce + dids.changesOf(identity))

  /** By the identity's owner, or with its signature. */
  const requireOwner = (event: LedgerEvent, identity: string, name: string): void => {
    const place = placeOf(event)
    const call = event.calls.find((each) => each.contract === 'recovery')
    const consent = call === undefined ? null : ownersConsentOf(domainSeparator, call.name, call.fields)
    if (consent === null) {
      const who = `who does not own ${identity}`
      callers.requireMay(event, { check: 'recovery', name, who }, (account) => dids.ownerOf(identity) === account)
      return
    }
    requireSame('recovery', `the nonce of ${identity}`, consent.nonce, nonceOf(identity), place)
    if (consent.deadline < BigInt(event.time)) differ('recovery', `${identity} was changed by what had expired`, place)
    dids.requireSignedBy(dids.ownerOf(identity), consent.signer, place)
  }

  const choose = (event: LedgerEvent): void => {
    const { fields } = event
    const identity = fields.text('identity')
    const place = placeOf(event)
    requireOwner(event, identity, 'choosePlan')
    const guardians = fields.value('guardians') as readonly string[]
    const threshold = fields.number('threshold')
    const isSound = threshold <= guardians.length && (threshold === 0) === (guardians.length === 0)
    const owner = dids.ownerOf(identity)
    const isOwn = guardians.some((each) => each === identity || each === owner || dids.ownerOf(each) === owner)
    if (!isSound || isOwn || new Set(guardians).size < guardians.length) {
      differ('recovery', `${identity} chose guardians against the rules`, place)
    }
    const state = stateOf(identity)
    state.guardians = guardians
    state.threshold = threshold
    state.isManagerBarred = fields.flag('isManagerBarred')
    state.nonce += 1
    state.ownerChanges = dids.changesOf(identity)
    requireSame('recovery', `the nonce of ${identity}`, fields.big('nonce'), nonceOf(identity), place)
  }

  const approve = (event: LedgerEvent): void => {
    const { fields, time } = event
    const place = placeOf(event)
    const [identity, guardian, newOwner] = [fields.text('identity'), fields.text('guardian'), fields.text('newOwner')]
    const [nonce, deadline] = [fields.big('nonce'), fields.big('deadline')]
    const state = stateOf(identity)
    const refuse = (why: string): never =>
      differ('recovery', `${guardian} approved of another owner, and ${why}`, place)
    if (isLapsed(identity) || !state.guardians.includes(guardian)) refuse(`is no guardian of ${identity}`)
    if (nonce !== nonceOf(identity)) refuse(`the nonce was ${nonceOf(identity)}`)
    if (deadline < BigInt(time) || deadline > BigInt(time + LONGEST_APPROVAL)) refuse('not in the time for it')
    if (newOwner === NO_ADDRESS || newOwner === dids.ownerOf(identity)) refuse('that is no new owner')
    const owner = dids.ownerOf(guardian)
    requireGuardians(event, { identity, newOwner, nonce, deadline }, guardian, owner)
    const key = `${identity}:${newOwner}:${nonce}:${deadline}`
    const known = approvals.get(key) ?? { newOwner, guardians: new Set(), owners: new Set() }
    if (known.guardians.has(guardian) || known.owners.has(owner)) refuse('had approved already')
    known.guardians.add(guardian)
    known.owners.add(owner)
    approvals.set(key, known)
    approvedNow = { identity, approvals: known, place }
  }

  /** Guardians call themselves, or somebody brings what they signed. */
  const requireGuardians = (
    event: LedgerEvent,
    replacement: Readonly<Record<string, AbiValue>>,
    guardian: string,
    owner: string,
  ): void => {
    const call = event.calls.find((each) => each.contract === 'recovery' && each.name === 'recover')
    if (call === undefined) {
      const who = `who does not own ${guardian}`
      callers.requireMay(event, { check: 'recovery', name: 'approve', who }, (account) => account === owner)
      return
    }
    const brought = (call.fields.value('approvals') as readonly Readonly<Record<string, AbiValue>>[]).map(fieldsOf)
    const own = brought.find((each) => each.text('guardian') === guardian)
    if (own === undefined) differ('recovery', `${guardian} approved by a call that does not say so`, placeOf(event))
    const signer = replacementSignerOf(domainSeparator, replacement, own.bytes('signature'))
    dids.requireSignedBy(owner, signer, placeOf(event))
  }

  const requireManager = (event: LedgerEvent, identity: string, manager: string, area: number): void => {
    const holds = (
      account: string,
      role: 'community-manager' | 'connection-point' | 'prosumer' | 'consumer' | 'microgrid-trader',
    ) => credentials.holds(account, role, area, event.time)
    const place = { ...placeOf(event), area }
    if (stateOf(identity).isManagerBarred) differ('recovery', `${identity} bars managers from recovery`, place)
    if (!holds(manager, 'community-manager'))
      differ('recovery', `${manager} did not hold the role of the community-manager`, place)
    const isHousehold =
      holds(identity, 'prosumer') || holds(identity, 'consumer') || holds(identity, 'microgrid-trader')
    if (!isHousehold || !holds(identity, 'connection-point'))
      differ('recovery', `${identity} is no member of the area of whoever replaces its owner`, place)
  }

  const propose = (event: LedgerEvent): void => {
    const { fields, time } = event
    const place = placeOf(event)
    const [identity, manager, newOwner] = [fields.text('identity'), fields.text('manager'), fields.text('newOwner')]
    const area = fields.number('area')
    callers.requireSaid(event, 'recovery', manager, { area })
    requireManager(event, identity, manager, area)
    if ((barredUntil.get(`${identity}:${manager}`) ?? 0) > time)
      differ('recovery', `${manager} proposed another owner, and was refused before`, place)
    if (newOwner === NO_ADDRESS || newOwner === dids.ownerOf(identity))
      differ('recovery', `${newOwner} is no new owner of ${identity}`, place)
    const proposal = {
      newOwner,
      area,
      nonce: nonceOf(identity),
      executableFrom: BigInt(time + PROPOSAL_DELAY),
      executableUntil: BigInt(time + PROPOSAL_LIFE),
    }
    for (const name of ['nonce', 'executableFrom', 'executableUntil'] as const) {
      requireSame('recovery', `${name} of a proposal`, fields.big(name), proposal[name], place)
    }
    proposals.set(`${identity}:${manager}`, proposal)
  }

  const proposalOf = (identity: string, manager: string): Proposal | null => {
    const latest = proposals.get(`${identity}:${manager}`)
    return latest !== undefined && latest.nonce === nonceOf(identity) ? latest : null
  }

  const refuse = (event: LedgerEvent): void => {
    const { fields, time } = event
    const [identity, manager] = [fields.text('identity'), fields.text('manager')]
    requireOwner(event, identity, 'refuse')
    if (proposalOf(identity, manager) === null)
      differ('recovery', 'what was refused was never proposed', placeOf(event))
    proposals.delete(`${identity}:${manager}`)
    stateOf(identity).nonce += 1
    barredUntil.set(`${identity}:${manager}`, time + BAR)
  }

  const recover = (event: LedgerEvent): void => {
    const { fields } = event
    const [identity, manager, newOwner] = [fields.text('identity'), fields.text('manager'), fields.text('newOwner')]
    if (manager === NO_ADDRESS) requireThreshold(event, identity, newOwner)
    else requireProposal(event, identity, manager, newOwner)
    if (!isLapsed(identity)) stateOf(identity).ownerChanges += 1
    dids.expectRecovered(event)
  }

  const requireThreshold = (event: LedgerEvent, identity: string, newOwner: string): void => {
    const { threshold } = stateOf(identity)
    const count = approvedNow?.identity === identity ? approvedNow.approvals.guardians.size : 0
    if (approvedNow?.approvals.newOwner !== newOwner || count < threshold) {
      differ('recovery', `the owner of ${identity} was replaced by ${count} of ${threshold} guardians`, placeOf(event))
    }
    approvedNow = null
  }

  const requireProposal = (event: LedgerEvent, identity: string, manager: string, newOwner: string): void => {
    const time = BigInt(event.time)
    const proposal = proposalOf(identity, manager)
    if (proposal?.newOwner !== newOwner) {
      differ('recovery', `${manager} replaced the owner of ${identity}, and had not proposed it`, placeOf(event))
    }
    if (time < proposal.executableFrom || time > proposal.executableUntil) {
      differ('recovery', `${manager} replaced the owner of ${identity} outside the time for it`, placeOf(event))
    }
    requireManager(event, identity, manager, proposal.area)
    proposals.delete(`${identity}:${manager}`)
  }

  const handlers: Readonly<Record<string, (event: LedgerEvent) => void>> = {
    PlanChosen: choose,
    RecoveryApproved: approve,
    RecoveryProposed: propose,
    RecoveryRefused: refuse,
    OwnerRecovered: recover,
  }

  return {
    see: (event: LedgerEvent): void => handlers[event.name]?.(event),
    endTransaction: (): void => {
      const last = approvedNow
      approvedNow = null
      if (last === null || last.approvals.guardians.size < stateOf(last.identity).threshold) return
      differ('recovery', `enough guardians of ${last.identity} approved, and its owner was not replaced`, last.place)
    },
    nonceOf,
    /** Identities of which anything was said. */
    identities: (): string[] => [...states.keys()],
  }
}

export type Recovery = ReturnType<typeof createRecovery>

function newState(): State {
  return { guardians: [], threshold: 0, isManagerBarred: false, nonce: 0, ownerChanges: 0 }
}
