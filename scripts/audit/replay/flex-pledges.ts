import { differ, requireSame, type Place } from '../difference.ts'
import type { Accounts } from './accounts.ts'
import { placeOf, type LedgerEvent } from './ledger-event.ts'

/** Checks that what each aggregator's account holds for its flex orders is what these pledge and have not released. */
export function createFlexPledges(accounts: Pick<Accounts, 'pledgedOf'>) {
  const aggregators = new Map<number, number>()
  const orders = new Map<number, { readonly aggregator: number; readonly pledge: bigint }>()
  const sums = new Map<number, bigint>()
  let changed = new Set<number>()

  const add = (aggregator: number, amount: bigint): void => {
    sums.set(aggregator, (sums.get(aggregator) ?? 0n) + amount)
    changed.add(aggregator)
  }

  const order = (event: LedgerEvent): void => {
    const portfolio = event.fields.number('portfolioId')
    const aggregator =
      aggregators.get(portfolio) ??
      differ('flexibility', `an order is of portfolio ${portfolio}, which nobody opened`, placeOf(event))
    const pledge = event.fields.big('pledge')
    orders.set(event.fields.number('orderId'), { aggregator, pledge })
    add(aggregator, pledge)
  }

  const release = (event: LedgerEvent): void => {
    const orderId = event.fields.number('orderId')
    const released = orders.get(orderId)
    requireSame('flexibility', 'the pledge released', event.fields.big('pledge'), released?.pledge, placeOf(event))
    if (released === undefined) return
    orders.delete(orderId)
    add(released.aggregator, -released.pledge)
  }

  return {
    see: (event: LedgerEvent): void => {
      const { contract, name, fields } = event
      if (name === 'PortfolioOpened') aggregators.set(fields.number('portfolioId'), fields.number('aggregator'))
      if (contract === 'accounts' && name === 'Pledged') changed.add(fields.number('memberId'))
      if (name === 'FlexOrdered') order(event)
      if (name === 'PledgeReleased') release(event)
    },
    /** To be called when all events of a transaction were seen. */
    endTransaction: (place: Place): void => {
      for (const member of changed) {
        const what = 'what its account holds for its flex orders'
        requireSame('flexibility', what, accounts.pledgedOf(member), sums.get(member) ?? 0n, { ...place, member })
      }
      changed = new Set()
    },
  }
}

export type FlexPledges = ReturnType<typeof createFlexPledges>
