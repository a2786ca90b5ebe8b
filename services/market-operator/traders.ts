import { isSealedDay } from '../chain/trading-days.ts'
import { tradersOf, type Traders } from '../domain/market/traders.ts'
import type { TradingDay } from '../domain/units.ts'
import { readTraderLinks } from '../store/traders.ts'
import type { Operation } from './operation.ts'

/** Who trades under which number on the day: the operator is the registrar, and knows. */
export async function readTraders({ ledger, store }: Operation, area: number, day: TradingDay): Promise<Traders> {
  const [isSealed, links] = await Promise.all([isSealedDay(ledger, area, day), readTraderLinks(store, area, day)])
  return tradersOf(isSealed, links)
}
