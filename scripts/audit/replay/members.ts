import { NO_ADDRESS, NO_HASH } from '../abi.ts'
import type { Role } from '../../../services/domain/identity/role.ts'
import { differ, requireSame, type Place } from '../difference.ts'
import type { Callers } from './callers.ts'
import type { Credentials } from './credentials.ts'
import type { Dids } from './dids.ts'
import { placeOf, type LedgerEvent, type LedgerTransaction } from './ledger-event.ts'
import { NO_STANDING, standingOf, type Standing } from './standing.ts'

export const KINDS = [
  'household',
  'supplier',
  'dso',
  'tax-authority',
  'platform-operator',
  'aggregator',
  'tso',
] as const
export type Kind = (typeof KINDS)[number]

export type Delegation = {
  readonly key: string
  readonly sides: number
  readonly quantityLimit: number
  readonly lowestPrice: number
  readonly highestPrice: number
  /** Unix seconds. */
  readonly expiry: number
}

export type Member = {
  readonly memberId: number
  readonly area: number
  readonly kind: Kind
  /** Whoever owns this identity acts for the member. */
  readonly account: string
  /** Zero address for none. */
  readonly tradingKey: string
  /** Zero address for none. */
  readonly meterKey: string
  readonly quantityLimit: number
  /** Unix seconds; null while active. */
  readonly deactivatedAt: number | null
  readonly delegation: Delegation | null
  /** Of a household, as the register noted it last. */
  readonly standing: Standing
}

const HOUSEHOLD_LIMIT = 1_000
const ROLE_OF: Readonly<Record<Exclude<Kind, 'household'>, Role>> = {
  supplier: 'supplier',
  dso: 'dso',
  'tax-authority': 'tax-authority',
  'platform-operator': 'platform-operator',
  aggregator: 'aggregator',
  tso: 'tso',
}

