import { addressOfChain, addressOfDerivation, type KeyDerivation } from '../../services/chain/daily-keys.ts'
import { DomainError } from '../../services/domain/errors.ts'
import { NO_ADDRESS } from './abi.ts'
import type { ConsentData, ConsentTraderLink } from './consent-data.ts'
import { differ, type Place } from './difference.ts'
import { isDayWithin, type Scope } from './head-state.ts'
import { PERIODS_PER_DAY } from './replay/areas.ts'
import type { Books } from './replay/books.ts'
import { fieldsOf } from './replay/ledger-event.ts'
import { anonymousOf, type MemberOf } from './replay/member-statement.ts'
import { leafOf, requireTraderIs, rootFrom } from './replay/sealed-pages.ts'

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
  const { day, trader } = link
  const place: Place = { area, day, member: memberId }
  if (!isCommitted({ data, link }, books)) {
    differ('consent-traders', `it was not trader ${trader}, by what the page of the day's keys is committed to`, place)
  }
  const keys = [
    { key: link.key, registered: link.registeredKey, derivation: link.derivation },
    { key: link.delegatedKey, registered: link.registeredDelegate, derivation: link.delegatedDerivation },
  ].filter(({ key }) => key !== NO_ADDRESS)
  const entries = books.tradingDays.entriesOf(area, day, trader)
  if (entries.map(({ key }) => key).join() !== keys.map(({ key }) => key).join()) {
    differ('consent-traders', `the page of the day's keys has other keys for trader ${trader}`, place)
  }
  const registeredKeys = new Map(keys.map(({ key, registered }) => [key, registered]))
  requireTraderIs({ trader, entries, made: books.tradingDays.madeOf(area, day, memberId), registeredKeys }, place)
  for (const { key, registered, derivation } of keys) {
    if (key === registered || isDerived(key, registered, derivation)) continue
    differ(
      'consent-traders',
      `the key ${key} of trader ${trader} is not derived from the member's ${registered}`,
      place,
    )
  }
}

/** Whether the link is the member's on the page, by the root to which this is committed. */
function isCommitted({ data: { area, memberId }, link }: Link, books: Books): boolean {
  const { day, page, trader, key, registeredKey, delegatedKey, registeredDelegate, salt } = link
  const seal = books.tradingDays.sealsOf(area, day)[page]
  const index = seal?.members.indexOf(memberId) ?? -1
  if (seal === undefined || index === -1) return false
  const keys = { key, registeredKey, delegatedKey, registeredDelegate }
  const siblings = link.siblings.map((sibling) => Buffer.from(sibling.slice(2), 'hex'))
  return rootFrom(leafOf(fieldsOf({ area, day, trader, memberId, ...keys, salt })), index, siblings) === seal.linksRoot
}

function isDerived(key: string, registered: string, derivation: KeyDerivation | null): boolean {
  if (derivation === null) return false
  try {
    return addressOfChain(derivation) === registered && addressOfDerivation(derivation) === key
  } catch {
    return false
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
