import type { TradingKeyEntry } from '../domain/market/trading-key.ts'
import type { TradingDay } from '../domain/units.ts'

/** The keys that may trade on one day, as the ledger's latest block has them. */
export type TradingKeys = {
  /** Whether every household of the area has been looked at for the day. */
  readonly isComplete: boolean
  readonly entriesOf: (trader: number) => readonly TradingKeyEntry[]
  /** Unix seconds from which the key signs nothing any more; null while it does. */
  readonly revokedAtOf: (entry: TradingKeyEntry) => number | null
  /** Whether the key is a contract's address: then only the contract can say what it signed. */
  readonly isContract: (entry: TradingKeyEntry) => Promise<boolean>
}

type Deps = {
  /** Whether every household of the area has been looked at for the day. */
  readonly readIsComplete: (day: TradingDay) => Promise<boolean>
  readonly readEntries: (day: TradingDay) => Promise<readonly TradingKeyEntry[]>
  /** Of those keys that were revoked, since when, in unix seconds; by the index of their entry. */
  readonly readRevocations: (
    day: TradingDay,
    entries: readonly TradingKeyEntry[],
  ) => Promise<ReadonlyMap<number, number>>
  readonly isContract: (address: string) => Promise<boolean>
}

type Day = { readonly blockNumber: number; readonly keys: Promise<TradingKeys> }

/** Orders come for today and tomorrow, and around midnight for the day after. */
const DAYS_KEPT = 4

/**
 * Reads the trading keys of a day, given the number of the latest block: once a block however many ask, since a block may
 * publish keys and revoke others.
 */
export function createTradingKeys(deps: Deps): (day: TradingDay, blockNumber: number) => Promise<TradingKeys> {
  const days = new Map<TradingDay, Day>()

  return (day, blockNumber) => {
    const known = days.get(day)
    if (known !== undefined && known.blockNumber >= blockNumber) return known.keys
    const keys = readKeys(deps, day)
    days.delete(day)
    days.set(day, { blockNumber, keys })
    if (days.size > DAYS_KEPT) days.delete(days.keys().next().value!)
    keys.catch(() => {
      if (days.get(day)?.keys === keys) days.delete(day)
    })
    return keys
  }
}

async function readKeys(deps: Deps, day: TradingDay): Promise<TradingKeys> {
  // In this sequence: a day that was complete before its entries were read has no others.
  const isComplete = await deps.readIsComplete(day)
  const entries = await deps.readEntries(day)
  const revocations = await deps.readRevocations(day, entries)
  const byTrader = Map.groupBy(entries, ({ trader }) => trader)
  const contracts = new Map<string, Promise<boolean>>()
  return {
    isComplete,
    entriesOf: (trader) => byTrader.get(trader) ?? [],
    revokedAtOf: ({ index }) => revocations.get(index) ?? null,
    isContract({ key }) {
      const asked = contracts.get(key) ?? deps.isContract(key)
      contracts.set(key, asked)
      return asked
    },
  }
}
