import { dailyAddressOf, type KeyChain } from '../chain/daily-keys.ts'
import {
  encodeKeyEntries,
  linkHashOf,
  linksRootOf,
  NO_KEY,
  readNextEntries,
  sealedEntriesOf,
  type SealedEntry,
} from '../chain/sealed-keys.ts'
import { readTradingKeys } from '../chain/trading-days.ts'
import type { PlacedLink, TraderLink } from '../domain/market/traders.ts'
import type { TradingDay } from '../domain/units.ts'
import { readMemberSecrets } from '../store/households.ts'
import { readKeyChains } from '../store/key-chains.ts'
import { outboxOf } from '../store/outbox.ts'
import { replaceTraderLinks, takeDraw } from '../store/traders.ts'
import type { Operation } from './operation.ts'

/** A page of a sealed day. */
export type SealedPage = { readonly area: number; readonly day: TradingDay; readonly page: number }
type DrawnPage = SealedPage & { readonly draw: number }

/** A member's keys on the page, as the registry has them. */
type PageMember = { readonly memberId: number; readonly key: string; readonly delegate: string | null }

/**
 * Publishes a page under trader numbers drawn for it and the day's keys of its members, and keeps which trader is who
 * before the ledger can have it. What was signed once is sent as it was, and its links stay. Where that was refused, since
 * what members are allowed had changed, the page is drawn with other numbers, keys and salts: both are on the ledger, and what
 * they had in common would say whose entry changed.
 */
export async function publishSealedPage(operation: Operation, sealed: SealedPage, maxMembers: number): Promise<void> {
  const { area, day, page } = sealed
  const purpose = publishPurposeOf(sealed)
  const signed = await outboxOf(operation.store, 'operator').find(purpose)
  const isSigned = signed !== null && signed.status !== 'reverted'
  const { entries, root } = isSigned ? ALREADY_SIGNED : await drawPage(operation, sealed, maxMembers)
  await operation.sender.send(purpose, {
    contract: 'tradingDays',
    function: 'publishSealedKeys',
    arguments: [area, day, maxMembers, entries, root],
  })
  operation.log.info({ area, day, page }, `trading keys of day ${day} published under numbers of the day: page ${page}`)
}

const ALREADY_SIGNED = { entries: '0x', root: `0x${'00'.repeat(32)}` }

/** What the page's transaction is sent for. */
export function publishPurposeOf({ area, day, page }: SealedPage): string {
  return `publish-keys:${area}:${day}:${page}`
}

async function drawPage(
  operation: Operation,
  sealed: SealedPage,
  maxMembers: number,
): Promise<{ readonly entries: string; readonly root: string }> {
  const { ledger, store } = operation
  const [open, published] = await Promise.all([
    readNextEntries(ledger, sealed.area, sealed.day, maxMembers),
    readTradingKeys(ledger, sealed.area, sealed.day),
  ])
  const members = membersOf(open)
  const drawn = { ...sealed, draw: await takeDraw(store, sealed.area, sealed.day) }
  const addresses = members.flatMap(({ key, delegate }) => [key, ...(delegate === null ? [] : [delegate])])
  const [chains, secrets] = await Promise.all([readKeyChains(store, addresses), readMemberSecrets(store)])
  const saltOf = (purpose: string, memberId: number) =>
    operation.saltOf(
      `${purpose}:${drawn.area}:${drawn.day}:${drawn.page}:${drawn.draw}:${memberId}`,
      secrets.get(memberId),
    )
  const links = drawLinks(drawn, members, {
    firstTrader: (published.at(-1)?.trader ?? 0) + 1,
    lotOf: (memberId) => saltOf('trader-draw', memberId),
    saltOf: (memberId) => saltOf('trader-link', memberId),
    dailyOf: (address) => dailyOf(chains, address, drawn),
  })
  await replaceTraderLinks(store, sealed, links)
  return { entries: encodeKeyEntries(sealedEntriesOf(open, links)), root: linksRootOf(links) }
}

type Drawing = {
  readonly firstTrader: number
  /** Random text by which the numbers are drawn. */
  readonly lotOf: (memberId: number) => string
  readonly saltOf: (memberId: number) => string
  /** The day's address of a registered key. */
  readonly dailyOf: (address: string) => string
}

/** The links of the page's members, which ascend, with trader numbers from the first on, in a sequence that is drawn. */
export function drawLinks(
  { area, day, page, draw }: DrawnPage,
  members: readonly PageMember[],
  { firstTrader, lotOf, saltOf, dailyOf: daily }: Drawing,
): PlacedLink[] {
  const drawn = members.map(({ memberId }) => ({ memberId, lot: lotOf(memberId) }))
  drawn.sort((one, other) => (one.lot < other.lot ? -1 : 1))
  const traderOf = new Map(drawn.map(({ memberId }, position) => [memberId, firstTrader + position]))
  return members.map(({ memberId, key, delegate }, position) => {
    const link: TraderLink = {
      area,
      day,
      trader: traderOf.get(memberId)!,
      memberId,
      key: daily(key),
      registeredKey: key,
      delegatedKey: delegate === null ? NO_KEY : daily(delegate),
      registeredDelegate: delegate ?? NO_KEY,
      salt: saltOf(memberId),
    }
    return { ...link, page, draw, position, leaf: linkHashOf(link) }
  })
}

/** Of a page's entries, a member's own key before its delegated one. */
function membersOf(open: readonly SealedEntry[]): PageMember[] {
  return [...Map.groupBy(open, ({ trader }) => trader)].map(([memberId, [own, delegated]]) => ({
    memberId,
    key: own!.key,
    delegate: delegated?.key ?? null,
  }))
}

/** A key without a chain, as a contract's, has no other on any day: whoever trades with it is known by it. */
function dailyOf(chains: ReadonlyMap<string, KeyChain>, address: string, { area, day, draw }: DrawnPage): string {
  const chain = chains.get(address)
  return chain === undefined ? address : dailyAddressOf(chain, area, day, draw)
}
