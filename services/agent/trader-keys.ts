import { dailyKeyOf } from '../chain/daily-keys.ts'
import type { Ledger } from '../chain/ledger.ts'
import { areKeysPublished, isSealedDay, readTradingKeys } from '../chain/trading-days.ts'
import { addressOfKey } from '../chain/typed-data.ts'
import type { TradingKeyEntry } from '../domain/market/trading-key.ts'
import type { TradingDay } from '../domain/units.ts'
import type { Home } from './homes.ts'

/** The entry with which a home trades on a day, and the private key of it. */
export type TraderKey = { readonly entry: TradingKeyEntry; readonly privateKey: string }

type Keys = { readonly privateKey: string; readonly address: string }

/**
 * Each home's place among the day's published keys: on a sealed day found by its key of the day, so that nobody has to say
 * which is whose. Undefined while it may come yet; null where it has none, though all are published.
 */
export async function readTraderKeys(
  { ledger, area, readDraws }: TraderKeySource,
  day: TradingDay,
): Promise<(home: Pick<Home, 'memberId' | 'tradingKey'>) => TraderKey | null | undefined> {
  // In this sequence: a day that was complete before its entries were read has no others.
  const isComplete = await areKeysPublished(ledger, area, day)
  const isSealed = await isSealedDay(ledger, area, day)
  const entries = await readTradingKeys(ledger, area, day)
  const draws = isSealed ? await readDraws(day) : []
  return traderKeysOf({ area, isComplete, isSealed, entries, draws }, day)
}

export type TraderKeySource = {
  readonly ledger: Ledger
  readonly area: number
  /** The draws that the day's pages are of, for which its keys are derived. */
  readonly readDraws: (day: TradingDay) => Promise<readonly number[]>
}

type PublishedKeys = {
  readonly area: number
  /** Whether every household of the area has been looked at for the day. */
  readonly isComplete: boolean
  readonly isSealed: boolean
  readonly entries: readonly TradingKeyEntry[]
  readonly draws: readonly number[]
}

/** The same of what was read. */
export function traderKeysOf(
  { area, isComplete, isSealed, entries, draws }: PublishedKeys,
  day: TradingDay,
): (home: Pick<Home, 'memberId' | 'tradingKey'>) => TraderKey | null | undefined {
  const byKey = new Map(entries.map((entry) => [entry.key, entry]))
  const byMember = new Map(entries.map((entry) => [`${entry.trader} ${entry.key}`, entry]))
  return ({ memberId, tradingKey }) => {
    const raw = { privateKey: tradingKey, address: addressOfKey(tradingKey) }
    const keys = isSealed ? [...draws.map((draw) => keysOf(tradingKey, area, day, draw)), raw] : [raw]
    for (const { privateKey, address } of keys) {
      // A key whose chain came after the page is on it as it is.
      const entry = isSealed ? byKey.get(address) : byMember.get(`${memberId} ${address}`)
      if (entry !== undefined) return { entry, privateKey }
    }
    return isComplete ? null : undefined
  }
}

/** Of today and tomorrow, since each takes three derivations. */
const remembered = new Map<string, Keys>()
const KEYS_REMEMBERED = 4_000

function keysOf(tradingKey: string, area: number, day: TradingDay, draw: number): Keys {
  const name = `${area}:${day}:${draw}:${tradingKey}`
  const known = remembered.get(name)
  if (known !== undefined) return known
  const privateKey = dailyKeyOf(tradingKey, area, day, draw)
  const keys = { privateKey, address: addressOfKey(privateKey) }
  if (remembered.size >= KEYS_REMEMBERED) remembered.delete(remembered.keys().next().value!)
  remembered.set(name, keys)
  return keys
}
