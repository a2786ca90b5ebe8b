/** A piece of a sentence about the ledger: words, or a thing that has its own widget. */
export type Phrase =
  | string
  | { readonly kind: 'session'; readonly period: number }
  | { readonly kind: 'period'; readonly period: number }
  | { readonly kind: 'day'; readonly day: number }
  | { readonly kind: 'member'; readonly memberId: number }
  | { readonly kind: 'energy'; readonly value: bigint }
  | { readonly kind: 'power'; readonly value: bigint }
  | { readonly kind: 'price'; readonly value: bigint }
  | { readonly kind: 'money'; readonly value: bigint }
  | { readonly kind: 'hash'; readonly value: string }
  | { readonly kind: 'time'; readonly at: number }

/** In unix seconds, of the last date that can be written. */
const LATEST_DATE = 8_640_000_000_000

export const sessionPhrase = (period: number): Phrase => ({ kind: 'session', period })
export const periodPhrase = (period: number): Phrase => ({ kind: 'period', period })
/** A UTC day, counted from the epoch. */
export const dayPhrase = (day: number): Phrase => ({ kind: 'day', day })
export const memberPhrase = (memberId: number): Phrase => ({ kind: 'member', memberId })
export const energyPhrase = (value: bigint): Phrase => ({ kind: 'energy', value })
/** In W. */
export const powerPhrase = (value: bigint): Phrase => ({ kind: 'power', value })
export const pricePhrase = (value: bigint): Phrase => ({ kind: 'price', value })
export const moneyPhrase = (value: bigint): Phrase => ({ kind: 'money', value })
export const hashPhrase = (value: string): Phrase => ({ kind: 'hash', value })
/** Unix seconds; throws for what is no date. */
export const timePhrase = (at: number): Phrase => {
  if (!(at <= LATEST_DATE)) throw new RangeError(`${at} is no date`)
  return { kind: 'time', at }
}

/** `SessionCleared` or `setGridTariff` as words: `session cleared`, `set grid tariff`. */
export function wordsOf(name: string): string {
  return name.replace(/([a-z0-9])([A-Z])/g, '$1 $2').toLowerCase()
}
