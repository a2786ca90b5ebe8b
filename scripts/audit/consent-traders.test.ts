import { describe, expect, test } from 'vitest'
import { addressOfDerivation, derivationOf, keyChainOf } from '../../services/chain/daily-keys.ts'
import { linkProofOf, linksRootOf } from '../../services/chain/sealed-keys.ts'
import { addressOfKey } from '../../services/chain/typed-data.ts'
import { tradingDay } from '../../services/domain/units.ts'
import { NO_ADDRESS } from './abi.ts'
import type { ConsentData, ConsentTraderLink } from './consent-data.ts'
import { tradersShownBy } from './consent-traders.ts'
import type { KeyEntry } from './market/key-entry.ts'
import type { Books } from './replay/books.ts'

const AREA = 2
const DAY = 20_700
const [ANNA, BEN] = [5, 6]
const ANNAS_TRADER = 9
const SALT = `0x${'5a'.repeat(32)}`
const SCOPE = { fromPeriod: 0, toPeriod: 2 ** 32 - 1, area: null }
const OWN_KEY = `0x${'0a'.repeat(32)}`
const DELEGATED_KEY = `0x${'0b'.repeat(32)}`
const STRANGERS_KEY = `0x${'0c'.repeat(32)}`

const derivation = (key: string, area = AREA, day = DAY) => derivationOf(keyChainOf(key), area, tradingDay(day), 0)
const own = {
  key: addressOfDerivation(derivation(OWN_KEY)),
  registeredKey: addressOfKey(OWN_KEY),
  derivation: derivation(OWN_KEY),
}
const delegated = {
  delegatedKey: addressOfDerivation(derivation(DELEGATED_KEY)),
  registeredDelegate: addressOfKey(DELEGATED_KEY),
  delegatedDerivation: derivation(DELEGATED_KEY),
}
const LIMITS = {
  sides: 3,
  validPeriods: 96,
  quantityLimit: 5_000,
  lowestTick: 0,
  highestTick: 45_000,
  allowance: 1_024,
}
/** As registry and accounts make them. */
const MADE: KeyEntry[] = [
  { ...LIMITS, trader: ANNA, key: own.registeredKey },
  { ...LIMITS, trader: ANNA, key: delegated.registeredDelegate, sides: 1, quantityLimit: 400 },
]

type Page = {
  link?: Partial<ConsentTraderLink>
  entries?: readonly Partial<KeyEntry>[]
  shown?: Partial<ConsentTraderLink>
}

/** Whose the trader is by a link of Anna's, to which a page of hers and Ben's is committed; `shown` says something else. */
function memberBy({ link: change = {}, entries = [], shown = {} }: Page = {}): number | null {
  const link = {
    ...own,
    ...delegated,
    day: DAY,
    page: 0,
    trader: ANNAS_TRADER,
    salt: SALT,
    ...change,
  }
  const ofBen = { ...link, trader: 1, memberId: BEN }
  const links = [{ ...link, memberId: ANNA }, ofBen].map((each) => ({ ...each, area: AREA, day: tradingDay(DAY) }))
  const onPage = [link.key, link.delegatedKey]
    .filter((key) => key !== NO_ADDRESS)
    .map((key, index) => ({ ...MADE[index]!, trader: ANNAS_TRADER, key, ...entries[index] }))
  const books = {
    tradingDays: {
      sealsOf: () => [{ members: [ANNA, BEN], linksRoot: linksRootOf(links) }],
      entriesOf: (_area: number, _day: number, trader: number) => (trader === ANNAS_TRADER ? onPage : []),
      madeOf: () => (onPage.length === 1 && entries.length === 0 ? MADE.slice(0, 1) : MADE),
      memberOf: () => undefined,
      traderOf: () => undefined,
    },
  } as unknown as Books
  const traderLinks = [{ ...link, siblings: linkProofOf(links, 0), ...shown }]
  const data = { area: AREA, memberId: ANNA, statements: [], traderLinks } as unknown as ConsentData
  return tradersShownBy([data], books, SCOPE)(AREA, DAY * 96, ANNAS_TRADER)
}

const NONE = { delegatedKey: NO_ADDRESS, registeredDelegate: NO_ADDRESS, delegatedDerivation: null }

describe('the link of a trader', () => {
  test('says whose it is, with keys that are derived from those of the registry', () => {
    expect(memberBy()).toBe(ANNA)
    expect(memberBy({ link: NONE })).toBe(ANNA)
  })

  test('may have a key as it is registered, where its chain came after the page or it has none', () => {
    const raw = { key: own.registeredKey }
    expect(memberBy({ link: { ...raw, derivation: null } })).toBe(ANNA)
    expect(memberBy({ link: raw })).toBe(ANNA)
  })

  test('is refused where the page is committed to another', () => {
    expect(() => memberBy({ shown: { salt: `0x${'77'.repeat(32)}` } })).toThrow('is committed to')
    expect(() => memberBy({ shown: { page: 1 } })).toThrow('is committed to')
    expect(() => memberBy({ shown: { trader: 1 } })).toThrow('is committed to')
  })

  test.each([
    ['a key of the registrar', { key: addressOfKey(STRANGERS_KEY) }],
    ['a key of the registrar without a derivation', { key: addressOfKey(STRANGERS_KEY), derivation: null }],
    [
      'a derivation of another key',
      { key: addressOfDerivation(derivation(STRANGERS_KEY)), derivation: derivation(STRANGERS_KEY) },
    ],
    ['a derivation of another day', { derivation: derivation(OWN_KEY, AREA, DAY + 1) }],
    ['a tweak that is none', { derivation: { ...own.derivation, tweak: `0x${'ff'.repeat(32)}` } }],
    ['a public key that is none', { derivation: { ...own.derivation, publicKey: `0x02${'ff'.repeat(32)}` } }],
  ])('is refused with %s', (_, link) => {
    expect(() => memberBy({ link })).toThrow("is not derived from the member's")
  })

  test('is refused where it names keys that the registry did not have for the member', () => {
    const stranger = { registeredKey: addressOfKey(STRANGERS_KEY), derivation: derivation(STRANGERS_KEY) }
    const link = { ...stranger, key: addressOfDerivation(stranger.derivation) }
    expect(() => memberBy({ link })).toThrow("was not the member's")
    expect(() => memberBy({ link: { registeredDelegate: own.registeredKey } })).toThrow("was not the member's")
  })

  test.each<[string, readonly Partial<KeyEntry>[]]>([
    ['sides', [{ sides: 1 }]],
    ['quantity', [{ quantityLimit: 5_001 }]],
    ['periods', [{ validPeriods: 95 }]],
    ['risk', [{ allowance: 2_048 }]],
    ['prices of the delegated key', [{}, { highestTick: 44_999 }]],
  ])('is refused where the page allows the trader other %s than the registry its member', (_, entries) => {
    expect(() => memberBy({ entries })).toThrow('may do something else')
  })

  test('is refused where the page has a delegated key more, or one less', () => {
    expect(() => memberBy({ link: NONE, entries: [{}] })).toThrow('may do something else')
  })
})
