import { NO_ADDRESS } from '../abi.ts'
import { differ, requireSame } from '../difference.ts'
import { concat, isSame } from '../ledger/hex.ts'
import { ENTRY_LENGTH, entryCountOf, readEntry, type KeyEntry } from '../market/key-entry.ts'
import { SECONDS_PER_DAY, PERIODS_PER_DAY, type Areas } from './areas.ts'
import { entriesFor } from './key-pages.ts'
import { placeOf, type LedgerEvent } from './ledger-event.ts'
import type { Members } from './members.ts'
import {
  inClasses,
  requireLocks,
  requireSameMultiset,
  requireTraderIs,
  revealedBy,
  type Revealed,
  type Seal,
} from './sealed-pages.ts'

type KeyOfDay = { readonly trader: number; readonly key: string }

type Page = { readonly publishedAt: number; readonly entries: Uint8Array; readonly seal: Seal | null }
/** Code of a page, and where it is sealed what is said of that, with the code of its lock page. */
export type PublishedPage = {
  readonly code: Uint8Array
  readonly sealed: { readonly event: LedgerEvent; readonly lockCode: Uint8Array } | null
}
type Day = {
  readonly pages: Page[]
  membersSeen: number
  /** By member: its entries as registry and accounts make them, its own before the delegated one. */
  readonly made: Map<number, readonly KeyEntry[]>
  /** Of a sealed day: how many traders it has, and which of them everybody knows. */
  traderCount: number
  readonly revealed: Map<number, Revealed>
  isReleased: boolean
}

const OPENING_LEAD = 86_400
const OPEN_DAY_LIMIT = 4
const FEWEST_MEMBERS_PER_PAGE = 100
const ENTRIES_PER_PAGE = 600
const STOP = 0
const SEALING_DEADLINE = 3_600

