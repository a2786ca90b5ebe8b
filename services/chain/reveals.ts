import { tradersOf, type PlacedLink } from '../domain/market/traders.ts'
import type { TradingKeyEntry } from '../domain/market/trading-key.ts'
import type { TradingDay } from '../domain/units.ts'
import { readContract, type Ledger } from './ledger.ts'
import { readRevocations } from './members.ts'
import { siblingsOf } from './sealed-keys.ts'
import { isSealedDay } from './trading-days.ts'

/** What `revealTrader` is given to say which member a trader is; `leaves` are those of the link's page, in sequence. */
export function revealArguments(link: PlacedLink, leaves: readonly string[]) {
  const { area, day, trader, memberId, key, registeredKey, delegatedKey, registeredDelegate, salt } = link
  return {
    page: link.page,
    link: { area, day, trader, memberId, key, registeredKey, delegatedKey, registeredDelegate, salt },
    siblings: siblingsOf(leaves, link.position),
  }
}

type SessionEntries = {
  readonly area: number
  readonly day: TradingDay
  readonly entries: readonly TradingKeyEntry[]
  /** Traders of a sealed day that are revealed; of an open one everybody is known. */
  readonly revealed: ReadonlySet<number>
  /** Unix seconds. */
  readonly gateClosure: number
}

/**
 * The revocations by which the ledger judges a session's orders, as `readRevocations` at its gate closure: on a sealed day
 * those of the traders that are revealed.
 */
export async function readRevocationsOnLedger(
  ledger: Ledger,
  { area, day, entries, revealed, gateClosure }: SessionEntries,
): Promise<ReadonlyMap<number, number>> {
  if (!(await isSealedDay(ledger, area, day))) {
    return readRevocations(ledger, tradersOf(false, []).registeredKeysOf(entries), gateClosure)
  }
  const times = new Map<number, number>()
  for (const { index, trader, key } of entries) {
    if (!revealed.has(trader)) continue
    const [time] = await readContract(ledger, 'tradingDays', 'keyRevokedAt', area, day, trader, key, gateClosure)
    if (time !== 0n) times.set(index, Number(time as bigint))
  }
  return times
}

/** Those of the traders of whom everybody may know which members they are. */
export async function readRevealedTraders(
  ledger: Ledger,
  area: number,
  day: TradingDay,
  traders: readonly number[],
): Promise<ReadonlySet<number>> {
  const words = [...new Set(traders.map((trader) => trader >> 8))]
  const bits = await Promise.all(
    words.map(
      async (word) => (await readContract(ledger, 'tradingDays', 'revealedBits', area, day, word))[0] as bigint,
    ),
  )
  const bitsOf = new Map(words.map((word, position) => [word, bits[position]!]))
  return new Set(traders.filter((trader) => ((bitsOf.get(trader >> 8)! >> BigInt(trader & 255)) & 1n) === 1n))
}
