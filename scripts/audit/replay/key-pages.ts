import { NO_ADDRESS } from '../abi.ts'
import { concat } from '../ledger/hex.ts'
import { writeEntry, type KeyEntry } from '../market/key-entry.ts'
import type { Member } from './members.ts'
import { PERIODS_PER_DAY, SECONDS_PER_PERIOD, type Calendar } from './areas.ts'

const ENTRIES_PER_PAGE = 600
const OPEN_DAY_LIMIT = 4n
const LARGEST_ALLOWANCE = 2n ** 40n - 1n
const LOWEST_PRICE = -500_000
const PRICE_TICK = 100
const HIGHEST_TICK = 45_000

/** A member as it stood when a page was made. Funds: balance and credit line, zero for one in debt; micro-euro. */
export type Trader = { readonly member: Member; readonly funds: bigint; readonly lockedElsewhere: bigint }

/** What a member may put at risk in each session of a day, in micro-euro. */
export function allowanceOf(funds: bigint, lockedElsewhere: bigint): number {
  const rest = funds > lockedElsewhere ? funds - lockedElsewhere : 0n
  const share = funds / OPEN_DAY_LIMIT < rest ? funds / OPEN_DAY_LIMIT : rest
  const allowance = share / BigInt(PERIODS_PER_DAY)
  return Number(allowance < LARGEST_ALLOWANCE ? allowance : LARGEST_ALLOWANCE)
}

/** The entries that a page over these members has, in their sequence, and how many of them fit on it. */
export function entriesFor(
  traders: readonly Trader[],
  calendar: Calendar,
  day: number,
): { readonly entries: Uint8Array; readonly count: number; readonly seen: number } {
  const entries: KeyEntry[] = []
  let seen = 0
  for (const { member, funds, lockedElsewhere } of traders) {
    const own = ownEntryOf(member, allowanceOf(funds, lockedElsewhere), calendar, day)
    const part = own === null ? [] : [own, ...delegatedEntryOf(member, own, calendar, day)]
    if (entries.length + part.length > ENTRIES_PER_PAGE) break
    entries.push(...part)
    seen += 1
  }
  return { entries: concat(entries.map(writeEntry)), count: entries.length, seen }
}

function ownEntryOf(member: Member, allowance: number, calendar: Calendar, day: number): KeyEntry | null {
  const { memberId, kind, tradingKey, deactivatedAt, quantityLimit, standing } = member
  if (kind !== 'household' || tradingKey === NO_ADDRESS || deactivatedAt !== null || standing.sides === 0) return null
  const validPeriods = validPeriodsOf(calendar, day, standing.tradesUntil)
  if (validPeriods === 0) return null
  return {
    trader: memberId,
    key: tradingKey,
    sides: standing.sides,
    validPeriods,
    quantityLimit,
    lowestTick: 0,
    highestTick: HIGHEST_TICK,
    allowance,
  }
}

/** Within what the member may do itself: a delegated key trades on no other side, and no longer. */
function delegatedEntryOf({ delegation }: Member, own: KeyEntry, calendar: Calendar, day: number): KeyEntry[] {
  if (delegation === null) return []
  const sides = delegation.sides & own.sides
  const validPeriods = Math.min(validPeriodsOf(calendar, day, delegation.expiry + 1), own.validPeriods)
  if (sides === 0 || validPeriods === 0) return []
  const { key, quantityLimit, lowestPrice, highestPrice } = delegation
  return [
    {
      ...own,
      key,
      sides,
      validPeriods,
      quantityLimit,
      lowestTick: (lowestPrice - LOWEST_PRICE) / PRICE_TICK,
      highestTick: (highestPrice - LOWEST_PRICE) / PRICE_TICK,
    },
  ]
}

/** How many periods of the day, from its first on, have a gate that closes before that time. */
function validPeriodsOf({ gateClosureLead }: Calendar, day: number, time: number): number {
  // Counted from the epoch, then from the day's first.
  const periods = Math.ceil((time + gateClosureLead) / SECONDS_PER_PERIOD)
  return Math.max(0, Math.min(periods - day * PERIODS_PER_DAY, PERIODS_PER_DAY))
}
