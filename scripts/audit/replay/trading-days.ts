import { differ, requireSame } from '../difference.ts'
import { concat, isSame } from '../ledger/hex.ts'
import { ENTRY_LENGTH, entryCountOf, readEntry } from '../market/key-entry.ts'
import { SECONDS_PER_DAY, PERIODS_PER_DAY, type Areas } from './areas.ts'
import { entriesFor } from './key-pages.ts'
import { placeOf, type LedgerEvent } from './ledger-event.ts'
import type { Members } from './members.ts'

type Page = { readonly publishedAt: number; readonly entries: Uint8Array }
type Day = {
  readonly pages: Page[]
  membersSeen: number
  readonly allowances: Map<number, number>
  isReleased: boolean
}

const OPENING_LEAD = 86_400
const OPEN_DAY_LIMIT = 4
const FEWEST_MEMBERS_PER_PAGE = 100
const ENTRIES_PER_PAGE = 600
const STOP = 0

/** Replays the days' key pages: each is made again from members and accounts, and compared with its code. */
export function createTradingDays(members: Members, areas: Areas, fundsOf: (memberId: number) => bigint) {
  const days = new Map<string, Day>()
  const openDays = new Map<number, number[]>()

  const lockedOf = (memberId: number, except?: number): bigint => {
    const area = members.all.get(memberId)?.area ?? 0
    return (openDays.get(area) ?? [])
      .filter((day) => day !== except)
      .reduce((sum, day) => {
        const allowance = days.get(`${area}:${day}`)?.allowances.get(memberId) ?? 0
        return sum + BigInt(allowance) * BigInt(PERIODS_PER_DAY)
      }, 0n)
  }

  const publish = (event: LedgerEvent, code: Uint8Array): void => {
    const area = event.fields.number('area')
    const number = event.fields.number('day')
    const place = { ...placeOf(event), area, day: number }
    requirePublishable(event, area, number)
    const day = days.get(`${area}:${number}`) ?? newDay()
    days.set(`${area}:${number}`, day)
    if (day.isReleased) differ('key-pages', 'keys were published after the day was paid', place)
    requireSame('key-pages', 'the number of the page', event.fields.number('page'), day.pages.length, place)
    if (day.pages.length === 0) open(area, number, place)

    const membersSeen = event.fields.number('membersSeen')
    const all = members.membersOf(area)
    if (membersSeen <= day.membersSeen || membersSeen > all.length) {
      differ('key-pages', `the page is over members ${day.membersSeen} to ${membersSeen} of ${all.length}`, place)
    }
    const traders = all.slice(day.membersSeen, membersSeen).map((memberId) => ({
      member: members.all.get(memberId)!,
      funds: fundsOf(memberId),
      lockedElsewhere: lockedOf(memberId, number),
    }))
    const made = entriesFor(traders, areas.calendarOf(area), number)
    requireSame('key-pages', 'the number of members that fit on the page', traders.length, made.seen, place)
    const isLast = membersSeen === all.length || made.count + 2 > ENTRIES_PER_PAGE
    if (traders.length < FEWEST_MEMBERS_PER_PAGE && !isLast) {
      differ('key-pages', `the page is over ${traders.length} members only, which leaves others out`, place)
    }
    requireSameEntries(code, made.entries, place)
    requireSame('key-pages', 'the number of entries', event.fields.number('entryCount'), made.count, place)

    day.pages.push({ publishedAt: event.time, entries: made.entries })
    day.membersSeen = membersSeen
    for (let index = 0; index < made.count; index += 1) {
      const { trader: memberId, allowance } = readEntry(made.entries, index)
      day.allowances.set(memberId, allowance)
    }
  }

  const requirePublishable = (event: LedgerEvent, area: number, day: number): void => {
    const start = day * SECONDS_PER_DAY
    const place = { ...placeOf(event), area, day }
    if (event.time + OPENING_LEAD < start || event.time >= start + SECONDS_PER_DAY) {
      differ('key-pages', `its keys were published at ${event.time}, outside the time for it`, place)
    }
    if (areas.tradedPeriodsOf(area, day).length === 0) differ('key-pages', 'nothing is traded on that day', place)
  }

  const open = (area: number, day: number, place: object): void => {
    const open = openDays.get(area) ?? []
    if (open.length >= OPEN_DAY_LIMIT) differ('key-pages', `${open.length} days were open already`, place)
    openDays.set(area, [...open, day])
  }

  const release = (event: LedgerEvent): void => {
    const area = event.fields.number('area')
    const day = event.fields.number('day')
    openDays.set(
      area,
      (openDays.get(area) ?? []).filter((other) => other !== day),
    )
    const known = days.get(`${area}:${day}`)
    if (known === undefined)
      differ('key-pages', 'a day was released that was never open', { ...placeOf(event), area, day })
    known.isReleased = true
  }

  return {
    publish,
    release,
    lockedOf,
    pageCount: (isCounted: (area: number, day: number) => boolean): number =>
      [...days].reduce((count, [key, { pages }]) => {
        const [area, day] = key.split(':').map(Number) as [number, number]
        return isCounted(area, day) ? count + pages.length : count
      }, 0),
    openDaysOf: (area: number): readonly number[] => openDays.get(area) ?? [],
    /** Entries that count in a session whose gate closes at that time, one behind the other. */
    entriesBefore: (area: number, day: number, gateClosure: number): Uint8Array =>
      concat(
        (days.get(`${area}:${day}`)?.pages ?? [])
          .filter(({ publishedAt }) => publishedAt < gateClosure)
          .map(({ entries }) => entries),
      ),
    all: days as ReadonlyMap<string, Day>,
  }
}

export type TradingDays = ReturnType<typeof createTradingDays>

function newDay(): Day {
  return { pages: [], membersSeen: 0, allowances: new Map(), isReleased: false }
}

/** Names the member whose entry differs. */
function requireSameEntries(code: Uint8Array, made: Uint8Array, place: object): void {
  const published = code.subarray(1)
  if (code[0] === STOP && isSame(published, made)) return
  const count = Math.max(entryCountOf(published), entryCountOf(made))
  for (let index = 0; index < count; index += 1) {
    const start = index * ENTRY_LENGTH
    const one = published.subarray(start, start + ENTRY_LENGTH)
    const other = made.subarray(start, start + ENTRY_LENGTH)
    if (isSame(one, other)) continue
    const member = other.length === ENTRY_LENGTH ? readEntry(made, index).trader : undefined
    const found = one.length === ENTRY_LENGTH ? JSON.stringify(readEntry(published, index)) : 'missing'
    const expected = other.length === ENTRY_LENGTH ? JSON.stringify(readEntry(made, index)) : 'none'
    differ('key-pages', `entry ${index} of the published page is ${found}, and should be ${expected}`, {
      ...place,
      member,
    })
  }
  differ('key-pages', 'the code of the published page is not that of a page', place)
}