/** Replays the days' key pages: each is made again from members and accounts, and compared with its code. */
export function createTradingDays(members: Members, areas: Areas, fundsOf: (memberId: number) => bigint) {
  const days = new Map<string, Day>()
  const openDays = new Map<number, number[]>()
  /** When each area's keys were sealed. */
  const sealedAt = new Map<number, number>()

  const isSealedDay = (area: number, number: number): boolean => {
    const pages = days.get(`${area}:${number}`)?.pages ?? []
    return pages.length === 0 ? sealedAt.has(area) : pages[0]!.seal !== null
  }

  /** The entries of the member, as registry and accounts made them when its page was published. */
  const madeOf = (area: number, number: number, memberId: number): readonly KeyEntry[] =>
    days.get(`${area}:${number}`)?.made.get(memberId) ?? []

  const lockedOf = (memberId: number, except?: number): bigint => {
    const area = members.all.get(memberId)?.area ?? 0
    return (openDays.get(area) ?? [])
      .filter((day) => day !== except)
      .reduce((sum, day) => {
        return sum + BigInt(allowanceOf(madeOf(area, day, memberId))) * BigInt(PERIODS_PER_DAY)
      }, 0n)
  }

  const publish = (event: LedgerEvent, { code, sealed }: PublishedPage): void => {
    const area = event.fields.number('area')
    const number = event.fields.number('day')
    const place = { ...placeOf(event), area, day: number }
    requirePublishable(event, area, number)
    requireKind(event, area, number, sealed !== null)
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
    const expected = sealed === null ? made.entries : inClasses(made.entries)
    const page = sealed === null ? openPage(code, expected, place) : sealedPage(code, sealed, expected, day, place)
    requireSame('key-pages', 'the number of entries', event.fields.number('entryCount'), made.count, place)

    day.pages.push({ publishedAt: event.time, ...page })
    day.membersSeen = membersSeen
    for (const [memberId, entries] of Map.groupBy(entriesIn(expected), ({ trader }) => trader)) {
      day.made.set(memberId, entries)
    }
  }

  const openPage = (code: Uint8Array, made: Uint8Array, place: object) => {
    requireSameEntries(code, made, place)
    return { entries: made, seal: null }
  }

  const sealedPage = (
    code: Uint8Array,
    { event, lockCode }: NonNullable<PublishedPage['sealed']>,
    made: Uint8Array,
    day: Day,
    place: object,
  ) => {
    if (code[0] !== STOP) differ('key-pages', 'the code of the published page is not that of a page', place)
    const entries = code.subarray(1)
    requireSameMultiset(entries, made, day.traderCount, place)
    const seal = { members: requireLocks(lockCode, made, place), linksRoot: event.fields.text('linksRoot') }
    day.traderCount += seal.members.length
    return { entries, seal }
  }

  /** A day goes on as it began; in an area whose keys are sealed it begins open only where the operator let an hour pass. */
  const requireKind = (event: LedgerEvent, area: number, number: number, isSealed: boolean): void => {
    const place = { ...placeOf(event), area, day: number }
    if (isSealed === isSealedDay(area, number)) return
    const isFirst = (days.get(`${area}:${number}`)?.pages.length ?? 0) === 0
    const deadline = Math.max(number * SECONDS_PER_DAY, sealedAt.get(area) ?? 0) + SEALING_DEADLINE
    if (isSealed || !isFirst) differ('key-pages', 'the day has sealed pages and open ones', place)
    if (event.time < deadline) differ('key-pages', 'its keys were published openly while its operator had time', place)
  }

  const reveal = (event: LedgerEvent): void => {
    const [area, number, trader] = [
      event.fields.number('area'),
      event.fields.number('day'),
      event.fields.number('trader'),
    ]
    const place = { ...placeOf(event), area, day: number }
    const day =
      days.get(`${area}:${number}`) ?? differ('key-pages', 'a trader was revealed of a day without keys', place)
    const seals = day.pages.flatMap(({ seal }) => seal ?? [])
    const revealed = revealedBy(event, seals, (of) => entriesOf(day, of).map(({ key }) => key), place)
    const other = [...day.revealed].find(([known, { memberId }]) => known === trader || memberId === revealed.memberId)
    if (other !== undefined) differ('key-pages', `trader ${trader} or its member was revealed before`, place)
    const { memberId, registeredKeys } = revealed
    const made = madeOf(area, number, memberId)
    requireTraderIs({ trader, entries: entriesOf(day, trader), made, registeredKeys }, { ...place, member: memberId })
    day.revealed.set(trader, revealed)
  }

  const entriesOf = (day: Day, trader: number): KeyEntry[] =>
    day.pages.flatMap(({ entries }) => entriesIn(entries).filter((entry) => entry.trader === trader))

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
    seal: (event: LedgerEvent): void => {
      const area = event.fields.number('area')
      if (sealedAt.has(area)) differ('key-pages', 'the keys of the area were sealed twice', { ...placeOf(event), area })
      sealedAt.set(area, event.time)
    },
    reveal,
    isSealedDay,
    /** The entries of a trader of the day: its own key, and its delegated one. */
    entriesOf: (area: number, number: number, trader: number): readonly KeyEntry[] => {
      const day = days.get(`${area}:${number}`)
      return day === undefined ? [] : entriesOf(day, trader)
    },
    /** Undefined where nobody knows, as yet; on an open day everybody does. */
    memberOf: (area: number, number: number, trader: number): number | undefined =>
      isSealedDay(area, number) ? days.get(`${area}:${number}`)?.revealed.get(trader)?.memberId : trader,
    /** The trader that is revealed as the member. */
    traderOf: (area: number, number: number, memberId: number): number | undefined => {
      if (!isSealedDay(area, number)) return memberId
      const revealed = days.get(`${area}:${number}`)?.revealed ?? new Map<number, Revealed>()
      return [...revealed].find(([, { memberId: of }]) => of === memberId)?.[0]
    },
    /** Whether the ledger knew that the key signed nothing for the trader at the time. */
    isKeyRevoked: (area: number, number: number, { trader, key }: KeyOfDay, time: number): boolean => {
      if (!isSealedDay(area, number)) return members.isKeyRevoked(trader, key, time)
      const revealed = days.get(`${area}:${number}`)?.revealed.get(trader)
      if (revealed === undefined) return false
      return members.isKeyRevoked(revealed.memberId, revealed.registeredKeys?.get(key) ?? NO_ADDRESS, time)
    },
    /** What the member may put at risk in each session of the day, as it is locked. */
    allowanceOf: (area: number, number: number, memberId: number): number =>
      allowanceOf(madeOf(area, number, memberId)),
    madeOf,
    /** Roots of the links, by page, with the members of each. */
    sealsOf: (area: number, number: number): readonly Seal[] =>
      (days.get(`${area}:${number}`)?.pages ?? []).flatMap(({ seal }) => seal ?? []),
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

/** Of the entries of one trader or member. */
function allowanceOf(entries: readonly KeyEntry[]): number {
  return entries[0]?.allowance ?? 0
}

function entriesIn(page: Uint8Array): KeyEntry[] {
  return Array.from({ length: entryCountOf(page) }, (_, index) => readEntry(page, index))
}

function newDay(): Day {
  return {
    pages: [],
    membersSeen: 0,
    made: new Map(),
    traderCount: 0,
    revealed: new Map(),
    isReleased: false,
  }
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
