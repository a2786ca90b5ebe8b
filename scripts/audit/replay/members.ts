import { differ, requireSame } from '../difference.ts'
import { placeOf, type LedgerEvent } from './ledger-event.ts'

export const KINDS = ['household', 'supplier', 'dso', 'tax-authority', 'platform-operator'] as const
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
  readonly account: string
  /** Zero address for none. */
  readonly tradingKey: string
  /** Zero address for none. */
  readonly meterKey: string
  readonly quantityLimit: number
  /** Unix seconds; null while active. */
  readonly deactivatedAt: number | null
  readonly delegation: Delegation | null
}

const NO_ADDRESS = `0x${'00'.repeat(20)}`
const INDEFINITE = Infinity

/** Replays the member registry. */
export function createMembers(onHidden: (name: string, event: LedgerEvent) => void = () => undefined) {
  const members = new Map<number, Member>()
  const byArea = new Map<number, number[]>()
  const takenKeys = new Map<string, number>()
  /** When a delegated key was revoked, by member and key: one key may trade for several members. */
  const revokedKeys = new Map<string, number>()
  const revokedMembers = new Set<number>()
  const counterparties = new Map<string, number>()

  const takeKey = (key: string, memberId: number, event: LedgerEvent) => {
    const owner = takenKeys.get(key)
    if (owner !== undefined) {
      differ('members', `the key ${key} was member ${owner}'s already`, { ...placeOf(event), member: memberId })
    }
    takenKeys.set(key, memberId)
  }

  const register = (event: LedgerEvent) => {
    const { fields } = event
    const memberId = fields.number('memberId')
    const area = fields.number('area')
    const place = { ...placeOf(event), area, member: memberId }
    requireSame('members', 'its number', memberId, members.size + 1, place)
    const kind = KINDS[fields.number('kind')] ?? differ('members', 'it is of no kind that exists', place)
    for (const key of [fields.text('tradingKey'), fields.text('meterKey')]) {
      if (key !== NO_ADDRESS) takeKey(key, memberId, event)
    }
    if (kind !== 'household') {
      const known = counterparties.get(`${area}:${kind}`)
      if (known !== undefined) differ('members', `area ${area} has a ${kind} already, member ${known}`, place)
      counterparties.set(`${area}:${kind}`, memberId)
    }
    members.set(memberId, {
      memberId,
      area,
      kind,
      account: fields.text('account'),
      tradingKey: fields.text('tradingKey'),
      meterKey: fields.text('meterKey'),
      quantityLimit: fields.number('quantityLimit'),
      deactivatedAt: null,
      delegation: null,
    })
    byArea.set(area, [...(byArea.get(area) ?? []), memberId])
  }

  const memberOf = (memberId: number, event: LedgerEvent): Member =>
    members.get(memberId) ??
    differ('members', 'nobody was registered by that number', { ...placeOf(event), member: memberId })

  const requireActing = (member: Member, event: LedgerEvent) => {
    const { from, to } = event.transaction
    const isDirect = event.calls.some(({ name }) => name === 'delegateTrading' || name === 'revokeDelegation')
    const caller = isDirect ? from : to
    const place = { ...placeOf(event), member: member.memberId }
    if (caller !== member.account && caller !== member.tradingKey) {
      // Through several contracts, of which the last may be the member's.
      if (!isDirect) return onHidden(`memberRegistry: ${event.name}`, event)
      differ('members', `its delegation was changed by ${caller}, who is not the member`, place)
    }
    if (member.deactivatedAt !== null) differ('members', 'its delegation was changed after it was deactivated', place)
  }

  const see = (event: LedgerEvent): void => {
    const { fields, name, time } = event
    if (name === 'MemberRegistered') register(event)
    if (name === 'MemberDeactivated') {
      const member = memberOf(fields.number('memberId'), event)
      revokedMembers.add(member.memberId)
      members.set(member.memberId, { ...member, deactivatedAt: time })
    }
    if (name === 'TradingDelegated') {
      const member = memberOf(fields.number('memberId'), event)
      requireActing(member, event)
      const delegation = {
        key: fields.text('key'),
        sides: fields.number('sides'),
        quantityLimit: fields.number('quantityLimit'),
        lowestPrice: fields.number('lowestPrice'),
        highestPrice: fields.number('highestPrice'),
        expiry: fields.number('expiry'),
      }
      const place = { ...placeOf(event), member: member.memberId }
      if (member.delegation !== null) {
        differ('members', `its key ${member.delegation.key} was replaced but not revoked`, place)
      }
      if (revokedKeys.has(`${member.memberId}:${delegation.key}`)) {
        differ('members', `it delegated to ${delegation.key}, which it had revoked`, place)
      }
      if (delegation.key === member.account || delegation.key === member.tradingKey) {
        differ('members', 'it delegated to itself', place)
      }
      members.set(member.memberId, { ...member, delegation })
    }
    if (name === 'DelegationRevoked') {
      const member = memberOf(fields.number('memberId'), event)
      requireActing(member, event)
      const key = fields.text('key')
      if (member.delegation?.key !== key) {
        differ('members', `${key}, which was revoked, is not its delegated key`, {
          ...placeOf(event),
          member: member.memberId,
        })
      }
      revokedKeys.set(`${member.memberId}:${key}`, time)
      revokedMembers.add(member.memberId)
      members.set(member.memberId, { ...member, delegation: null })
    }
  }

  /** Unix seconds from which a key signs nothing for its member; Infinity where it was never revoked. */
  const keyRevokedAt = (memberId: number, key: string): number =>
    Math.min(members.get(memberId)?.deactivatedAt ?? INDEFINITE, revokedKeys.get(`${memberId}:${key}`) ?? INDEFINITE)

  return {
    see,
    keyRevokedAt,
    /** Whether any key of the member was ever revoked. */
    hasRevocation: (memberId: number): boolean => revokedMembers.has(memberId),
    all: members as ReadonlyMap<number, Member>,
    /** Of an area, by their numbers. */
    membersOf: (area: number): readonly number[] => byArea.get(area) ?? [],
    counterpartyOf: (area: number, kind: Kind): number => counterparties.get(`${area}:${kind}`) ?? 0,
    /** Whether the address acts for the member, who is active in the area. */
    actsFor: (area: number, memberId: number, caller: string): boolean => {
      const member = members.get(memberId)
      return (
        member !== undefined &&
        member.area === area &&
        member.deactivatedAt === null &&
        (member.account === caller || member.tradingKey === caller)
      )
    },
  }
}

export type Members = ReturnType<typeof createMembers>
