import { NO_ADDRESS } from '../abi.ts'
import type { AbiValue } from '../abi.ts'
import { differ, type Place } from '../difference.ts'
import { concat, hexOf, isSame, numberAt } from '../ledger/hex.ts'
import { keccak256 } from '../ledger/keccak.ts'
import { ENTRY_LENGTH, entryCountOf, memberAt, readEntry, writeEntry, type KeyEntry } from '../market/key-entry.ts'
import { fieldsOf, type Fields, type LedgerEvent } from './ledger-event.ts'

/** What a sealed page says beside its entries: whose they are in all, and to which links it is committed. */
export type Seal = { readonly members: readonly number[]; readonly linksRoot: string }

/** Which member a trader is, and of which keys of the registry its keys were derived; null where that does not show. */
export type Revealed = { readonly memberId: number; readonly registeredKeys: ReadonlyMap<string, string> | null }

const ATTRIBUTES_AT = 23
const STOP = Uint8Array.of(0)
const LINK_FIELDS = ['area', 'day', 'trader', 'memberId'] as const
const LINK_KEYS = ['key', 'registeredKey', 'delegatedKey', 'registeredDelegate'] as const

/** The entries of an open page with their allowances in classes: each rounded down to a power of two. */
export function inClasses(entries: Uint8Array): Uint8Array {
  const rounded = Array.from({ length: entryCountOf(entries) }, (_, index) => {
    const entry = readEntry(entries, index)
    return writeEntry({ ...entry, allowance: entry.allowance === 0 ? 0 : 2 ** Math.floor(Math.log2(entry.allowance)) })
  })
  return concat(rounded)
}

/** Compares a sealed page with what an open one of its members would say: all but numbers, keys and sequence. */
export function requireSameMultiset(
  published: Uint8Array,
  made: Uint8Array,
  tradersBefore: number,
  place: Place,
): void {
  const [found, expected] = [published, made].map((entries) => groupsOf(entries).map(attributesOf).sort())
  const missing = expected!.findIndex((group, index) => group !== found![index])
  if (missing !== -1 || found!.length !== expected!.length) {
    differ('key-pages', 'the sealed page says something else of its traders than registry and accounts', place)
  }
  groupsOf(published).forEach((group, index) => {
    const number = memberAt(group[0]!, 0)
    if (number !== tradersBefore + index + 1) {
      differ('key-pages', `trader ${number} of the sealed page is out of its turn`, place)
    }
    if (group.some((entry) => readEntry(entry, 0).key === NO_ADDRESS)) {
      differ('key-pages', `trader ${number} of the sealed page has no key`, place)
    }
  })
}

/** Compares the lock page with the allowances of the page's members. Resolves to these members. */
export function requireLocks(lockCode: Uint8Array, made: Uint8Array, place: Place): number[] {
  const own = groupsOf(made).map(([entry]) => entry!)
  const expected = own.map((entry) => concat([entry.subarray(0, 3), entry.subarray(ENTRY_LENGTH - 5)]))
  if (!isSame(lockCode, concat([STOP, ...expected]))) {
    differ('key-pages', "the lock page is not that of the sealed page's members", place)
  }
  return own.map((entry) => numberAt(entry, 0, 3))
}

/** A trader, by its entries on the page and whom it is said to be: that member's entries, as registry and accounts make them. */
type ShownTrader = {
  readonly trader: number
  readonly entries: readonly KeyEntry[]
  readonly made: readonly KeyEntry[]
  /** By the keys on the page; null where it does not show. */
  readonly registeredKeys: ReadonlyMap<string, string> | null
}

