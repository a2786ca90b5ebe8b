import type { TradingDay } from '../units.ts'
import type { TradingKeyEntry } from './trading-key.ts'

/** Which member a trader of a sealed day is: what the registrar commits to and may reveal. Addresses are lower-case. */
export type TraderLink = {
  readonly area: number
  readonly day: TradingDay
  /** The trader number, from 1. */
  readonly trader: number
  readonly memberId: number
  /** The day's key of the member, as on the page; `registeredKey` is that of the registry from which it is derived. */
  readonly key: string
  readonly registeredKey: string
  /** The same of the key to which the member delegates; zero addresses without one on the page. */
  readonly delegatedKey: string
  readonly registeredDelegate: string
  /** 32 random bytes, 0x-hex. */
  readonly salt: string
}

/** A link with its place: the page, and among the page's members, which ascend. */
export type PlacedLink = TraderLink & {
  readonly page: number
  /** Which drawing of a page of the day it is of, counted from 0: the day's keys are derived for it. */
  readonly draw: number
  readonly position: number
  /** The link's hash, 0x-hex. */
  readonly leaf: string
}

/** A key as the member registry has it, for an entry of a day. */
export type RegisteredKey = { readonly index: number; readonly memberId: number; readonly key: string }

/** Who trades under which number on a day. */
export type Traders = {
  /** Null for a number that is nobody's, as far as is known here. */
  readonly memberOf: (trader: number) => number | null
  /** Of the entries those whose member is known. */
  readonly registeredKeysOf: (entries: readonly TradingKeyEntry[]) => RegisteredKey[]
}

/** On a day that is not sealed everybody trades under its own number and key. */
const OPEN: Traders = {
  memberOf: (trader) => trader,
  registeredKeysOf: (entries) => entries.map(({ index, trader, key }) => ({ index, memberId: trader, key })),
}

/** The traders of a day by its links, of which one that is not sealed has none. */
export function tradersOf(isSealed: boolean, links: readonly TraderLink[]): Traders {
  if (!isSealed) return OPEN
  const byTrader = new Map(links.map((link) => [link.trader, link]))
  return {
    memberOf: (trader) => byTrader.get(trader)?.memberId ?? null,
    registeredKeysOf: (entries) =>
      entries.flatMap(({ index, trader, key }) => {
        const link = byTrader.get(trader)
        if (link === undefined) return []
        const { memberId, registeredKey, registeredDelegate } = link
        return [{ index, memberId, key: key === link.key ? registeredKey : registeredDelegate }]
      }),
  }
}