/** Replays the member registry: with which credentials who was registered, and whose keys signed when. */
export function createMembers({
  credentials,
  dids,
  callers,
}: {
  readonly credentials: Credentials
  readonly dids: Dids
  readonly callers: Callers
}) {
  const members = new Map<number, Member>()
  const byArea = new Map<number, number[]>()
  const households = new Map<string, number>()
  /** Trading keys and meters' keys apart: each is one member's as such. */
  const takenKeys = { trading: new Map<string, number>(), meter: new Map<string, number>() }
  /** When a key was revoked, by member and key: one key may trade for several members. */
  const revokedKeys = new Map<string, number>()
  const revokedMembers = new Set<number>()
  /** When a household lost its standing, and had it again, by its number. */
  const losses = new Map<number, { readonly at: number; readonly isLost: boolean }[]>()
  const counterparties = new Map<string, number>()
  /** Whose credentials changed its standing, so that the register must note it next. */
  let unnoted: { readonly memberId: number; readonly place: Place } | null = null

  const takeKey = (as: keyof typeof takenKeys, key: string, memberId: number, event: LedgerEvent) => {
    if (key === NO_ADDRESS) return
    const owner = takenKeys[as].get(key)
    if (owner !== undefined) {
      differ('members', `the key ${key} was member ${owner}'s already`, { ...placeOf(event), member: memberId })
    }
    takenKeys[as].set(key, memberId)
  }

  const register = (event: LedgerEvent) => {
    const { fields } = event
    const memberId = fields.number('memberId')
    const area = fields.number('area')
    const account = fields.text('account')
    const place = { ...placeOf(event), area, member: memberId }
    requireSame('members', 'its number', memberId, members.size + 1, place)
    const kind = KINDS[fields.number('kind')] ?? differ('members', 'it is of no kind that exists', place)
    const standing = requireCredentials(event, kind, place)
    takeKey('trading', fields.text('tradingKey'), memberId, event)
    takeKey('meter', fields.text('meterKey'), memberId, event)
    if (kind === 'household') takeHousehold(area, account, memberId, place)
    // An area may have several aggregators.
    else if (kind !== 'aggregator') {
      const known = counterparties.get(`${area}:${kind}`)
      if (known !== undefined) differ('members', `area ${area} has a ${kind} already, member ${known}`, place)
      counterparties.set(`${area}:${kind}`, memberId)
    }
    members.set(memberId, {
      memberId,
      area,
      kind,
      account,
      tradingKey: fields.text('tradingKey'),
      meterKey: fields.text('meterKey'),
      quantityLimit: fields.number('quantityLimit'),
      deactivatedAt: null,
      delegation: null,
      standing,
    })
    byArea.set(area, [...(byArea.get(area) ?? []), memberId])
  }

  /** Returns the standing of a household with the credentials that it has to have. */
  const requireCredentials = ({ fields, time }: LedgerEvent, kind: Kind, place: Place): Standing => {
    const area = fields.number('area')
    const account = fields.text('account')
    const meterKey = fields.text('meterKey')
    if (meterKey !== NO_ADDRESS && !credentials.holds(meterKey, 'meter', area, time)) {
      differ('members', `it was registered with the key ${meterKey}, which held no credential as a meter`, place)
    }
    if (kind !== 'household') {
      if (credentials.holds(account, ROLE_OF[kind], area, time)) return NO_STANDING
      return differ('members', `it was registered as ${kind}, and held no credential of that role`, place)
    }
    const { connectionPoint, sides, tradesUntil } = standingOf(credentials, account, area, time)
    if (sides === 0) differ('members', 'it was registered without the credentials of a household', place)
    const registered = fields.text('connectionPoint')
    if (registered === NO_HASH || registered !== connectionPoint) {
      const message = `it was registered at the connection point ${registered}, and its credential names ${connectionPoint}`
      differ('members', message, place)
    }
    return { sides, tradesUntil }
  }

  const takeHousehold = (area: number, account: string, memberId: number, place: Place): void => {
    const known = households.get(`${account}:${area}`)
    if (known !== undefined) differ('members', `its account is that of member ${known}`, place)
    households.set(`${account}:${area}`, memberId)
    const active = (byArea.get(area) ?? [])
      .map((each) => members.get(each)!)
      .filter(({ kind, deactivatedAt }) => kind === 'household' && deactivatedAt === null)
    if (active.length >= HOUSEHOLD_LIMIT) differ('members', `the area had ${active.length} households already`, place)
  }

  const memberOf = (memberId: number, event: LedgerEvent): Member =>
    members.get(memberId) ??
    differ('members', 'nobody was registered by that number', { ...placeOf(event), member: memberId })

  const ownerOf = (memberId: number): string | undefined => {
    const account = members.get(memberId)?.account
    return account === undefined ? undefined : dids.ownerOf(account)
  }

  /** Nobody calls from address zero, so that a member without a trading key has none here. */
  const isOwnerOrKey = (memberId: number, caller: string): boolean =>
    caller !== NO_ADDRESS && (members.get(memberId)?.tradingKey === caller || ownerOf(memberId) === caller)

  const requireActing = (member: Member, event: LedgerEvent, name: string, may: (caller: string) => boolean) => {
    const place = { ...placeOf(event), member: member.memberId }
    callers.requireMay(event, { check: 'members', name, who: 'who is not the member', place }, may)
    if (member.deactivatedAt !== null) differ('members', 'its keys were changed after it was deactivated', place)
  }

  const deactivate = (event: LedgerEvent): void => {
    const member = memberOf(event.fields.number('memberId'), event)
    if (member.deactivatedAt !== null) {
      differ('members', 'it was deactivated twice', { ...placeOf(event), member: member.memberId })
    }
    revokedMembers.add(member.memberId)
    members.set(member.memberId, { ...member, deactivatedAt: event.time })
  }

  const delegate = (event: LedgerEvent): void => {
    const { fields, time } = event
    const member = memberOf(fields.number('memberId'), event)
    const { memberId } = member
    requireActing(member, event, 'delegateTrading', (caller) => isOwnerOrKey(memberId, caller))
    const delegation = {
      key: fields.text('key'),
      sides: fields.number('sides'),
      quantityLimit: fields.number('quantityLimit'),
      lowestPrice: fields.number('lowestPrice'),
      highestPrice: fields.number('highestPrice'),
      expiry: fields.number('expiry'),
    }
    const place = { ...placeOf(event), member: memberId }
    if (member.delegation !== null) {
      differ('members', `its key ${member.delegation.key} was replaced but not revoked`, place)
    }
    if (revokedKeys.has(`${memberId}:${delegation.key}`)) {
      differ('members', `it delegated to ${delegation.key}, which it had revoked`, place)
    }
    if (isOwnerOrKey(memberId, delegation.key)) differ('members', 'it delegated to itself', place)
    if (delegation.expiry <= time || delegation.quantityLimit > member.quantityLimit) {
      differ('members', 'it delegated more than it has', place)
    }
    members.set(memberId, { ...member, delegation })
  }

  const revokeDelegation = (event: LedgerEvent): void => {
    const member = memberOf(event.fields.number('memberId'), event)
    const { memberId } = member
    requireActing(member, event, 'revokeDelegation', (caller) => isOwnerOrKey(memberId, caller))
    const key = event.fields.text('key')
    if (member.delegation?.key !== key) {
      differ('members', `${key}, which was revoked, is not its delegated key`, { ...placeOf(event), member: memberId })
    }
    revokeKey(memberId, key, event.time)
    members.set(memberId, { ...member, delegation: null })
  }

  const replaceKey = (event: LedgerEvent): void => {
    const member = memberOf(event.fields.number('memberId'), event)
    const { memberId } = member
    const place = { ...placeOf(event), member: memberId }
    requireActing(member, event, 'replaceTradingKey', (caller) => ownerOf(memberId) === caller)
    const [former, key] = [event.fields.text('former'), event.fields.text('key')]
    requireSame('members', 'its former trading key', former, member.tradingKey, place)
    if (former === NO_ADDRESS || key === NO_ADDRESS) differ('members', 'its trading key was replaced by none', place)
    if (revokedKeys.has(`${memberId}:${key}`)) differ('members', `its new key ${key} was revoked before`, place)
    takeKey('trading', key, memberId, event)
    revokeKey(memberId, former, event.time)
    members.set(memberId, { ...member, tradingKey: key })
  }

  const revokeKey = (memberId: number, key: string, time: number): void => {
    revokedKeys.set(`${memberId}:${key}`, time)
    revokedMembers.add(memberId)
  }

  const noteStanding = (event: LedgerEvent): void => {
    const { fields, time } = event
    const member = memberOf(fields.number('memberId'), event)
    const { memberId } = member
    const place = { ...placeOf(event), area: member.area, member: memberId }
    const standing = changedStandingOf(memberId, time)
    if (standing === null) differ('members', 'a change of its credentials was noted where there was none', place)
    requireSame('members', 'whether it has its credentials', fields.flag('isStanding'), standing.sides !== 0, place)
    requireSame('members', 'the sides on which it trades', fields.number('sides'), standing.sides, place)
    requireSame('members', 'the time up to which it trades', fields.number('tradesUntil'), standing.tradesUntil, place)
    if ((standing.sides === 0) !== (member.standing.sides === 0)) {
      const isLost = standing.sides === 0
      losses.set(memberId, [...(losses.get(memberId) ?? []), { at: time, isLost }])
      if (isLost) revokedMembers.add(memberId)
    }
    members.set(memberId, { ...member, standing })
    unnoted = null
  }

  /** Null where the register knows the household's standing as it is. */
  const changedStandingOf = (memberId: number, now: number): Standing | null => {
    const { account, area, standing, kind } = members.get(memberId)!
    if (kind !== 'household') return null
    const { sides, tradesUntil } = standingOf(credentials, account, area, now)
    return sides === standing.sides && tradesUntil === standing.tradesUntil ? null : { sides, tradesUntil }
  }

  const requireNoted = (): void => {
    if (unnoted === null) return
    differ('members', 'its credentials changed, and the register did not note it', unnoted.place)
  }

  const handlers: Readonly<Record<string, (event: LedgerEvent) => void>> = {
    MemberRegistered: register,
    MemberDeactivated: deactivate,
    MemberStandingChanged: noteStanding,
    TradingKeyReplaced: replaceKey,
    TradingDelegated: delegate,
    DelegationRevoked: revokeDelegation,
  }

  return {
    see: (event: LedgerEvent): void => {
      const isNoted = event.name === 'MemberStandingChanged' && event.fields.number('memberId') === unnoted?.memberId
      if (!isNoted) requireNoted()
      if (event.contract === 'memberRegistry') handlers[event.name]?.(event)
    },
    /** To be called when the account's credentials of the area changed: the register notes it before anything else happens. */
    expectNoted: (account: string, area: number, event: LedgerEvent): void => {
      const memberId = households.get(`${account}:${area}`)
      if (memberId === undefined || changedStandingOf(memberId, event.time) === null) return
      unnoted = { memberId, place: { ...placeOf(event), area, member: memberId } }
    },
    /** To be called when all events of a transaction were seen, with the time of its block. */
    endTransaction: ({ calls, block, transaction }: LedgerTransaction, time: number): void => {
      requireNoted()
      for (const { contract, name, fields } of calls) {
        if (contract !== 'memberRegistry' || name !== 'noteCredentials') continue
        const area = fields.number('area')
        const memberId = households.get(`${fields.text('account')}:${area}`)
        if (memberId === undefined || changedStandingOf(memberId, time) === null) continue
        const place = { block, transaction: transaction.hash, area, member: memberId }
        differ(
          'members',
          'the register was asked to look at its credentials, and did not note that they changed',
          place,
        )
      }
    },
    /** Whether the key signed nothing for its member at that time: revoked, its member deactivated or without its standing. */
    isKeyRevoked: (memberId: number, key: string, time: number): boolean => {
      const deactivatedAt = members.get(memberId)?.deactivatedAt ?? null
      const revokedAt = revokedKeys.get(`${memberId}:${key}`)
      if (deactivatedAt !== null && deactivatedAt <= time) return true
      if (revokedAt !== undefined && revokedAt <= time) return true
      return losses.get(memberId)?.findLast(({ at }) => at <= time)?.isLost ?? false
    },
    /** Whether any key of the member was ever revoked. */
    hasRevocation: (memberId: number): boolean => revokedMembers.has(memberId),
    all: members as ReadonlyMap<number, Member>,
    /** Of an area, by their numbers. */
    membersOf: (area: number): readonly number[] => byArea.get(area) ?? [],
    counterpartyOf: (area: number, kind: Kind): number => counterparties.get(`${area}:${kind}`) ?? 0,
    /** Who owns the member's account; undefined for a member that does not exist. */
    ownerOf,
    /** Whether the address acts for the member, who is active in the area. */
    actsFor: (area: number, memberId: number, caller: string): boolean => {
      const member = members.get(memberId)
      return (
        member !== undefined && member.area === area && member.deactivatedAt === null && isOwnerOrKey(memberId, caller)
      )
    },
  }
}

export type Members = ReturnType<typeof createMembers>
