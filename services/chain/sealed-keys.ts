import { AbiCoder, keccak256, ZeroAddress } from 'ethers'
import { keccak_256 } from '@noble/hashes/sha3.js'
import { bytesToHex, concatBytes, hexToBytes } from '@noble/hashes/utils.js'
import { DomainError } from '../domain/errors.ts'
import { tickOf } from '../domain/market/clearing-book.ts'
import type { TraderLink } from '../domain/market/traders.ts'
import type { TradingKeyEntry } from '../domain/market/trading-key.ts'
import { encodeInteger } from '../domain/metering/merkle-sum-tree.ts'
import { money, type Money, type TradingDay } from '../domain/units.ts'
import { sendBatch } from './json-rpc.ts'
import { readContract, type Ledger } from './ledger.ts'
import { decodeKeyPage, ENTRY_BYTES, MAY_BID, MAY_OFFER } from './trading-days.ts'

/** An entry before its page has an index for it; of a page that is open the trader is the member. */
export type SealedEntry = Omit<TradingKeyEntry, 'index'>

/** What the day locks of a member for each of its sessions, in micro-euro. */
export type DayLock = { readonly memberId: number; readonly allowance: Money }

/** In the place of the key of a delegate where a member has none. */
export const NO_KEY = ZeroAddress
export const NO_LINKS = `0x${'00'.repeat(32)}`

const LOCK_BYTES = 8
const EMPTY_NODE = new Uint8Array(32)
/** Trees by their links, which nobody changes. */
const leaves = new WeakMap<readonly TraderLink[], readonly string[]>()
const trees = new WeakMap<readonly string[], Uint8Array[][]>()
const LINK_TYPE = 'tuple(uint32,uint32,uint24,uint24,address,address,address,address,bytes32)'

/**
 * The entries of a sealed page, from those that an open page would have (see `readNextEntries`) and the links of the page's
 * members: under trader numbers and the day's keys, ascending by trader, its own key before its delegated one.
 */
export function sealedEntriesOf(open: readonly SealedEntry[], links: readonly TraderLink[]): SealedEntry[] {
  const byMember = new Map(links.map((link) => [link.memberId, link]))
  const sealed = open.map((entry, position) => {
    const link = byMember.get(entry.trader)
    if (link === undefined) throw new DomainError('link-missing', `member ${entry.trader} of the page has no link`)
    const isDelegated = position > 0 && open[position - 1]!.trader === entry.trader
    return { ...entry, trader: link.trader, key: isDelegated ? link.delegatedKey : link.key }
  })
  // Stable: the two keys of a trader keep their sequence.
  return sealed.sort((left, right) => left.trader - right.trader)
}

/** A page of keys as the ledger takes it, 0x-hex, 38 bytes an entry; its reverse is `decodeKeyPage`. */
export function encodeKeyEntries(entries: readonly SealedEntry[]): string {
  return `0x${bytesToHex(concatBytes(...entries.map(encodeEntry)))}`
}

/** The leaf of a link, 0x-hex. */
export function linkHashOf(link: TraderLink): string {
  const { area, day, trader, memberId, key, registeredKey, delegatedKey, registeredDelegate, salt } = link
  const fields = [area, day, trader, memberId, key, registeredKey, delegatedKey, registeredDelegate, salt]
  return keccak256(AbiCoder.defaultAbiCoder().encode([LINK_TYPE], [fields]))
}

/** What the ledger is told of a page's links, 0x-hex. Their sequence is that of the lock page: ascending by member. */
export function linksRootOf(links: readonly TraderLink[]): string {
  if (links.length === 0) return NO_LINKS
  return `0x${bytesToHex(levelsOf(leavesOf(links)).at(-1)![0]!)}`
}

/** The siblings of the link at this position, 0x-hex, from the leaf upwards. */
export function linkProofOf(links: readonly TraderLink[], position: number): string[] {
  return siblingsOf(leavesOf(links), position)
}

/** The same from the leaves alone, 0x-hex: of members whose data were erased nothing else is left. */
export function siblingsOf(leaves: readonly string[], position: number): string[] {
  const levels = levelsOf(leaves).slice(0, -1)
  return levels.map((level, height) => `0x${bytesToHex(level[(position >> height) ^ 1]!)}`)
}

