import { NO_ADDRESS, NO_HASH } from '../abi.ts'
import { differ, type Place } from '../difference.ts'
import type { Callers } from './callers.ts'
import type { Credentials } from './credentials.ts'
import type { LedgerEvent } from './ledger-event.ts'
import type { KeyEntry } from '../market/key-entry.ts'
import { PERIODS_PER_DAY } from './areas.ts'
import type { Members } from './members.ts'
import type { TradingDays } from './trading-days.ts'

type Books = { readonly members: Members; readonly callers: Callers }

/** By what right somebody puts a member's order on the ledger: each goes before those behind it. */
export const AUTHORITIES = ['member', 'delegate', 'operator'] as const
export type Authority = (typeof AUTHORITIES)[number]

const CHALLENGES = new Set(['proveLeftOut', 'challengePeriod', 'challengeStatement'])

/**
 * Checks that whoever challenged acts for the challenger or, where the challenger's own statement or order is at stake, owns
 * its account. Nothing is seen of it where a contract called.
 */
export function requireChallenger(
  event: LedgerEvent,
  { area, member, place }: { readonly area: number; readonly member: number; readonly place: Place },
  { members, callers }: Books,
): void {
  const call = event.calls.find(({ name }) => CHALLENGES.has(name))
  if (call === undefined) return
  const challenger = call.fields.number('challenger')
  const isOwn = challenger === member
  const who = `who does not act for member ${challenger}`
  callers.requireMay(event, { check: 'members', name: call.name, who, place }, (account) => {
    // Only a member itself shows that its order was left out.
    const isActing = members.actsFor(area, challenger, account) && (isOwn || call.name !== 'proveLeftOut')
    return isActing || (isOwn && members.ownerOf(challenger) === account)
  })
}

/** The same for a challenge of flexibility: the owner of a member's account shows what is wrong of the member itself. */
export function requireFlexChallenger(event: LedgerEvent, { members, callers }: Books): void {
  const call = event.calls.find(({ contract }) => contract === 'flexChallenges')
  if (call === undefined) return
  const [area, challenger] = [event.fields.number('area'), event.fields.number('challenger')]
  const isOwn = challenger === event.fields.number('memberId')
  const who = `who does not act for member ${challenger}`
  const place = { area, member: challenger }
  callers.requireMay(
    event,
    { check: 'members', name: call.name, who, place },
    (account) => members.actsFor(area, challenger, account) || (isOwn && members.ownerOf(challenger) === account),
  )
}

/** By what right the order was committed; null where that does not show. */
export function authorityOf(
  event: LedgerEvent,
  {
    area,
    period,
    trader,
    gateClosure,
    place,
  }: {
    readonly area: number
    readonly period: number
    readonly trader: number
    readonly gateClosure: number
    readonly place: Place
  },
  {
    members,
    callers,
    credentials,
    tradingDays,
  }: Books & { readonly credentials: Credentials; readonly tradingDays: TradingDays },
): Authority | null {
  const day = Math.floor(period / PERIODS_PER_DAY)
  const isSealed = tradingDays.isSealedDay(area, day)
  const isOperator = (account: string) => credentials.holds(account, 'market-operator', area, event.time)
  const rightOnSealedDay = (account: string): Authority | null => {
    const [own, delegated] = tradingDays.entriesOf(area, day, trader)
    const stands = (entry: KeyEntry | undefined) =>
      entry !== undefined &&
      period % PERIODS_PER_DAY < entry.validPeriods &&
      !tradingDays.isKeyRevoked(area, day, entry, event.time)
    if (own?.key === account && stands(own)) return 'member'
    if (delegated?.key === account && stands(delegated)) return 'delegate'
    return stands(own) && isOperator(account) ? 'operator' : null
  }
  const rightOf = (account: string): Authority | null => {
    if (isSealed) return rightOnSealedDay(account)
    if (members.actsFor(area, trader, account)) return 'member'
    const member = members.all.get(trader)
    if (member?.area !== area || member.deactivatedAt !== null) return null
    const { delegation } = member
    if (delegation?.key === account && delegation.expiry >= gateClosure) return 'delegate'
    return isOperator(account) ? 'operator' : null
  }
  // A commitment may always be withdrawn.
  const isCommitting = event.fields.text('commitment') !== NO_HASH
  if (!isSealed && isCommitting && members.isKeyRevoked(trader, NO_ADDRESS, event.time)) {
    differ('members', 'an order was committed for a member that may trade no more', place)
  }
  const who = `who may not commit orders of ${isSealed ? 'trader' : 'member'} ${trader}`
  callers.requireMay(
    event,
    { check: 'members', name: 'commitOrder', who, place },
    (account) => rightOf(account) !== null,
  )
  return rightOf(callers.callerOf(event).account)
}
