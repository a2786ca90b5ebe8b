import { isContract } from '../chain/contract-accounts.ts'
import type { Ledger } from '../chain/ledger.ts'
import { readRevocations } from '../chain/members.ts'
import { areKeysPublished, isSealedDay, readTradingKeys } from '../chain/trading-days.ts'
import { tradersOf } from '../domain/market/traders.ts'
import type { Store } from '../store/connect.ts'
import { readTraderLinks } from '../store/traders.ts'
import { createTradingKeys } from './trading-keys.ts'

/** The keys that may trade on a day, by the ledger and by what is known of who trades under which number. */
export function ledgerTradingKeysOf({
  store,
  ledger,
  areaId,
}: {
  readonly store: Store
  readonly ledger: Ledger
  readonly areaId: () => Promise<number>
}): ReturnType<typeof createTradingKeys> {
  return createTradingKeys({
    readIsComplete: async (day) => areKeysPublished(ledger, await areaId(), day),
    readEntries: async (day) => readTradingKeys(ledger, await areaId(), day),
    async readRevocations(day, entries) {
      const area = await areaId()
      const [isSealed, links] = await Promise.all([isSealedDay(ledger, area, day), readTraderLinks(store, area, day)])
      return readRevocations(ledger, tradersOf(isSealed, links).registeredKeysOf(entries))
    },
    isContract: (address) => isContract(ledger, address),
  })
}