/** What a page locks, from its contract's code, 0x-hex: of a lock page, 8 bytes an entry. */
export function decodeLockPage(code: string): DayLock[] {
  const bytes = hexToBytes(code.slice(2))
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  // The first byte stops whoever would call the page.
  return Array.from({ length: Math.floor((bytes.length - 1) / LOCK_BYTES) }, (_, position) => {
    const start = 1 + position * LOCK_BYTES
    return {
      memberId: view.getUint16(start) * 256 + bytes[start + 2]!,
      allowance: money(BigInt(bytes[start + 3]!) * 2n ** 32n + BigInt(view.getUint32(start + 4))),
    }
  })
}

/** What the day locks of each of its members, ascending, whether it is open or sealed; page by page. */
export async function readDayLocks(ledger: Ledger, area: number, day: TradingDay): Promise<DayLock[][]> {
  const [addresses, entryLength] = await readContract(ledger, 'tradingDays', 'lockPagesOf', area, day)
  const codes = (await sendBatch(
    ledger.url,
    (addresses as readonly string[]).map((address) => ({ method: 'eth_getCode', params: [address, 'latest'] })),
  )) as string[]
  return codes.map(Number(entryLength as bigint) === LOCK_BYTES ? decodeLockPage : locksOfOpenPage)
}

/** The entries that the day's next page would have if it were open, of at most so many members (100 at least). */
export async function readNextEntries(
  ledger: Ledger,
  area: number,
  day: TradingDay,
  maxMembers: number,
): Promise<SealedEntry[]> {
  const [entries] = await readContract(ledger, 'tradingDays', 'nextEntriesOf', area, day, maxMembers)
  return decodeKeyPage(`0x00${(entries as string).slice(2)}`)
}

/** Unix seconds at which the area's keys were sealed; null while they are not. */
export async function readSealedSince(ledger: Ledger, area: number): Promise<number | null> {
  const [since] = await readContract(ledger, 'tradingDays', 'sealedSince', area)
  return since === 0n ? null : Number(since as bigint)
}

function locksOfOpenPage(code: string): DayLock[] {
  const entries = decodeKeyPage(code)
  return entries
    .filter(({ trader }, position) => entries[position - 1]?.trader !== trader)
    .map(({ trader: memberId, allowance }) => ({ memberId, allowance }))
}

function encodeEntry(entry: SealedEntry): Uint8Array {
  const encoded = concatBytes(
    encodeInteger(BigInt(entry.trader), 3),
    hexToBytes(entry.key.slice(2)),
    encodeInteger(BigInt((entry.mayBid ? MAY_BID : 0) | (entry.mayOffer ? MAY_OFFER : 0)), 1),
    encodeInteger(BigInt(entry.validPeriods), 1),
    encodeInteger(entry.quantityLimit, 4),
    encodeInteger(BigInt(tickOf(entry.lowestPrice)), 2),
    encodeInteger(BigInt(tickOf(entry.highestPrice)), 2),
    encodeInteger(entry.allowance, 5),
  )
  if (encoded.length !== ENTRY_BYTES) throw new Error(`the key ${entry.key} is not an address`)
  return encoded
}

/** Hashed once for the same array. */
function leavesOf(links: readonly TraderLink[]): readonly string[] {
  const known = leaves.get(links) ?? links.map(linkHashOf)
  leaves.set(links, known)
  return known
}

/** The tree's levels, from the leaves to the root; made once for the same array, whose members all ask for their siblings. */
function levelsOf(hashes: readonly string[]): Uint8Array[][] {
  const known = trees.get(hashes)
  if (known !== undefined) return known
  const width = 2 ** Math.ceil(Math.log2(hashes.length))
  const nodes = hashes.map((hash) => hexToBytes(hash.slice(2)))
  const levels = [[...nodes, ...Array.from({ length: width - nodes.length }, () => EMPTY_NODE)]]
  for (let level = levels[0]!; level.length > 1; level = levels.at(-1)!) {
    levels.push(
      Array.from({ length: level.length / 2 }, (_, index) =>
        keccak_256(concatBytes(level[2 * index]!, level[2 * index + 1]!)),
      ),
    )
  }
  trees.set(hashes, levels)
  return levels
}
