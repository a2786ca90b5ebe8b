import { addressOfChain, dailyAddressOf } from '../../services/chain/daily-keys.ts'
import { DomainError } from '../../services/domain/errors.ts'
import { tradingDay } from '../../services/domain/units.ts'
import type { ConsentData, ConsentTraderLink } from './consent-data.ts'
import { differ, type Place } from './difference.ts'
import { isDayWithin, type Scope } from './head-state.ts'
import { PERIODS_PER_DAY } from './replay/areas.ts'
import type { Books } from './replay/books.ts'
import { fieldsOf } from './replay/ledger-event.ts'
import { anonymousOf, type MemberOf } from './replay/member-statement.ts'
import { leafOf, rootFrom } from './replay/sealed-pages.ts'

type Link = { readonly data: ConsentData; readonly link: ConsentTraderLink }

/**
 * Who the traders of sealed days are, as far as members show their links or the ledger knows; each link is proven to be the
 * one to which its page is committed. Whoever is nobody's is told from every member.
 */
export function tradersShownBy(all: readonly ConsentData[], books: Books, scope: Scope): MemberOf {
  const shown = new Map<string, number>()
  for (const data of all) {
    for (const link of data.traderLinks ?? []) {
      if (!isDayWithin(scope, data.area, link.day)) continue
      requireLink({ data, link }, books)
      shown.set(`${data.area}:${link.day}:${link.trader}`, data.memberId)
    }
    requireLinks(data, books, scope)
  }
  return (area, period, trader) => {
    const day = Math.floor(period / PERIODS_PER_DAY)
    const known = books.tradingDays.memberOf(area, day, trader) ?? shown.get(`${area}:${day}:${trader}`)
    return known ?? anonymousOf(trader)
  }
}

function requireLink({ data, link }: Link, books: Books): void {
  const { area, memberId } = data
  const { day, page, trader, siblings } = link
  const place: Place = { area, day, member: memberId }
  const seal = books.tradingDays.sealsOf(area, day)[page]
  const index = seal?.members.indexOf(memberId) ?? -1
  const leaf = leafOf(fieldsOf({ ...link, siblings: [], area, memberId }))
  const root = rootFrom(
    leaf,
    index,
    siblings.map((sibling) => Buffer.from(sibling.slice(2), 'hex')),
  )
  if (seal === undefined || index === -1 || root !== seal.linksRoot) {
    differ('consent-traders', `it was not trader ${trader}, by what the page of the day's keys is committed to`, place)
  }
  const entries = books.tradingDays.entriesOf(area, day, trader)
  const onPage = entries.map(({ key }) => key)
  const keys = [link.key, link.delegatedKey].filter((key) => BigInt(key) !== 0n)
  if (onPage.join() !== keys.join()) {
    differ('consent-traders', `the page of the day's keys has other keys for trader ${trader}`, place)
  }
  const allowance = books.tradingDays.allowanceOf(area, day, memberId)
  if (entries.some((entry) => entry.allowance !== allowance)) {
    differ('consent-traders', `trader ${trader} may risk another amount than is locked of the member`, place)
  }
  for (const [key, registered] of [
    [link.key, link.registeredKey],
    [link.delegatedKey, link.registeredDelegate],
  ] as const) {
    const chain = data.keyChains?.find(({ address }) => address === registered)
    if (chain === undefined) continue
    if (addressOfChain(chain) !== registered || dailyAddressOf(chain, area, tradingDay(day)) !== key) {
      differ(
        'consent-traders',
        `the key ${key} of trader ${trader} is not derived from the member's ${registered}`,
        place,
      )
    }
  }
}

/** Whoever has a statement of a sealed day, and had keys on it, shows under which number it traded. */
function requireLinks({ area, memberId, statements, traderLinks }: ConsentData, books: Books, scope: Scope): void {
  for (const { day } of statements) {
    if (!isDayWithin(scope, area, day)) continue
    const hadKeys = books.tradingDays.sealsOf(area, day).some(({ members }) => members.includes(memberId))
    const isShown = traderLinks?.some((link) => link.day === day) ?? false
    if (!hadKeys || isShown || books.tradingDays.traderOf(area, day, memberId) !== undefined) continue
    throw new DomainError(
      'consent-data-incomplete',
      `the data of member ${memberId} lack under which number it traded on day ${day}: take them from the api again`,
      { area, day, memberId },
    )
  }
}
