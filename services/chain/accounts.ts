import { money, type Money } from '../domain/units.ts'
import { readContract, type Ledger } from './ledger.ts'

/** What the community's guarantee fund holds, in micro-euro. */
export async function readFund(ledger: Ledger, area: number): Promise<Money> {
  const [fund] = await readContract(ledger, 'accounts', 'fundOf', area)
  return money(fund as bigint)
}

/** What the market operator's bond holds, in micro-euro. */
export async function readBond(ledger: Ledger, area: number): Promise<Money> {
  const [bond] = await readContract(ledger, 'accounts', 'bondOf', area)
  return money(bond as bigint)
}

/** How far the member may trade beyond its balance, in micro-euro. */
export async function readCreditLine(ledger: Ledger, memberId: number): Promise<Money> {
  const [creditLine] = await readContract(ledger, 'accounts', 'creditLineOf', memberId)
  return money(creditLine as bigint)
}

/** What the member could withdraw now, in micro-euro. */
export async function readFree(ledger: Ledger, memberId: number): Promise<Money> {
  const [free] = await readContract(ledger, 'accounts', 'freeOf', memberId)
  return money(free as bigint)
}
