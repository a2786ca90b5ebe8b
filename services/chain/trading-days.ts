import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import { priceOf } from '../domain/market/clearing-book.ts'
import type { TradingKeyEntry } from '../domain/market/trading-key.ts'
import { energyWh, money, type Money, type TradingDay } from '../domain/units.ts'
import { sendBatch } from './json-rpc.ts'
import { readContract, type Ledger } from './ledger.ts'

/** The keys that may trade on a day, in the sequence of their indices. */
export type TradingKeys = readonly TradingKeyEntry[]

type PageEntry = Omit<TradingKeyEntry, 'index'>

export const ENTRY_BYTES = 38
export const MAY_BID = 1
export const MAY_OFFER = 2
/** So many lists of keys are remembered: two days of an area are in use at a time. */
const LISTS_KEPT = 16

/** Keys by the addresses of their pages: a page never changes, since it is a contract's code. */
const remembered = new WeakMap<object, Map<string, TradingKeys>>()

/** The keys published for the day until now; none before the first page. */
export async function readTradingKeys(ledger: Ledger, area: number, day: TradingDay): Promise<TradingKeys> {
  const [addresses] = await readContract(ledger, 'tradingDays', 'pagesOf', area, day)
  return keysOnPages(ledger, addresses as readonly string[])
}

/** The keys that count in a session of the day: those published before its gate closes, in unix seconds. */
export async function readSessionKeys(
  ledger: Ledger,
  area: number,
  day: TradingDay,
  gateClosure: number,
): Promise<TradingKeys> {
  const [addresses] = await readContract(ledger, 'tradingDays', 'pagesBefore', area, day, gateClosure)
  return keysOnPages(ledger, addresses as readonly string[])
}

/** Whether the keys of every member of the area, as it is now, are published for the day. */
export async function areKeysPublished(ledger: Ledger, area: number, day: TradingDay): Promise<boolean> {
  const [isPublished] = await readContract(ledger, 'tradingDays', 'isPublished', area, day)
  return isPublished as boolean
}

/** Whether the day's traders are numbers and keys drawn for it, or will be where it has no keys yet. */
export async function isSealedDay(ledger: Ledger, area: number, day: TradingDay): Promise<boolean> {
  const [isSealed] = await readContract(ledger, 'tradingDays', 'isSealedDay', area, day)
  return isSealed as boolean
}

/** How many pages of keys the day has. */
export async function readPageCount(ledger: Ledger, area: number, day: TradingDay): Promise<number> {
  const [addresses] = await readContract(ledger, 'tradingDays', 'pagesOf', area, day)
  return (addresses as readonly string[]).length
}

/** The days that wait for their initial settlement, in the sequence in which they were opened. */
export async function readOpenDays(ledger: Ledger, area: number): Promise<TradingDay[]> {
  const [days] = await readContract(ledger, 'tradingDays', 'openDaysOf', area)
  return (days as readonly bigint[]).map((day) => Number(day) as TradingDay)
}

/** What open days lock of the member's funds, in micro-euro. */
export async function readLocked(ledger: Ledger, memberId: number): Promise<Money> {
  const [locked] = await readContract(ledger, 'tradingDays', 'lockedOf', memberId)
  return money(locked as bigint)
}

/** The entries of a page, from its contract's code, 0x-hex. */
export function decodeKeyPage(code: string): PageEntry[] {
  const bytes = hexToBytes(code.slice(2))
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  // The first byte stops whoever would call the page.
  return Array.from({ length: Math.floor((bytes.length - 1) / ENTRY_BYTES) }, (_, position) => {
    const start = 1 + position * ENTRY_BYTES
    const sides = bytes[start + 23]!
    return {
      trader: view.getUint16(start) * 256 + bytes[start + 2]!,
      key: `0x${bytesToHex(bytes.subarray(start + 3, start + 23))}`,
      mayBid: (sides & MAY_BID) !== 0,
      mayOffer: (sides & MAY_OFFER) !== 0,
      validPeriods: bytes[start + 24]!,
      quantityLimit: energyWh(BigInt(view.getUint32(start + 25))),
      lowestPrice: priceOf(view.getUint16(start + 29)),
      highestPrice: priceOf(view.getUint16(start + 31)),
      allowance: money(BigInt(bytes[start + 33]!) * 2n ** 32n + BigInt(view.getUint32(start + 34))),
    }
  })
}

/** The same array for the same pages, so that what is derived from it can be kept beside it. */
async function keysOnPages(ledger: Ledger, addresses: readonly string[]): Promise<TradingKeys> {
  const lists = remembered.get(ledger.addresses) ?? new Map<string, TradingKeys>()
  remembered.set(ledger.addresses, lists)
  const known = lists.get(addresses.join())
  if (known !== undefined) return known

  const codes = (await sendBatch(
    ledger.url,
    addresses.map((address) => ({ method: 'eth_getCode', params: [address, 'latest'] })),
  )) as string[]
  const keys = codes.flatMap(decodeKeyPage).map((entry, index): TradingKeyEntry => ({ ...entry, index }))
  if (lists.size >= LISTS_KEPT) lists.delete(lists.keys().next().value!)
  lists.set(addresses.join(), keys)
  return keys
}
