import { energyWh, type EnergyWh, type TradingDay } from '../domain/units.ts'
import { readContract, type Ledger } from './ledger.ts'
import type { Call } from './transactions.ts'

/** Which portfolio's baseline of which day, for which product. */
export type NominationKey = { readonly portfolioId: number; readonly productId: number; readonly day: TradingDay }

/** What is committed: the root of a Merkle sum tree over members and periods, whose leaves stay off the ledger. */
export type NominatedTotals = {
  /** 0x-hex. */
  readonly root: string
  readonly count: number
  /** Wh of all baselines that are positive, and of all that are negative. */
  readonly importTotal: EnergyWh
  readonly exportTotal: EnergyWh
}

/** `committedAt` in unix seconds. */
export type LedgerNomination = NominatedTotals & { readonly committedAt: number }

/** Once per portfolio, product and day, before its gate closure, by the portfolio's aggregator. */
export function nominateCall({ portfolioId, productId, day }: NominationKey, totals: NominatedTotals): Call {
  const { root, count, importTotal, exportTotal } = totals
  return {
    contract: 'flexNominations',
    function: 'nominate',
    arguments: [portfolioId, productId, day, root, count, importTotal, exportTotal],
  }
}

/** Null where nothing is nominated. */
export async function readNomination(
  ledger: Ledger,
  { portfolioId, productId, day }: NominationKey,
): Promise<LedgerNomination | null> {
  const answer = await readContract(ledger, 'flexNominations', 'nominationOf', portfolioId, productId, day)
  const [found] = answer as unknown as [
    { root: string; count: bigint; importTotal: bigint; exportTotal: bigint; committedAt: bigint },
  ]
  if (found.committedAt === 0n) return null
  return {
    root: found.root,
    count: Number(found.count),
    importTotal: energyWh(found.importTotal),
    exportTotal: energyWh(found.exportTotal),
    committedAt: Number(found.committedAt),
  }
}