/** Compares what a trader may do, and from which keys its own are said to be derived, with the member that it is. */
export function requireTraderIs({ trader, entries, made, registeredKeys }: ShownTrader, place: Place): void {
  const [found, expected] = [entries, made].map((each) => attributesOf(each.map(writeEntry)))
  if (found !== expected) {
    differ('key-pages', `trader ${trader} may do something else than the member that it is`, place)
  }
  if (registeredKeys === null) return
  const wrong = entries.find(({ key }, index) => registeredKeys.get(key) !== made[index]!.key)
  if (wrong !== undefined) {
    differ(
      'key-pages',
      `the key ${wrong.key} of trader ${trader} is said to be of a key that was not the member's`,
      place,
    )
  }
}

/** Checks a trader that was revealed against what its page is committed to; `keys` are those on the page. */
export function revealedBy(
  event: LedgerEvent,
  seals: readonly Seal[],
  keysOf: (trader: number) => readonly string[],
  place: Place,
): Revealed {
  const [trader, memberId] = [event.fields.number('trader'), event.fields.number('memberId')]
  const call = event.calls.find(
    ({ name, fields }) => name === 'revealTrader' && linkOf(fields).number('trader') === trader,
  )
  // Where another contract called, nobody sees what it showed.
  if (call === undefined) return { memberId, registeredKeys: null }
  const link = linkOf(call.fields)
  const seal = seals[call.fields.number('page')]
  const index = seal?.members.indexOf(memberId) ?? -1
  const siblings = call.fields.value('siblings') as readonly (string | Uint8Array)[]
  const root = rootFrom(leafOf(link), index, siblings.map(bytesOf32))
  if (seal === undefined || index === -1 || root !== seal.linksRoot || link.number('memberId') !== memberId) {
    differ('key-pages', `trader ${trader} was revealed to be a member that the page was not committed to`, place)
  }
  const keys = [link.text('key'), link.text('delegatedKey')].filter((key) => key !== NO_ADDRESS)
  if (keys.join() !== keysOf(trader).join()) {
    differ('key-pages', `trader ${trader} was revealed with other keys than those on its page`, place)
  }
  const registered = [link.text('registeredKey'), link.text('registeredDelegate')]
  return { memberId, registeredKeys: new Map(keys.map((key, place) => [key, registered[place]!])) }
}

/** The leaf of a link, as a page's tree has it. */
export function leafOf(link: Fields): Uint8Array {
  const words = [
    ...LINK_FIELDS.map((name) => BigInt(link.number(name)).toString(16).padStart(64, '0')),
    ...LINK_KEYS.map((name) => link.text(name).slice(2).padStart(64, '0')),
    hexOf(bytesOf32(link.value('salt') as string | Uint8Array)).slice(2),
  ]
  return keccak256(Buffer.from(words.join(''), 'hex'))
}

/** The root of a tree that has the leaf at that place, 0x-hex. */
export function rootFrom(leaf: Uint8Array, index: number, siblings: readonly Uint8Array[]): string {
  const root = siblings.reduce(
    (node, sibling, height) => keccak256(concat((index >> height) & 1 ? [sibling, node] : [node, sibling])),
    leaf,
  )
  return hexOf(root)
}

function linkOf(fields: Fields): Fields {
  return fieldsOf(fields.value('link') as Record<string, AbiValue>)
}

function bytesOf32(value: string | Uint8Array): Uint8Array {
  return typeof value === 'string' ? Buffer.from(value.slice(2), 'hex') : value
}

/** The entries of one trader or member after another. */
function groupsOf(entries: Uint8Array): Uint8Array[][] {
  const groups: Uint8Array[][] = []
  for (let index = 0; index < entryCountOf(entries); index += 1) {
    const entry = entries.subarray(index * ENTRY_LENGTH, (index + 1) * ENTRY_LENGTH)
    const isSameAsLast = index > 0 && memberAt(entries, index) === memberAt(entries, index - 1)
    if (isSameAsLast) groups.at(-1)!.push(entry)
    else groups.push([entry])
  }
  return groups
}

function attributesOf(group: readonly Uint8Array[]): string {
  return group.map((entry) => hexOf(entry.subarray(ATTRIBUTES_AT))).join()
}
